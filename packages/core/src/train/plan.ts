import { fail } from '../errors.js';
import type { DataReader } from './data.js';
import type { FitOptions } from './fit.js';

/** How much a training does. */
export interface Plan {
  readonly epochs: number;
  readonly batchSize: number;
  /** Batches of a step. */
  readonly accumulate: number;
  /** Batches of an epoch that are taken at most; infinite where nobody says. */
  readonly batches: number;
  /** Steps in all; infinite where data tell no size. */
  readonly steps: number;
}

/** The plan that options and data make. */
export function planOf(source: DataReader, options: FitOptions): Plan {
  const { batchSize = 32, accumulate = 1, stepsPerEpoch, epochs } = options;
  const held = source.steps(batchSize);
  if (stepsPerEpoch !== undefined && held !== undefined && held < stepsPerEpoch) {
    fail('train/data', {
      subject: 'stepsPerEpoch',
      expected:
        source.size === undefined
          ? `at most the ${held} batches of the data set`
          : `at most ${held}, for ${source.size} examples in batches of ${batchSize}`,
      got: String(stepsPerEpoch),
    });
  }
  const perEpoch = Math.ceil((stepsPerEpoch ?? held ?? Infinity) / accumulate);
  return { epochs, batchSize, accumulate, batches: stepsPerEpoch ?? Infinity, steps: epochs * perEpoch };
}

/** Refuses data that ended before their time. @param seen batches of an epoch. */
export function checkSeen(seen: number, epoch: number, { batches }: Plan): void {
  const needed = batches === Infinity ? 1 : batches;
  if (seen >= needed) return;
  const isAgain = seen === 0 && epoch > 0;
  fail('train/data', {
    subject: 'data',
    expected: needed === 1 ? 'at least one batch' : `${needed} batches in an epoch`,
    got: `${seen === 0 ? 'none' : seen} in epoch ${epoch + 1}`,
    advice: isAgain
      ? 'Make the batches anew for each epoch'
      : 'Give as many as stepsPerEpoch says, or leave it out',
  });
}
