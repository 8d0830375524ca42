import { ratioOverRuns, type InterleaveOptions, type ModelInputs } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { mergeMeasurements } from '../measure/measurement.js';
import type { Comparison, Measurement } from '../record/measurement.js';
import { verdict } from '../stats/verdict.js';
import { compareSides, type CompareSidesOptions } from './compare-sides.js';
import { pack, type IsolateOptions } from './isolated-side.js';
import type { Location } from './location.js';
import type { Side } from './side.js';

/** Options of {@link compareInProcesses}. */
export interface ProcessesOptions extends IsolateOptions, Omit<CompareSidesOptions, 'isolated'> {
  readonly processes?: number;
}

/**
 * Compares candidates that each have a process of their own, several times over with fresh ones: two
 * processes of the very same program differ, so that one of each could not tell a difference between
 * candidates from one between processes. Rounds and time are shared out between the repeats.
 *
 * @param withSides runs work on sides and closes them.
 */
export async function compareInProcesses(
  candidates: Readonly<Record<string, Candidate | Location>>,
  inputs: ModelInputs,
  limits: InterleaveOptions,
  options: ProcessesOptions,
  withSides: (sides: readonly Side[], work: () => Promise<Comparison>) => Promise<Comparison>,
): Promise<Comparison> {
  const { processes = 5 } = options;
  const shipment = await pack(candidates, inputs, options);
  const runs: Comparison[] = [];
  try {
    for (let i = 0; i < processes; i++) {
      const sides = await shipment.start();
      const share = shareOf(limits, i, processes);
      runs.push(await withSides(sides, () => compareSides(sides, share, { ...options, isolated: true })));
    }
  } finally {
    await shipment.remove();
  }
  return mergeRuns(runs, limits.seed);
}

/** What one of several repeats does of the whole. */
function shareOf(limits: InterleaveOptions, repeat: number, of: number): InterleaveOptions {
  const { timeMs = 2000, minRounds, maxRounds, progress, seed } = limits;
  const most = maxRounds ?? Math.max(1000, minRounds ?? 0);
  const part = (rounds: number): number => Math.max(2, Math.ceil(rounds / of));
  return {
    ...limits,
    seed: seed + repeat,
    timeMs: timeMs / of,
    minRounds: part(minRounds ?? Math.min(10, most)),
    maxRounds: part(most),
    ...(progress && {
      progress: (message, done, total) =>
        progress(`process ${repeat + 1} of ${of}: ${message}`, repeat * total + done, of * total),
    }),
  };
}

type Against = Comparison['against'][number];

/** Of two processes the one whose outputs lie farther from the baseline's. */
function worse(a: Against, b: Against): Against {
  const [one, other] = [a.difference, b.difference];
  if (one === undefined || other === undefined) return one === undefined ? a : b;
  if (one.incomparable !== other.incomparable) return one.incomparable > other.incomparable ? a : b;
  return one.relative >= other.relative ? a : b;
}

function samenessOf({ difference, shapes }: Against): Pick<Against, 'difference' | 'shapes'> {
  return { ...(difference && { difference }), ...(shapes && { shapes }) };
}

function mergeRuns(runs: readonly Comparison[], seed: number): Comparison {
  const [first] = runs as readonly [Comparison];
  const samplesOf = (run: Comparison, side: number) => (run.measurements[side] as Measurement).samples;
  const medianOf = (run: Comparison, side: number) => (run.measurements[side] as Measurement).latency.p50;
  return {
    ...first,
    seed,
    processes: runs.length,
    measurements: first.measurements.map((_, side) =>
      runs.map((run) => run.measurements[side] as Measurement).reduce(mergeMeasurements),
    ),
    against: first.against.map((each, i) => {
      const speedup = ratioOverRuns(runs.map((run) => ({ a: samplesOf(run, 0), b: samplesOf(run, i + 1) })));
      const speedups = runs.map((run) => medianOf(run, 0) / medianOf(run, i + 1));
      const sameness = runs.map((run) => run.against[i] as Against).reduce(worse);
      return { ...each, ...samenessOf(sameness), speedup, speedups, verdict: verdict(speedup) };
    }),
  };
}
