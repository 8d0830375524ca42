import type { TensorInfo } from '@tensorflow/tfjs';
import { tile as reference } from '../../reference/tile.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

/** `tf.tile`, which a layer norm of tf.layers does to its means and variances. */
export const tile: FastKernel = {
  name: 'Tile',
  run: (engine, inputs, attrs) => {
    const { x } = inputs as { x: TensorInfo };
    const { reps } = attrs as unknown as { reps: readonly number[] };
    if (x.dtype !== 'float32' && x.dtype !== 'int32') return undefined;
    const out = engine.output(
      x.shape.map((size, axis) => size * (reps[axis] as number)),
      x.dtype,
    );
    if (sizeOf(out.shape) === 0) return out;
    const steps = stepsOf(x.shape, reps);
    let from = engine.address(x);
    steps.forEach(({ blocks, size, times }, i) => {
      const bytes = 4 * blocks * size * times;
      const last = i === steps.length - 1;
      const to = last ? engine.address(out) : engine.scratch.take(`tile ${i % 2}`, bytes);
      engine.native.repeat(to, from, blocks, size, times);
      from = to;
    });
    return out;
  },
  reference,
};

interface Step {
  /** Runs of numbers, and numbers in each. */
  readonly blocks: number;
  readonly size: number;
  readonly times: number;
}

/** Along one axis after the other, the last first; along neighbours that are repeated as a whole, at once. */
function stepsOf(shape: readonly number[], reps: readonly number[]): readonly Step[] {
  const steps: Step[] = [];
  let size = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    size *= shape[axis] as number;
    const times = reps[axis] as number;
    if (times === 1) continue;
    steps.push({ blocks: sizeOf(shape.slice(0, axis)), size, times });
    size *= times;
  }
  return steps.length > 0 ? steps : [{ blocks: 1, size, times: 1 }];
}
