import * as tf from '@tensorflow/tfjs';
import type { Noise } from '../graph/training-attrs.js';
import { noiseOfLayer } from './layer-noise.js';
import { patchMethod } from './patch.js';

/**
 * Knows which layer is being called. Every layer, nested models and users' own classes included,
 * passes through `Layer.prototype.apply`, so one replacement there sees them all.
 */
export class LayerScopes {
  private readonly stack: string[] = [];
  /** Path of the innermost layer that threw, if any did. */
  failed: string | undefined;

  /** Path of the layers that are running: `model/block/conv`, empty outside layers. */
  get path(): string {
    return this.stack.join('/');
  }

  /** Watches until the function returned is called. */
  watch(): () => void {
    const { stack } = this;
    const fail = (): void => void (this.failed ??= this.path);
    const prototype = tf.layers.Layer.prototype;
    const apply = prototype.apply;
    type Apply = typeof prototype.apply;
    const replacement: Apply = function (this: tf.layers.Layer, inputs, kwargs) {
      stack.push(this.name);
      try {
        return marked(apply.call(this, inputs, kwargs), noiseOfLayer(this));
      } catch (error) {
        fail();
        throw error;
      } finally {
        stack.pop();
      }
    };
    return patchMethod(prototype, 'apply', replacement);
  }
}

type Applied = ReturnType<typeof tf.layers.Layer.prototype.apply>;

/**
 * What a layer of noise gives, by a call of its own that hands it on: at inference such layers call nothing, and
 * training is to find their place.
 */
function marked(result: Applied, noise: Noise | undefined): Applied {
  if (noise === undefined || !(result instanceof tf.Tensor)) return result;
  return tf.engine().runKernel<tf.Tensor>(
    'Identity',
    { x: result },
    {
      noise: noise.kind,
      amount: noise.amount,
      noiseShape: noise.shape as number[],
    },
  );
}
