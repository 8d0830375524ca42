import type { Augment } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/**
 * Mirrors every other image at random and moves each by up to so many pixels in each direction, as He et al. 2016 do with
 * 4; zeros come in from outside.
 */
export const mirroredAndMoved =
  (most: number): Augment =>
  ({ inputs, labels }, random) => {
    const images = inputs as tf.Tensor4D;
    const [, height, width, channels] = images.shape;
    const from = images.dataSync<'float32'>();
    const to = new Float32Array(from.length);
    for (let start = 0; start < from.length; start += height * width * channels) {
      const isMirrored = random.integer(2) === 1;
      const [right, down] = [random.integer(2 * most + 1) - most, random.integer(2 * most + 1) - most];
      for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++)
        for (let x = Math.max(0, -right); x < Math.min(width, width - right); x++) {
          const source = isMirrored ? width - 1 - x - right : x + right;
          const pixel = start + ((y + down) * width + source) * channels;
          to.set(from.subarray(pixel, pixel + channels), start + (y * width + x) * channels);
        }
    }
    return { inputs: tf.tensor(to, images.shape), ...(labels && { labels }) };
  };
