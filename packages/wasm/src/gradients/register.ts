import * as tf from '@tensorflow/tfjs';
import { isFast } from '../ops/fast.js';
import { batchNormGradients, batchNormSumsGradient } from './batch-norm.js';
import { tileGradient } from './tile.js';

type Gradient = tf.GradConfig['gradFunc'];

/** Marks gradient functions of this package, of whatever copy of it. */
const OURS = Symbol.for('@tfjs-optimize/wasm');

/** Puts gradients made of our kernels in the place of those of TensorFlow.js, once, for as long as our kernels run. */
export function registerGradients(): void {
  tf.registerGradient(batchNormSumsGradient);
  replace('FusedBatchNorm', (dy, saved, attrs) => {
    const { varianceEpsilon } = attrs as unknown as { readonly varianceEpsilon: number };
    return batchNormGradients(dy as tf.Tensor, saved, varianceEpsilon);
  });
  replace('Tile', (dy, [x], attrs) => {
    const { reps } = attrs as unknown as { readonly reps: readonly number[] };
    return { x: () => tileGradient(dy as tf.Tensor, (x as tf.Tensor).shape, reps) };
  });
}

/** @param ours gives nothing where the gradient of TensorFlow.js is to be used. */
function replace(
  kernelName: string,
  ours: (...args: Parameters<Gradient>) => ReturnType<Gradient> | undefined,
): void {
  const stock = tf.getGradient(kernelName) as tf.GradConfig | undefined;
  if (stock === undefined || OURS in stock.gradFunc) return;
  const gradFunc: Gradient = (...args) => (isFast() ? ours(...args) : undefined) ?? stock.gradFunc(...args);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({ ...stock, gradFunc: Object.assign(gradFunc, { [OURS]: true }) });
}
