import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Model, ModelInputs } from '../model.js';
import { shapeText } from '../text/shape.js';

/** How far an output lies from that of the model before. */
export interface OutputDifference {
  readonly key: string;
  readonly shape: readonly number[];
  /** Largest and mean |after - before| over the elements that can be compared. */
  readonly max: number;
  readonly mean: number;
  /** `max` as a share of the largest |before|; 0 where both are 0. */
  readonly relative: number;
  /**
   * Elements of which one or both are NaN, or that are not both the same infinity. NaN equals nothing,
   * not even NaN, so these are left out of `max` and `mean` and told here.
   */
  readonly incomparable: number;
}

/** How far the outputs of two models lie apart on one sample. */
export interface OutputsDifference {
  readonly max: number;
  readonly mean: number;
  readonly relative: number;
  readonly incomparable: number;
  readonly outputs: readonly OutputDifference[];
}

/** The values of an output. */
export interface OutputValues {
  readonly key: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number | string>;
}

/**
 * Runs two models on the same inputs and compares their outputs, in signature order. Booleans count as
 * 0 and 1, strings as 0 apart where equal and 1 where not, complex numbers as two numbers. Leaves no
 * tensors behind.
 *
 * @throws `model/structure` where the models do not have the same outputs.
 */
export async function compareOutputs(
  before: Model,
  after: Model,
  sample: ModelInputs,
): Promise<OutputsDifference> {
  const a = await valuesOf(before, sample);
  const b = await valuesOf(after, sample);
  if (a.length !== b.length) {
    fail('model/structure', {
      subject: 'outputs of the model after',
      expected: `${a.length} as before`,
      got: `${b.length}`,
    });
  }
  return sumOfDifferences(
    a.map((output, i) => {
      const other = b[i] as OutputValues;
      requireShape(output, other);
      return outputDifference(output, other);
    }),
  );
}

async function valuesOf(model: Model, sample: ModelInputs): Promise<OutputValues[]> {
  const tensors = await model.runAsync(sample);
  const keys = model.signature.outputs.map(({ key }) => key);
  try {
    return await valuesOfOutputs(tensors, keys);
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** Reads outputs, which stay the caller's. Complex numbers come as real and imaginary parts by turns. */
export function valuesOfOutputs(
  outputs: readonly tf.Tensor[],
  keys: readonly string[],
): Promise<OutputValues[]> {
  return Promise.all(
    outputs.map(async (tensor, i) => {
      const values: ArrayLike<number | string> = await tensor.data<keyof tf.DataTypeMap>();
      return { key: keys[i] ?? `output ${i}`, shape: tensor.shape, values };
    }),
  );
}

function requireShape(before: OutputValues, after: OutputValues): void {
  if (before.shape.join() === after.shape.join()) return;
  fail('model/structure', {
    subject: `output '${before.key}' of the model after`,
    expected: `the shape ${shapeText(before.shape)} as before`,
    got: shapeText(after.shape),
  });
}

/** How far two outputs of equally many values lie apart, value by value. */
export function outputDifference(before: OutputValues, after: OutputValues): OutputDifference {
  const { key, shape } = before;
  let max = 0;
  let sum = 0;
  let largest = 0;
  let incomparable = 0;
  for (let i = 0; i < before.values.length; i++) {
    const from = before.values[i] as number | string;
    const apart = distance(from, after.values[i] as number | string);
    if (!Number.isFinite(apart)) {
      incomparable++;
      continue;
    }
    sum += apart;
    max = Math.max(max, apart);
    if (typeof from === 'number' && Number.isFinite(from)) largest = Math.max(largest, Math.abs(from));
  }
  const compared = before.values.length - incomparable;
  return {
    key,
    shape,
    max,
    mean: compared === 0 ? 0 : sum / compared,
    relative: max === 0 ? 0 : max / (largest || 1),
    incomparable,
  };
}

function distance(a: number | string, b: number | string): number {
  if (a === b) return 0;
  return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) : 1;
}

/** The differences of several outputs together: the largest ones, and the mean over all elements. */
export function sumOfDifferences(outputs: readonly OutputDifference[]): OutputsDifference {
  const sizes = outputs.map(({ shape, incomparable }) => elements(shape) - incomparable);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const weighted = outputs.reduce((sum, { mean }, i) => sum + mean * (sizes[i] as number), 0);
  return {
    max: Math.max(0, ...outputs.map(({ max }) => max)),
    mean: total === 0 ? 0 : weighted / total,
    relative: Math.max(0, ...outputs.map(({ relative }) => relative)),
    incomparable: outputs.reduce((sum, { incomparable }) => sum + incomparable, 0),
    outputs,
  };
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
