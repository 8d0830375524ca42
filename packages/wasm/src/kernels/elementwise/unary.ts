import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { each, FUNCTIONS, pairwise } from '../../reference/unary.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';
import { collapse, type AxisGroup } from '../norm/collapse.js';

/** Functions by the numbers that `assembly/elementwise/unary.ts` gives them, under the names of their kernels. */
const KERNELS = [
  ['Exp', FUNCTIONS.exp],
  ['Log', FUNCTIONS.log],
  ['Tanh', FUNCTIONS.tanh],
  ['Erf', FUNCTIONS.erf],
  ['Sqrt', FUNCTIONS.sqrt],
  ['Rsqrt', FUNCTIONS.rsqrt],
] as const;

/** Functions of one number that the wasm backend computes number by number. */
export const unary: readonly FastKernel[] = KERNELS.map(([name, of], kind) => ({
  name,
  run: (engine, inputs) => {
    const { x } = inputs as { x: TensorInfo };
    if (x.dtype !== 'float32') return undefined;
    const out = engine.output(x.shape, 'float32');
    engine.native.unary(engine.address(out), engine.address(x), sizeOf(x.shape), kind);
    return out;
  },
  reference: each(of),
}));

/** `tf.maximum` and `tf.minimum`. (The backend's give the other number for a NaN that comes second.) */
export const extremes: readonly FastKernel[] = [
  extreme('Maximum', true, Math.max),
  extreme('Minimum', false, Math.min),
];

function extreme(name: string, larger: boolean, of: (a: number, b: number) => number): FastKernel {
  return {
    name,
    run: (engine, inputs) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
      const shape = tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      const groups = collapse(shape, [a.shape, b.shape]);
      if (groups === undefined) return undefined;
      const out = engine.output(shape, 'float32');
      if (sizeOf(shape) > 0) eachRun(groups, engine, [out, a, b], larger);
      return out;
    },
    reference: pairwise(of),
  };
}

/** Goes through runs in which each operand has one number for all, or one for each. */
function eachRun(
  groups: readonly AxisGroup[],
  engine: Engine,
  [out, a, b]: readonly [TensorInfo, TensorInfo, TensorInfo],
  larger: boolean,
): void {
  const { size: count, steps: inner } = groups.at(-1) ?? { size: 1, steps: [1, 1] };
  const outer = groups.slice(0, -1);
  let to = engine.address(out);
  const run = (depth: number, x: number, y: number): void => {
    const group = outer[depth];
    if (group === undefined) {
      // The number that is one for all comes second; which is first makes no difference.
      const [many, other] = inner[0] === 0 ? [y, x] : [x, y];
      engine.native.extremes(to, many, other, count, inner.includes(0) ? 1 : 0, larger ? 1 : 0);
      to += 4 * count;
      return;
    }
    const [stepX = 0, stepY = 0] = group.steps;
    for (let i = 0; i < group.size; i++) run(depth + 1, x + 4 * i * stepX, y + 4 * i * stepY);
  };
  run(0, engine.address(a), engine.address(b));
}
