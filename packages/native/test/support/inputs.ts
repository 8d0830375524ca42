import * as tf from '@tensorflow/tfjs';
import type { Model, Port } from '@tfjs-optimize/core';
import type { Inputs } from './saved-model.js';

/** How inputs are drawn. */
export interface Draw {
  /** Sizes of all unknown axes, mostly the batch; a set of inputs each. */
  readonly unknown: readonly number[];
  /** What whole numbers stay below. */
  readonly below?: number;
  readonly seed: number;
}

/** Random inputs for a model: floats from 0 to 1, whole numbers from 0. */
export function drawInputs(model: Model, { unknown, below = 256, seed }: Draw): Inputs[] {
  const shapeOf = (port: Port, size: number): number[] =>
    (port.shape ?? []).map((known) => (known >= 0 ? known : size));
  return unknown.map((size) =>
    Object.fromEntries(
      model.signature.inputs.map((port, at) => {
        const isWhole = port.dtype === 'int32';
        const shape = shapeOf(port, size);
        return [
          port.key,
          isWhole
            ? tf.randomUniform(shape, 0, below, 'int32', seed + at)
            : tf.randomUniform(shape, 0, 1, 'float32', seed + at),
        ];
      }),
    ),
  );
}
