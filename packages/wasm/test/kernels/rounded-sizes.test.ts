import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { useEngine } from '../support/tester.js';

type Rounding = 'floor' | 'round' | 'ceil';
type Of = (x: tf.Tensor4D, filter: tf.Tensor4D, stride: number, pad: number, rounding: Rounding) => tf.Tensor;

const OPS: Readonly<Record<string, Of>> = {
  conv2d: (x, filter, stride, pad, rounding) => tf.conv2d(x, filter, stride, pad, 'NHWC', 1, rounding),
  depthwiseConv2d: (x, filter, stride, pad, rounding) =>
    tf.depthwiseConv2d(x, filter.slice([0, 0, 0, 0], [-1, -1, -1, 1]), stride, pad, 'NHWC', 1, rounding),
  maxPool: (x, _, stride, pad, rounding) => tf.maxPool(x, 3, stride, pad, rounding),
  avgPool: (x, _, stride, pad, rounding) => tf.avgPool(x, 3, stride, pad, rounding),
};

/** What each of the numbers of a tensor adds to a sum, by differences. */
function differences(of: (x: tf.Tensor) => tf.Tensor, at: tf.Tensor): number[] {
  // Less than what numbers lie apart by, so that the largest stays the largest.
  const step = 2 ** -6;
  return Array.from({ length: at.size }, (_, i) =>
    tf.tidy(() => {
      const values = new Float32Array(at.size);
      values[i] = step;
      const nudge = tf.tensor(values, at.shape);
      const [more, less] = [of(tf.add(at, nudge)), of(tf.sub(at, nudge))];
      return (tf.sub(more, less).dataSync()[0] as number) / (2 * step);
    }),
  );
}

/** Whole numbers in disorder: sums of their products by whole numbers are exact. */
const whole = (shape: [number, number, number, number]): tf.Tensor4D => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, (_, i) => ((i * 37) % 61) - 30),
    shape,
  );
};

describe('gradients of outputs whose size was rounded', () => {
  before(useEngine);

  for (const [name, of] of Object.entries(OPS)) {
    for (const rounding of ['floor', 'round', 'ceil'] as const) {
      // Where an average is over fewer than the window, TensorFlow.js has a gradient of its own: docs/kernels.md.
      const pads = name !== 'avgPool' ? [0, 1] : rounding === 'floor' ? [0] : [];
      for (const pad of pads) {
        it(`of ${name}, ${rounding}, pad ${pad}: as by differences`, async () => {
          const stride = 2;
          const isConvolution = name.startsWith('conv') || name.startsWith('depth');
          const found = async (backend: string, gradients: boolean): Promise<number[][]> => {
            await tf.setBackend(backend);
            return tf.tidy(() => {
              const [x, filter] = [whole([1, 6, 5, 2]), whole([3, 3, 2, 2])];
              const loss = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => {
                const y = of(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, rounding);
                return tf.sum(tf.mul(y, tf.range(1, y.size + 1).reshape(y.shape)));
              };
              const ofX = (a: tf.Tensor): tf.Scalar => loss(a, filter);
              const ofFilter = (b: tf.Tensor): tf.Scalar => loss(x, b);
              if (!gradients)
                return [differences(ofX, x), ...(isConvolution ? [differences(ofFilter, filter)] : [])];
              const all = isConvolution ? tf.grads(loss)([x, filter]) : [tf.grad(ofX)(x)];
              return all.map((gradient) => Array.from(gradient.dataSync()));
            });
          };
          // The backend's own pooling leaves zeros where sizes are rounded up, so that differences are the cpu's.
          const wanted = await found('cpu', false);
          const gradients = await found('wasm', true);
          gradients.forEach((gradient, i) => {
            const largest = Math.max(...(wanted[i] as number[]).map(Math.abs));
            // A rounding of the loss, below 2^17, in a difference over 2^-5.
            gradient.forEach((value, at) => {
              const apart = Math.abs(value - (wanted[i]?.[at] as number));
              expect(apart, `${i} at ${at}`).to.be.below(0.3 + 1e-5 * largest);
            });
          });
        });
      }
    }
  }
});
