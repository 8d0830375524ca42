import { gelu, layerNorm, setEnabled } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Values } from '../../src/reference/values.js';
import { EPSILON, normal, expectKernel, useEngine, type Bound } from '../support/tester.js';

/** Numbers of a seed, none of them below a tenth. */
function positive(shape: readonly number[], seed: number): Values {
  const { data } = normal(shape, seed);
  return { shape, data: data.map((x) => 0.1 + Math.abs(x)) };
}

const sizes = (values: Values): number => Math.max(0, ...values.data.map(Math.abs));

/** Eight roundings of terms that are as large as the largest of each factor makes them. */
const batchBound: Bound = ({ x, mean, variance, offset, scale }) => {
  const least = Math.min(...(variance as Values).data);
  const moved = sizes(x as Values) + sizes(mean as Values);
  const most = (moved * (scale ? sizes(scale) : 1)) / Math.sqrt(least) + (offset ? sizes(offset) : 0);
  return [(x as Values).data.map(() => 8 * EPSILON * most)];
};

/**
 * The mean is off by so many roundings as it has terms (fewer, since they are added in parts), and so is what it is
 * taken from; the variance by as many again, of which the root halves the share.
 */
const layerBound: Bound = ({ x, gamma, beta }, attrs) => {
  const { epsilon } = attrs as { epsilon: number };
  const { data } = x as Values;
  const columns = (gamma as Values).data.length;
  const bound = new Float64Array(data.length);
  for (let from = 0; from < data.length; from += columns) {
    const row = data.subarray(from, from + columns);
    const mean = row.reduce((sum, value) => sum + value, 0) / columns;
    const spread = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns + epsilon;
    const average = row.reduce((sum, value) => sum + Math.abs(value), 0) / columns;
    const meanError = (columns + 2) * EPSILON * average;
    row.forEach((value, i) => {
      const centred = Math.abs(value - mean);
      const error = meanError + EPSILON * centred;
      const share = (columns + 6) * EPSILON + (2 * meanError) / Math.sqrt(spread);
      const [scale, shift] = [gamma, beta].map((each) => Math.abs((each as Values).data[i] as number)) as [
        number,
        number,
      ];
      const whole = (scale * (error + centred * share)) / Math.sqrt(spread);
      bound[from + i] = whole + 3 * EPSILON * ((scale * centred) / Math.sqrt(spread) + shift);
    });
  }
  return [bound];
};

describe('batch norm', () => {
  before(useEngine);

  it('agrees with the reference for every number of channels, with and without scale and offset', () => {
    for (const channels of [1, 2, 3, 4, 5, 8, 17]) {
      for (const [scale, offset] of [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ] as const) {
        expectKernel('FusedBatchNorm', {
          inputs: {
            x: normal([2, 3, 3, channels], 1),
            mean: normal([channels], 2),
            variance: positive([channels], 3),
            ...(scale && { scale: normal([channels], 4) }),
            ...(offset && { offset: normal([channels], 5) }),
          },
          attrs: { varianceEpsilon: 1e-3 },
          bound: batchBound,
        });
      }
    }
  });

  it('takes a mean and a variance of each number', () => {
    for (const columns of [1, 4, 7]) {
      expectKernel('FusedBatchNorm', {
        inputs: {
          x: normal([2, 1, 3, columns], 1),
          mean: normal([2, 1, 3, columns], 2),
          variance: positive([2, 1, 3, columns], 3),
          scale: normal([columns], 4),
          offset: normal([columns], 5),
        },
        attrs: { varianceEpsilon: 1e-3 },
        bound: batchBound,
      });
    }
  });

  it('gives nothing of nothing, and leaves other shapes to the backend', async () => {
    expectKernel('FusedBatchNorm', {
      inputs: { x: normal([0, 2, 2, 3], 1), mean: normal([3], 2), variance: positive([3], 3) },
      attrs: { varianceEpsilon: 1e-3 },
      bound: () => [new Float64Array(0)],
    });
    const model = tf.sequential({
      layers: [tf.layers.batchNormalization({ axis: 1, inputShape: [3, 4] })],
    });
    const x = tf.ones([1, 3, 4]);
    const y = model.predict(x) as tf.Tensor;
    expect((await y.data())[0]).to.be.closeTo(1, 1e-3);
    tf.dispose([x, y]);
    model.dispose();
  });
});

describe('layer norm as one op', () => {
  before(useEngine);

  it('agrees with the reference for every number of features', () => {
    for (const columns of [1, 2, 3, 4, 7, 8, 9, 16, 33, 300]) {
      const x = normal([2, 3, columns], 1);
      x.data.forEach((value, i) => (x.data[i] = 3 * value + 5));
      expectKernel('TfjsOptimizeLayerNorm', {
        inputs: { x, gamma: normal([columns], 2), beta: normal([columns], 3) },
        attrs: { epsilon: 1e-3 },
        bound: layerBound,
      });
    }
  });
});

describe('GELU as one op', () => {
  before(useEngine);

  it('agrees with the reference for numbers of every size', () => {
    const data = Float64Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100);
    for (const approximate of [false, true]) {
      expectKernel('TfjsOptimizeGelu', {
        inputs: { x: { shape: [data.length], data } },
        attrs: { approximate },
        // Of 1 + gate, each of which is off by three units in the last place of at most 1.
        bound: ({ x }) => [(x as Values).data.map((value) => 8 * EPSILON * Math.abs(value))],
      });
    }
  });
});

describe('gelu and layerNorm as functions', () => {
  before(useEngine);
  afterEach(async () => {
    setEnabled(true);
    await tf.setBackend('wasm');
  });

  /** Values and gradients of both. */
  function results(): number[][] {
    return tf.tidy(() => {
      const x = tf.tensor2d([-3, -1, -0.2, 0, 0.5, 2, 4, 1], [2, 4]);
      const [gamma, beta] = [tf.tensor1d([1, 2, -1, 0.5]), tf.tensor1d([0.1, 0, 1, 2])];
      const weights = tf.tensor2d([1, -1, 2, 0.5, 3, 1, -2, 1], [2, 4]);
      const norm = (...all: tf.Tensor[]): tf.Scalar =>
        layerNorm(all[0] as tf.Tensor, all[1] as tf.Tensor, all[2] as tf.Tensor, 0.01)
          .mul(weights)
          .sum();
      const tensors = [
        gelu(x),
        gelu(x, true),
        tf.grad((given) => gelu(given).mul(weights).sum())(x),
        tf.grad((given) => gelu(given, true).mul(weights).sum())(x),
        layerNorm(x, gamma, beta, 0.01),
        ...tf.grads(norm)([x, gamma, beta]),
      ];
      return tensors.map((each) => Array.from(each.dataSync()));
    });
  }

  it('have the same values and gradients on every backend, and with our kernels off', async () => {
    const ours = results();
    setEnabled(false);
    const stock = results();
    await tf.setBackend('cpu');
    const cpu = results();
    for (const [name, other] of Object.entries({ stock, cpu })) {
      ours.forEach((values, i) =>
        values.forEach((value, j) =>
          expect(value, `${name}: ${i}, ${j}`).to.be.closeTo(other[i]?.[j] as number, 1e-5),
        ),
      );
    }
  });
});
