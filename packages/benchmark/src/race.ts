import { spread, type InterleaveOptions, type Spread } from '@tfjs-optimize/core';
import type { BenchRow, Target } from './cases.js';
import { compare } from './compare/compare.js';
import type { CandidateFunction } from './measure/candidate.js';
import type { Measurement } from './record/measurement.js';

/** What sides that compute the same are held to, or that they do not by design, which the row then tells. */
export type Sameness =
  | {
      /** Largest |difference| of an output, relative to the largest magnitude in it. */
      readonly tolerance: number;
    }
  | { readonly differByDesign: true };

/** Options of {@link race}. */
export type RaceOptions = Omit<InterleaveOptions, 'progress'> &
  Sameness & {
    readonly id: string;
    /** Names of the two sides in the note; `stock` and `ours` by default. */
    readonly names?: readonly [baseline: string, ours: string];
    readonly target?: Target;
    readonly progress?: (message: string) => void;
  };

/**
 * {@link compare} of two functions as a row of a benchmark: how many times faster `ours` is than `baseline`.
 * @throws `compare/outputs` where they do not compute the same within the tolerance.
 */
export async function race(
  baseline: CandidateFunction,
  ours: CandidateFunction,
  options: RaceOptions,
): Promise<BenchRow> {
  const { id, target, progress, names = ['stock', 'ours'], ...rest } = options;
  let said: string | undefined;
  const { measurements, against } = await compare({ [names[0]]: baseline, [names[1]]: ours }, [], {
    ...rest,
    progress: ({ message = '' }) => {
      if (message !== said) progress?.((said = message));
    },
  });
  const [{ speedup, difference }] = against as [(typeof against)[number]];
  const texts = measurements.map(({ name, samples }) => `${name} ${timeText(spread(samples))}`);
  return {
    id,
    ...speedup,
    unit: 'x',
    n: (measurements[1] as Measurement).latency.n,
    note: `${texts.join(', ')}; outputs differ by ${(difference?.relative ?? 0).toExponential(1)}`,
    ...(target === undefined ? {} : { target }),
  };
}

/** Median with the 10th and 90th percentile, in milliseconds. */
export function timeText({ median, low, high }: Spread): string {
  const digits = median < 1 ? 3 : median < 100 ? 2 : 1;
  return `${median.toFixed(digits)} ms (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}
