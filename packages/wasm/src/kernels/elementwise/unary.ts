import type { TensorInfo } from '@tensorflow/tfjs';
import { each, FUNCTIONS, pairwise } from '../../reference/unary.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

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

/** `tf.maximum` and `tf.minimum` of equal shapes, or with one number as the second. */
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
      const single = sizeOf(b.shape) === 1 && b.shape.length <= a.shape.length;
      if (!single && a.shape.join() !== b.shape.join()) return undefined;
      const out = engine.output(a.shape, 'float32');
      const [to, from, other] = [out, a, b].map((info) => engine.address(info)) as [number, number, number];
      engine.native.extremes(to, from, other, sizeOf(a.shape), single ? 1 : 0, larger ? 1 : 0);
      return out;
    },
    reference: pairwise(of),
  };
}
