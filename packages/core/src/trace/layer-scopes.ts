import * as tf from '@tensorflow/tfjs';
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
        return apply.call(this, inputs, kwargs);
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
