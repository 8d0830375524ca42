import * as tf from '@tensorflow/tfjs';
import { GELU } from '../kernels/elementwise/gelu.js';
import { LAYER_NORM } from '../kernels/norm/layer-norm.js';
import { gelu, geluGradient } from './gelu.js';
import { layerNorm, layerNormGradient } from './layer-norm.js';

/** Lets `tf.loadGraphModel` run graphs with the ops of this package, on every backend, and gives the ops gradients. */
export function registerOps(): void {
  tf.registerOp(LAYER_NORM, ({ inputs, attrs }) => {
    const [x, scale, offset] = inputs as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
    return layerNorm(x, scale, offset, attrs['epsilon'] as number);
  });
  tf.registerOp(GELU, ({ inputs, attrs }) => gelu(inputs[0] as tf.Tensor, attrs['approximate'] as boolean));
  for (const gradient of [layerNormGradient, geluGradient]) tf.registerGradient(gradient);
}
