import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, type Random, type PlainAttrs } from '@tfjs-optimize/core';
import { opName, type RuntimeOp } from '@tfjs-optimize/runtime';
import { fill, type Grid } from './exact.js';

/** An input of an op. */
export interface Given extends Grid {
  readonly dtype: 'float32' | 'int32' | 'bool';
}

export const ints = (grid: Grid): Given => ({ ...grid, dtype: 'int32' });
export const floats = (grid: Grid): Given => ({ ...grid, dtype: 'float32' });
export const vector = (data: readonly number[]): Given => floats({ shape: [data.length], data });

/** A graph of one op whose inputs are all fed. */
export function graphOf(
  op: RuntimeOp,
  inputs: readonly Given[],
  attrs: PlainAttrs,
  y: 'int32' | 'float32' = 'int32',
) {
  const b = new GraphBuilder();
  const values = inputs.map(({ shape, dtype }, i) => b.input(`in${i}`, shape, dtype));
  b.output(b.op(opName(op), values, attrs), 'y', y);
  return b.build('integer');
}

/** Runs an op on the present backend, by core's executor. */
export function runOp(op: RuntimeOp, inputs: readonly Given[], attrs: PlainAttrs = {}): Given {
  const model = graphOf(op, inputs, attrs, op === 'Dequantize' ? 'float32' : 'int32');
  const tensors = inputs.map(({ data, shape, dtype }) => tensorOf(data, shape, dtype));
  try {
    const [y] = model.run(tensors) as [tf.Tensor];
    const result = { shape: y.shape, data: Array.from(y.dataSync()), dtype: y.dtype as Given['dtype'] };
    y.dispose();
    return result;
  } finally {
    tf.dispose(tensors);
    model.dispose();
  }
}

function tensorOf(data: readonly number[], shape: readonly number[], dtype: Given['dtype']): tf.Tensor {
  if (dtype === 'bool') return tf.tensor(Uint8Array.from(data), [...shape], 'bool');
  return tf.tensor([...data], [...shape], dtype);
}

/** Values from -128 to 127 unless told, the ends among them more often than by chance. */
export function int8s(random: Random, shape: readonly number[], least = -128, most = 127): Given {
  return ints(
    fill(shape, () => {
      const draw = random.uniform();
      if (draw < 0.05) return least;
      if (draw < 0.1) return most;
      return least + Math.floor(random.uniform() * (most + 1 - least));
    }),
  );
}

/** A zero point, at an end in one of three draws. */
export function zeroPoint(random: Random): number {
  const draw = random.uniform();
  if (draw < 1 / 6) return -128;
  if (draw < 1 / 3) return 127;
  return Math.floor(random.uniform() * 256) - 128;
}

/** A float32 scale between 2^-12 and 2^-2. */
export function scale(random: Random): number {
  return Math.fround(2 ** (-12 + 10 * random.uniform()));
}
