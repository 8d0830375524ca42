import { fail, throwIfAborted } from '@tfjs-optimize/core';

/** One measured figure. */
export interface BenchRow {
  /** `package/what`, stable from release to release. */
  readonly id: string;
  readonly value: number;
  /** `x` for a ratio, `ms`, `s`, `B`, `GFLOP/s`, … */
  readonly unit: string;
  /** Ends of the 95 % interval of a ratio, or the 10th and 90th percentile of a time. */
  readonly low: number;
  readonly high: number;
  /** Number of samples behind the value. */
  readonly n: number;
  /** What else there is to know, such as both sides' times. */
  readonly note: string;
  /** What the figure has to be. */
  readonly target?: Target;
  /** The graphics processor behind the figure, in words. */
  readonly device?: string;
}

/** Bounds that a figure is held to, ends included: from below, from above, or from both sides. */
export type Target =
  | { readonly atLeast: number; readonly atMost?: number }
  | { readonly atLeast?: number; readonly atMost: number };

/** What a case gets to work with. */
export interface BenchContext {
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Whether a case that takes long is to run at a smaller size. */
  readonly quick: boolean;
  /** Says what is going on, for a terminal. */
  progress(message: string): void;
}

/**
 * One benchmark. A `*.bench.ts` file under a package's `bench/` exports a list of them as `cases`;
 * `npm run bench -- FILTER` runs those whose id contains the filter.
 */
export interface BenchCase {
  readonly id: string;
  /** One line that says what is measured against what. */
  readonly what: string;
  /** Why the case cannot run here (data that is not there, nothing that a quick run would show), or undefined. */
  readonly missing?: (how: Pick<BenchContext, 'quick'>) => string | undefined | Promise<string | undefined>;
  /** Set for what needs hardware that many machines lack: that none of these cases can run is no failure. */
  readonly mayBeAbsent?: true;
  /** Gives one row, or several where one measurement tells several figures. */
  readonly run: (context: BenchContext) => Promise<BenchRow | readonly BenchRow[]>;
}

/** A case that did not run, and why. */
export interface SkippedCase {
  readonly id: string;
  readonly reason: string;
}

/** What a run of cases gives. */
export interface BenchResult {
  readonly rows: readonly BenchRow[];
  readonly skipped: readonly SkippedCase[];
}

/** Options of {@link runCases}. */
export interface RunCasesOptions {
  /** Runs the cases whose id contains one of these; all when empty. */
  readonly filters?: readonly string[];
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Whether cases that take long are to run at a smaller size; not so unless told. */
  readonly quick?: boolean;
  readonly progress?: (message: string) => void;
  /** Told of each row as it is measured. */
  readonly row?: (row: BenchRow) => void;
}

/**
 * Runs cases one after the other. A filter that matches no case is an error: a benchmark that
 * measures nothing must not look like one that went well.
 */
export async function runCases(
  cases: readonly BenchCase[],
  {
    filters = [],
    seed = 1,
    signal,
    quick = false,
    progress = () => {},
    row: onRow = () => {},
  }: RunCasesOptions = {},
): Promise<BenchResult> {
  const chosen = cases.filter(({ id }) => filters.length === 0 || filters.some((part) => id.includes(part)));
  if (chosen.length === 0) {
    fail('argument/invalid', {
      subject: 'benchmarks',
      expected: `a filter that matches one of ${cases.map(({ id }) => id).join(', ') || '(no cases)'}`,
      got: filters.join(' ') || 'no cases',
    });
  }
  const rows: BenchRow[] = [];
  const skipped: SkippedCase[] = [];
  for (const { id, what, missing, run } of chosen) {
    throwIfAborted(signal, `benchmark ${id}`);
    const reason = await missing?.({ quick });
    if (reason !== undefined) {
      skipped.push({ id, reason });
      continue;
    }
    progress(`${id}: ${what}`);
    const made = await run({
      seed,
      quick,
      progress: (message) => progress(`${id}: ${message}`),
      ...(signal === undefined ? {} : { signal }),
    });
    for (const row of [made].flat()) {
      rows.push(row);
      onRow(row);
    }
  }
  return { rows, skipped };
}

/** Whether a row keeps its target; true without one. */
export function meetsTarget({ value, target }: BenchRow): boolean {
  if (target === undefined) return true;
  const { atLeast = -Infinity, atMost = Infinity } = target;
  return value >= atLeast && value <= atMost;
}
