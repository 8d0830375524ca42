import {
  fail,
  isOptimizeError,
  OptimizeError,
  Random,
  valueText,
  type ErrorCode,
} from '@tfjs-optimize/core/plain';
import { stack, type Collate } from '../collate.js';
import type { Dataset } from '../dataset.js';
import { isNumbers, type BatchFields, type NumberTypes, type Sample } from '../sample.js';
import { failThrown, messageOf } from '../thrown.js';
import type { Transform } from '../transforms/transform.js';

/** A sample that could not be read or transformed. The cause is kept. */
export class SampleError extends OptimizeError {
  /** Number of the sample in its data set; of a stream, how many came before it. */
  readonly index: number;

  /** @param cause what was thrown; one of this project lends its code. */
  constructor(index: number, cause: unknown) {
    const code: ErrorCode = isOptimizeError(cause) ? cause.code : 'data/sample';
    const got = messageOf(cause);
    super(code, { subject: `sample ${index}`, expected: 'to be read and transformed', got, cause });
    this.name = 'SampleError';
    this.index = index;
  }
}

/** What batches are made with, in whichever thread. */
export interface Reading {
  readonly dataset: Dataset | undefined;
  readonly types: NumberTypes;
  readonly transform: Transform | undefined;
  readonly collate: Collate | undefined;
  readonly seed: number;
}

/** One batch to make. */
export interface Task {
  readonly epoch: number;
  readonly indices: Int32Array;
  /** Samples of a stream, which are not to be read. */
  readonly samples?: readonly Sample[];
}

/**
 * Reads, transforms and stacks the samples of one batch, one after the other.
 * @param before told of each sample before it is read; false gives up the batch.
 * @returns undefined when it was given up.
 * @throws SampleError; `data/shape` where samples do not make a batch; `data/code` where collate throws.
 */
export async function readBatch(
  { dataset, types, transform, collate, seed }: Reading,
  { epoch, indices, samples }: Task,
  before: (index: number) => boolean | Promise<boolean> = () => true,
): Promise<BatchFields | undefined> {
  const root = transform === undefined ? undefined : Random.of(seed);
  const read: Sample[] = [];
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row] as number;
    let isWanted = before(index);
    if (isWanted instanceof Promise) isWanted = await isWanted;
    if (!isWanted) return undefined;
    try {
      let sample: Sample | Promise<Sample> = samples?.[row] ?? (dataset as Dataset).get(index);
      if (sample instanceof Promise) sample = await sample;
      if (transform !== undefined) {
        const random = (root as Random).fork(`sample ${epoch} ${index}`);
        sample = transform(sample, { random, index, epoch });
        if (sample instanceof Promise) sample = await sample;
      }
      read.push(sample);
    } catch (error) {
      throw new SampleError(index, error);
    }
  }
  return collate === undefined ? stack(read, types, indices) : collated(collate, read, indices);
}

function collated(collate: Collate, samples: readonly Sample[], indices: Int32Array): BatchFields {
  let fields: BatchFields;
  try {
    fields = collate(samples);
  } catch (error) {
    return failThrown(error, `collate, for samples ${namesOf(indices)}`, 'a batch');
  }
  return checkFields(fields, samples.length);
}

/** Numbers of samples in words, the first ones of many. */
export function namesOf(indices: Int32Array): string {
  return `${[...indices.subarray(0, 8)].join(', ')}${indices.length > 8 ? ', …' : ''}`;
}

/** @throws `data/shape` for what somebody's code gave in place of a batch. */
function checkFields(fields: BatchFields, count: number): BatchFields {
  const entries = typeof fields === 'object' && fields !== null ? Object.entries(fields) : [];
  const isWhole = entries.every(
    ([, field]) =>
      (isNumbers(field?.values) || Array.isArray(field?.values)) &&
      Array.isArray(field.shape) &&
      field.shape[0] === count,
  );
  if (entries.length > 0 && isWhole) return fields;
  return fail('data/shape', {
    subject: 'collate',
    expected: `fields {values, shape} whose first size is ${count}`,
    got: valueText(fields),
  });
}
