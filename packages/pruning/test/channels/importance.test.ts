import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, type LossInputs } from '@tfjs-optimize/core';
import { expectNoLeak, nets } from '@tfjs-optimize/testing';
import { pruneChannels, type PruneChannelsOptions } from '../../src/index.js';
import { perceptron } from './small.js';

const model = perceptron();
const kernel = (layer: string): Float32Array =>
  model.weights.need(`${layer}/kernel`).numbers() as Float32Array;

/** The importances of the hidden layer 'b' of [8, 6, 3]. */
async function importances(options: Partial<PruneChannelsOptions>): Promise<readonly number[]> {
  const { steps } = await pruneChannels(model, { ratio: 0.5, roundTo: 1, normalizer: 'none', ...options });
  return steps[0]?.find(({ name }) => name === 'b')?.importance ?? [];
}

function expectNear(actual: readonly number[], wanted: readonly number[]): void {
  expect(actual).to.have.length(wanted.length);
  wanted.forEach((value, i) =>
    expect(actual[i], `channel ${i}`).to.be.closeTo(value, 1e-5 * Math.abs(value)),
  );
}

/** For each of the six channels f over what comes in and goes out. */
const both = (f: (value: number) => number): [number[], number[]] => {
  const [b, last] = [kernel('b'), kernel('last')];
  const sum = (count: number, at: (i: number) => number): number =>
    Array.from({ length: count }, (_, i) => f(at(i))).reduce((x, y) => x + y, 0);
  const channels = Array.from({ length: 6 }, (_, c) => c);
  return [
    channels.map((c) => sum(8, (i) => b[i * 6 + c] as number)),
    channels.map((c) => sum(3, (i) => last[c * 3 + i] as number)),
  ];
};

describe('importance of channels', () => {
  before(() => tf.setBackend('cpu'));

  it('l1 and l2 add up magnitudes or squares; slices are combined by mean, sum, max or the first', async () => {
    const [out, into] = both(Math.abs);
    expectNear(
      await importances({ importance: 'l1' }),
      out.map((x, c) => (x + (into[c] as number)) / 2),
    );
    expectNear(
      await importances({ importance: 'l1', reduction: 'sum' }),
      out.map((x, c) => x + (into[c] as number)),
    );
    expectNear(
      await importances({ importance: 'l1', reduction: 'max' }),
      out.map((x, c) => Math.max(x, into[c] as number)),
    );
    expectNear(await importances({ importance: 'l1', reduction: 'first' }), out);
    const [squares, more] = both((x) => x * x);
    expectNear(
      await importances({}),
      squares.map((x, c) => (x + (more[c] as number)) / 2),
    );
  });

  it('is divided by the mean, the largest or the sum of its group', async () => {
    const plain = await importances({});
    const sum = plain.reduce((x, y) => x + y, 0);
    expectNear(
      await importances({ normalizer: 'mean' }),
      plain.map((x) => (6 * x) / sum),
    );
    expectNear(
      await importances({ normalizer: 'sum' }),
      plain.map((x) => x / sum),
    );
    expectNear(
      await importances({ normalizer: 'max' }),
      plain.map((x) => x / Math.max(...plain)),
    );
  });

  it('lamp divides each by the sum of those that are not less', async () => {
    const plain = await importances({});
    const wanted = plain.map((x) => x / plain.filter((y) => y >= x).reduce((a, b) => a + b, 0));
    expectNear(await importances({ importance: 'lamp', normalizer: 'lamp' }), wanted);
    const { steps } = await pruneChannels(model, { ratio: 0.5, roundTo: 1, importance: 'lamp' });
    expectNear(steps[0]?.find(({ name }) => name === 'b')?.importance ?? [], wanted);
  });

  it('fpgm adds up distances from all other channels', async () => {
    const [b, last] = [kernel('b'), kernel('last')];
    const distances = (count: number, at: (c: number, i: number) => number): number[] =>
      Array.from({ length: 6 }, (_, c) =>
        Array.from({ length: 6 }, (_1, d) =>
          Math.hypot(...Array.from({ length: count }, (_2, i) => at(c, i) - at(d, i))),
        ).reduce((x, y) => x + y, 0),
      );
    const out = distances(8, (c, i) => b[i * 6 + c] as number);
    const into = distances(3, (c, i) => last[c * 3 + i] as number);
    expectNear(
      await importances({ importance: 'fpgm' }),
      out.map((x, c) => (x + (into[c] as number)) / 2),
    );
  });

  it('taylor adds up |w · ∂loss/∂w| over the examples that it is given', async () => {
    const x = nets.uniformTensor([10, 4], 2);
    const y = nets.uniformTensor([10, 3], 3);
    const data = { inputs: x, labels: y };
    const names = ['a', 'b', 'last'].flatMap((layer) => [`${layer}/kernel`, `${layer}/bias`]);
    const weights = names.map((name) => {
      const { shape } = model.weights.need(name);
      return tf.tensor(model.weights.need(name).numbers(), [...shape]);
    });
    const loss = (...given: tf.Tensor[]): tf.Scalar => {
      const layer = (h: tf.Tensor, i: number): tf.Tensor =>
        tf.add(tf.matMul(h as tf.Tensor2D, given[2 * i] as tf.Tensor2D), given[2 * i + 1] as tf.Tensor);
      const out = layer(tf.relu(layer(tf.relu(layer(x, 0)), 1)), 2);
      return tf.mean(tf.square(tf.sub(out, y)));
    };
    const gradients = tf
      .grads(loss)(weights)
      .map((gradient) => gradient.dataSync());
    const [b, last] = [kernel('b'), kernel('last')];
    const part = (
      count: number,
      of: Float32Array,
      gradient: ArrayLike<number>,
      at: (c: number, i: number) => number,
    ): number[] =>
      Array.from({ length: 6 }, (_, c) =>
        Array.from({ length: count }, (_1, i) =>
          Math.abs((of[at(c, i)] as number) * (gradient[at(c, i)] as number)),
        ).reduce((s, v) => s + v, 0),
      );
    const out = part(8, b, gradients[2] as Float32Array, (c, i) => i * 6 + c);
    const into = part(3, last, gradients[4] as Float32Array, (c, i) => c * 3 + i);
    const found = await importances({ importance: 'taylor', data, loss: 'meanSquaredError' });
    const wanted = out.map((v, c) => (v + (into[c] as number)) / 2);
    found.forEach((value, c) =>
      expect(value).to.be.closeTo(wanted[c] as number, 1e-4 * (wanted[c] as number)),
    );
    await expectNoLeak(() => importances({ importance: 'taylor', data, loss: 'meanSquaredError' }));
    // The same, but for rounding, of any batches: the last one of three may be smaller.
    for (const batchSize of [1, 3, 4, 10, 64]) {
      const seen: number[] = [];
      const loss = ({ outputs: [y1], labels: [y0] }: LossInputs): tf.Tensor => {
        const [got, wanted] = [y1 as tf.Tensor, y0 as tf.Tensor];
        seen.push(got.shape[0]);
        return tf.mean(tf.squaredDifference(got, wanted));
      };
      expectNear(await importances({ importance: 'taylor', data, loss, batchSize }), found);
      const most = Math.min(batchSize, 10);
      expect(seen.filter((size) => size === most)).to.have.length(Math.floor(10 / most));
    }
  });

  it('random draws by seed, for each group by itself', async () => {
    const first = await importances({ importance: 'random', seed: 4 });
    expect(await importances({ importance: 'random', seed: 4 })).to.deep.equal(first);
    expect(await importances({ importance: 'random', seed: 5 })).not.to.deep.equal(first);
    expect(await importances({ importance: 'random', seed: 4, ignore: ['a'] })).to.deep.equal(first);
  });

  it('batch-norm-scale is |γ| alone; a model without batch norms is refused', async () => {
    const b = new GraphBuilder();
    const filter = b.constant('conv/kernel', new Float32Array(12).fill(1), [1, 1, 3, 4]);
    const conv = b.op(
      'Conv2D',
      [b.input('x', [-1, 4, 4, 3]), filter],
      { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] },
      'conv/Conv2D',
    );
    const gamma = b.constant('bn/gamma', [0.5, -2, 0.1, 1]);
    const rest = ['beta', 'mean', 'variance'].map((name) => b.constant(`bn/${name}`, [1, 1, 1, 1]));
    const norm = b.op('FusedBatchNormV3', [conv, gamma, ...rest], { epsilon: 1e-3 }, 'bn/FusedBatchNormV3');
    const last = b.constant('last/kernel', new Float32Array(8).fill(1), [1, 1, 4, 2]);
    b.output(
      b.op(
        'Conv2D',
        [norm, last],
        { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] },
        'last/Conv2D',
      ),
    );
    const { steps } = await pruneChannels(b.build(), {
      ratio: 0.5,
      roundTo: 1,
      importance: 'batch-norm-scale',
      normalizer: 'none',
    });
    expect(steps[0]?.[0]?.removed).to.deep.equal([0, 2]);
    expectNear(steps[0]?.[0]?.importance ?? [], [0.5, 2, Math.fround(0.1), 1]);
    const error = await pruneChannels(model, { ratio: 0.5, importance: 'batch-norm-scale' }).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'pruning/layer');
  });
});
