import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { batchNormSumsBound as bound } from '../support/bounds.js';
import { kernelOf, normal, expectKernel, useEngine } from '../support/tester.js';

/** Gradients by all inputs as numbers, with the gradient of this package or with that of TensorFlow.js. */
async function gradients(backend: string, channels: number): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const held = tf.memory().numTensors;
  const all = tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 3, 5, channels], 1, 2, 'float32', 1);
    const weights = tf.randomNormal<tf.Rank.R4>([2, 3, 5, channels], 0, 1, 'float32', 2);
    const [offset, scale] = [3, 4].map((seed) =>
      tf.randomNormal<tf.Rank.R1>([channels], 1, 1, 'float32', seed),
    );
    const loss = (...[given, shift, factor]: tf.Tensor[]): tf.Scalar => {
      const { mean, variance } = tf.moments(given as tf.Tensor4D, [0, 1, 2]);
      const of = [mean, variance, shift, factor] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      return tf
        .batchNorm(given as tf.Tensor4D, ...of, 0.01)
        .mul(weights)
        .sum();
    };
    const of = [x, offset, scale] as tf.Tensor[];
    return tf
      .grads(loss)(of)
      .map((each) => each.dataSync() as Float32Array);
  });
  expect(tf.memory().numTensors, 'tensors held').to.equal(held);
  await tf.setBackend('wasm');
  return all;
}

describe('gradients of batch normalization', () => {
  before(useEngine);

  it('sum up rows of every number and length', () => {
    for (const rows of [1, 2, 3, 127, 128, 129, 130, 300]) {
      for (const channels of [1, 3, 4, 5, 8, 17]) {
        const shape = [1, 1, rows, channels];
        const inputs = { dy: normal(shape, 1), x: normal(shape, 2), mean: normal([channels], 3) };
        expectKernel('TfjsOptimizeBatchNormSums', { inputs, bound });
      }
    }
    const none = { shape: [0, 1, 2, 4], data: new Float64Array(0) };
    expectKernel('TfjsOptimizeBatchNormSums', { inputs: { dy: none, x: none, mean: normal([4], 1) }, bound });
  });

  it('are those of TensorFlow.js on its cpu backend, through the moments, too', async () => {
    for (const channels of [1, 3, 8]) {
      const [ours, theirs] = [await gradients('wasm', channels), await gradients('cpu', channels)];
      expect(ours.length).to.equal(3);
      ours.forEach((values, which) =>
        values.forEach((value, i) => expect(value).to.be.closeTo(theirs[which]?.[i] as number, 1e-4)),
      );
    }
  });

  it('train a layer as the cpu backend does', async () => {
    const losses = [];
    for (const backend of ['cpu', 'wasm']) {
      await tf.setBackend(backend);
      const model = tf.sequential({
        layers: [
          tf.layers.batchNormalization({ inputShape: [4, 4, 3] }),
          tf.layers.flatten(),
          tf.layers.layerNormalization(),
          tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
        ],
      });
      model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      const [x, y] = [
        tf.randomNormal([8, 4, 4, 3], 1, 2, 'float32', 1),
        tf.randomNormal([8, 1], 0, 1, 'float32', 2),
      ];
      const { history } = await model.fit(x, y, { epochs: 5, batchSize: 8, shuffle: false });
      losses.push(history['loss']);
      tf.dispose([x, y]);
      model.dispose();
    }
    const [theirs, ours] = losses as [number[], number[]];
    expect(ours[4]).to.be.lessThan(ours[0] as number);
    ours.forEach((loss, i) => expect(loss).to.be.closeTo(theirs[i] as number, 1e-4));
  });

  it('of tiles are the sums of their copies', async () => {
    await tf.setBackend('wasm');
    for (const [shape, reps] of [
      [[3], [4]],
      [
        [2, 3],
        [1, 4],
      ],
      [
        [2, 3],
        [3, 2],
      ],
      [
        [2, 1, 3],
        [1, 5, 1],
      ],
      [
        [2, 1, 3, 2],
        [2, 2, 2, 2],
      ],
      [
        [2, 3],
        [1, 1],
      ],
    ] as const) {
      const both: tf.TypedArray[] = [];
      for (const backend of ['wasm', 'cpu']) {
        await tf.setBackend(backend);
        both.push(
          tf.tidy(() => {
            const x = tf.randomNormal([...shape], 0, 1, 'float32', 1);
            const weights = tf.randomNormal(tf.tile(x, [...reps]).shape, 0, 1, 'float32', 2);
            const dx = tf.grad((t) =>
              tf
                .tile(t, [...reps])
                .mul(weights)
                .sum(),
            )(x);
            expect(dx.shape).to.deep.equal(x.shape);
            return dx.dataSync();
          }),
        );
      }
      await tf.setBackend('wasm');
      both[0]?.forEach((value, i) => expect(value).to.be.closeTo(both[1]?.[i] as number, 1e-5));
    }
  });

  it('exist for gradients of gradients', () => {
    const [first, second] = ['wasm', 'cpu'].map((backend) => {
      void tf.setBackend(backend);
      return tf.tidy(() => {
        const x = tf.randomNormal<tf.Rank.R4>([1, 2, 3, 4], 0, 1, 'float32', 1);
        const loss = (t: tf.Tensor): tf.Tensor => {
          const { mean, variance } = tf.moments(t, [0, 1, 2]);
          const [offset, scale] = [tf.zeros([4]), tf.ones([4])];
          const of = [mean, variance, offset, scale] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
          return tf
            .batchNorm(t as tf.Tensor4D, ...of)
            .pow(3)
            .sum();
        };
        return tf
          .grad((t) => tf.grad(loss)(t).square().sum())(x)
          .dataSync();
      });
    });
    void tf.setBackend('wasm');
    first?.forEach((value, i) => expect(value).to.be.closeTo(second?.[i] as number, 1e-2));
  });

  it('leave what has other shapes to the reference', async () => {
    const engine = await useEngine();
    const [x, mean] = [tf.ones([2, 3]), tf.ones([2])];
    expect(kernelOf('TfjsOptimizeBatchNormSums').run(engine, { dy: x, x, mean }, {})).to.equal(undefined);
    tf.dispose([x, mean]);
  });
});
