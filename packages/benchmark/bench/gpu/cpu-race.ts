import { timeText, type BenchContext, type BenchRow } from '@tfjs-optimize/benchmark';
import {
  fail,
  isOptimizeError,
  Random,
  ratioOfMedians,
  spread,
  type BackendName,
  type ModelInputs,
} from '@tfjs-optimize/core';
import { comparisonLimits, compareSides, type ComparedSide } from '../../src/compare/compare-sides.js';
import { isolatedSides, type IsolateOptions } from '../../src/compare/isolated-side.js';
import { isLocation, open, type Location } from '../../src/compare/location.js';
import { localSide, type Side } from '../../src/compare/side.js';
import type { Candidate } from '../../src/measure/candidate.js';
import type { Comparison, Measurement } from '../../src/record/measurement.js';
import type { GpuPlace } from './place.js';
import { sayOnce } from './say-once.js';

/** A way to compute on the processor. */
export interface CpuWay {
  readonly name: string;
  readonly backend: BackendName;
  readonly modules?: readonly string[];
  /** Whether it is only for where nothing before it is there. */
  readonly otherwise?: true;
}

/** TensorFlow, of the package that is there, and wasm with the kernels of this project. */
export const CPU_WAYS: readonly CpuWay[] = [
  { name: 'CPU by tfjs-node', backend: 'tfjs-node' },
  { name: 'CPU by tfjs-node-gpu', backend: 'tfjs-node-gpu', otherwise: true },
  { name: 'CPU by wasm', backend: 'wasm', modules: ['@tfjs-optimize/wasm'] },
];

/** What {@link raceAgainstCpu} races, and how. */
export interface CpuRace {
  readonly id: string;
  readonly candidate: Candidate | Location;
  /** On the place's backend; they stay the caller's. */
  readonly inputs: ModelInputs;
  /** Largest difference of an output from the first CPU's, as a share of its largest magnitude. */
  readonly tolerance: number;
}

/** Opens a candidate in a process of its own. */
export type OpenApart = (
  candidates: Readonly<Record<string, Candidate | Location>>,
  inputs: ModelInputs,
  options: IsolateOptions,
) => Promise<Side[]>;

/** The first call of a GPU that its libraries were not built for compiles their kernels, for minutes. */
const ANSWER_MS = 600_000;

/**
 * How many times faster the place is than the fastest way to compute on the processor. A process can hold only one of
 * tfjs-node and tfjs-node-gpu, so each way of the processor has a process of its own, in which no GPU is to be seen, and
 * the place has this one; all run by turns, one at a time. The interval is over rounds of one process each, which tells
 * nothing of how processes differ: a few per cent (docs/measuring.md).
 *
 * @throws `backend/failed` where no way of the processor is to be had, `compare/outputs` where outputs lie too far apart.
 */
export async function raceAgainstCpu(
  place: GpuPlace,
  { id, candidate, inputs, tolerance }: CpuRace,
  { seed, quick, signal, progress }: BenchContext,
): Promise<BenchRow> {
  const name = place.gpu ? `GPU by ${place.name}` : `${place.name} for a GPU`;
  const { sides, absent } = await cpuSides(candidate, inputs, signal);
  try {
    const { candidate: own, dispose } = isLocation(candidate)
      ? await open(candidate, signal)
      : { candidate, dispose: () => {} };
    const gpu = localSide(name, own, inputs, { signal, dispose });
    const limits = comparisonLimits(id, {
      ...{ seed, warmUpMs: quick ? 500 : 1500, timeMs: quick ? 2000 : 6000, minRounds: quick ? 5 : 20 },
      progress: sayOnce(progress),
      ...(signal && { signal }),
    });
    const all: ComparedSide[] = [...sides, gpu];
    const comparison = await compareSides(all, limits, { tolerance, isolated: true });
    await gpu.close();
    return rowOf(id, comparison, absent);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

/** Sides of the processor that are to be had, the first at hand, and why others are not. */
export async function cpuSides(
  candidate: Candidate | Location,
  inputs: ModelInputs,
  signal: AbortSignal | undefined,
  openApart: OpenApart = isolatedSides,
): Promise<{ readonly sides: readonly Side[]; readonly absent: readonly string[] }> {
  const sides: Side[] = [];
  const absent: string[] = [];
  try {
    for (const { name, otherwise, ...way } of CPU_WAYS) {
      if (otherwise === true && sides.length > 0) continue;
      try {
        const env = { CUDA_VISIBLE_DEVICES: '-1' };
        const options = { ...way, env, answerMs: ANSWER_MS, ...(signal && { signal }) };
        sides.push(...(await openApart({ [name]: candidate }, inputs, options)));
      } catch (error) {
        absent.push(`${name}: ${absenceOf(error)}`);
      }
    }
    if (sides.length > 0) return { sides, absent };
    return fail('backend/failed', {
      subject: 'CPU',
      expected: 'a backend that starts',
      got: absent.join('; '),
    });
  } catch (error) {
    await Promise.all(sides.map((side) => side.close()));
    throw error;
  }
}

/** Why a backend is not there, in words. @throws whatever else happened. */
function absenceOf(error: unknown): string {
  if (!isOptimizeError(error)) throw error;
  if (error.code === 'backend/missing') return 'not installed';
  if (error.code === 'backend/failed') return error.message.split('\n')[0] ?? '';
  throw error;
}

/** The last side against the fastest of the others. */
export function rowOf(id: string, comparison: Comparison, absent: readonly string[]): BenchRow {
  const cpus = comparison.measurements.slice(0, -1);
  const gpu = comparison.measurements.at(-1) as Measurement;
  const best = cpus.reduce((a, b) => (b.latency.p50 < a.latency.p50 ? b : a));
  const draws = Random.of(comparison.seed).fork(id);
  const ratio = ratioOfMedians(best.samples, gpu.samples, () => draws.uniform());
  const times = comparison.measurements.map(({ name, samples }) => `${name} ${timeText(spread(samples))}`);
  const apart = comparison.against.at(-1)?.difference?.relative ?? 0;
  const note = [
    times.join(', '),
    ...(cpus.length > 1 ? [`against ${best.name}, the faster one`] : []),
    ...absent,
    `outputs differ from those of ${cpus[0]?.name} by ${apart.toExponential(1)} of at most ${comparison.tolerance.toExponential(1)}`,
    `first call ${gpu.firstCallMs.toFixed(0)} ms`,
    'one process each',
  ];
  return { id, ...ratio, unit: 'x', n: gpu.latency.n, note: note.join('; ') };
}
