import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Model, ModelInputs } from '../model.js';
import { executorOf } from '../run.js';

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
  const outputs = a.map((output, i) => compare(output, b[i] as Output));
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

interface Output {
  readonly key: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number | string>;
}

async function valuesOf(model: Model, sample: ModelInputs): Promise<Output[]> {
  const tensors = await executorOf(model).runAsync(sample);
  try {
    return await Promise.all(
      model.signature.outputs.map(async ({ key }, i) => {
        const tensor = tensors[i] as tf.Tensor;
        const values: ArrayLike<number | string> = await tensor.data<keyof tf.DataTypeMap>();
        return { key, shape: tensor.shape, values };
      }),
    );
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function compare(before: Output, after: Output): OutputDifference {
  const { key, shape } = before;
  if (shape.join() !== after.shape.join()) {
    fail('model/structure', {
      subject: `output '${key}' of the model after`,
      expected: `the shape [${shape.join(',')}] as before`,
      got: `[${after.shape.join(',')}]`,
    });
  }
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
