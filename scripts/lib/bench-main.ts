import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import {
  benchTable,
  describeMachine,
  machineText,
  runCases,
  skippedLines,
  type BenchCase,
  type BenchReport,
  type BenchResult,
  type BenchRow,
  type SkippedCase,
} from '@tfjs-optimize/benchmark';
import { reportFormOf, writeReport } from './bench-report-file.js';

interface BenchFile {
  readonly cases: readonly BenchCase[];
}

/** The cases of every file, whose ids begin with their group: `fusion/mobilenet-v2-224`. */
function loadCases(files: readonly string[]): BenchCase[] {
  const load = createRequire(__filename);
  return files.flatMap((file) => (load(file) as BenchFile).cases);
}

/** The cases that a filter names: the one of that id, else those of a group or whose ids begin with its words. */
function named(cases: readonly BenchCase[], filter: string): readonly BenchCase[] {
  const exact = cases.filter(({ id }) => id === filter);
  if (exact.length > 0) return exact;
  return cases.filter(({ id }) => id.startsWith(`${filter}/`) || id.startsWith(`${filter}-`));
}

function choose(cases: readonly BenchCase[], filters: readonly string[]): readonly BenchCase[] {
  const unknown = filters.find((filter) => named(cases, filter).length === 0);
  if (unknown !== undefined) {
    const groups = [...new Set(cases.map(({ id }) => id.split('/')[0]))];
    const near = cases.filter(({ id }) => id.split('/')[0] === unknown.split('/')[0]).map(({ id }) => id);
    const cure = near.length === 0 ? `Groups: ${groups.join(', ')}.` : `Cases: ${near.join(', ')}.`;
    throw new Error(`npm run bench: expected a group or a case, got ${unknown}. ${cure}`);
  }
  const chosen = new Set(filters.flatMap((filter) => named(cases, filter)));
  return filters.length === 0 ? cases : cases.filter((one) => chosen.has(one));
}

function plainRow({ id, value, unit, low, high, n, note, device }: BenchRow): Omit<BenchRow, 'target'> {
  return { id, value, unit, low, high, n, note, ...(device === undefined ? {} : { device }) };
}

/** What a process that ran one case tells: rows, and the machine and backend that they are of. */
interface CaseResult extends BenchResult {
  readonly machine: string;
}

/**
 * Runs one case in a fresh process: after another case the engine has compiled shared code for other shapes
 * of objects, and the heap is another; a LeNet after a case of 1 GiB took 15 % longer.
 * Gives nothing when the case failed, which has then been said.
 */
async function runApart(
  id: string,
  { seed, quick }: { readonly seed: string; readonly quick: boolean },
  signal: AbortSignal,
): Promise<CaseResult | undefined> {
  const child = fork(__filename, ['--alone', id, '--seed', seed, ...(quick ? ['--quick'] : [])], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const end = (): boolean => child.kill('SIGINT');
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      let result: CaseResult | undefined;
      child.on('message', (message) => (result = message as CaseResult));
      child.on('error', reject);
      child.on('close', () => resolve(result));
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      report: { type: 'string' },
      // For the processes that this one starts.
      alone: { type: 'string' },
    },
  });
  const log = (message: string): boolean => process.stderr.write(`${message}\n`);
  console.log = (...words: readonly unknown[]) => log(words.join(' '));
  const files = JSON.parse(process.env['TFJS_OPTIMIZE_BENCH_FILES'] ?? '[]') as string[];
  const all = loadCases(files);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('Ctrl-C')));
  if (values.alone !== undefined) {
    const cases = all.filter(({ id }) => id === values.alone);
    const result = await runCases(cases, {
      seed: Number(values.seed),
      quick: values.quick,
      signal: stop.signal,
      progress: log,
    });
    process.send?.({ ...result, machine: machineText(await describeMachine()) } satisfies CaseResult);
    process.disconnect?.();
    return;
  }
  const chosen = choose(all, positionals);
  const form = values.report === undefined ? undefined : await reportFormOf(values.report);
  const rows: BenchRow[] = [];
  const skipped: SkippedCase[] = [];
  const failed: string[] = [];
  const machines = new Set<string>();
  let here = '';
  for (const { id } of chosen) {
    stop.signal.throwIfAborted();
    const result = await runApart(id, values, stop.signal);
    if (result === undefined) failed.push(id);
    else {
      rows.push(...result.rows);
      skipped.push(...result.skipped);
      here = result.machine;
      if (result.rows.length > 0) machines.add(here);
    }
  }
  if (values.report !== undefined && form !== undefined) {
    const title = ['Benchmarks', ...positionals].join(' ');
    const report: BenchReport = {
      ...{ title, made: new Date().toISOString(), rows, skipped, failed },
      machines: machines.size === 0 && here !== '' ? [here] : [...machines],
    };
    await writeReport(values.report, form(report));
    log(`report: ${values.report}`);
  }
  if (values.json) {
    skippedLines(skipped).forEach(log);
    process.stdout.write(`${JSON.stringify(rows.map(plainRow), null, 1)}\n`);
  } else {
    const heading = [...machines].map((machine) => `${machine}\n`).join('');
    process.stdout.write(`${heading === '' ? '' : `${heading}\n`}${benchTable({ rows, skipped })}\n`);
  }
  if (failed.length > 0) throw new Error(`npm run bench: failed, as told above: ${failed.join(', ')}`);
  const mayBeNone = chosen.every(({ mayBeAbsent }) => mayBeAbsent === true);
  if (rows.length === 0 && !mayBeNone) {
    throw new Error(
      'npm run bench: expected at least one case to run here, got none. See the reasons above.',
    );
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
