import { maxDifference } from '@tfjs-optimize/testing';
import { fit, traceLayersModel, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

const SIZE = 20_000;

/** The values that a layer gives in a step of training, and in evaluation. */
async function passed(
  layer: tf.layers.Layer,
  x: tf.Tensor,
  seed = 1,
): Promise<[training: Float32Array, inference: Float32Array]> {
  const seen: Float32Array[] = [];
  await fit(withWeight(layer, x.shape.slice(1)), {
    data: { inputs: x },
    loss: ({ outputs }) => {
      seen.push((outputs[0] as tf.Tensor).dataSync() as Float32Array);
      return tf.mean(outputs[0] as tf.Tensor);
    },
    epochs: 1,
    batchSize: x.shape[0],
    shuffle: false,
    validation: { inputs: x },
    // Nothing is learnt: both are of the same weights.
    learningRate: 0,
    seed,
  });
  return [seen[0] as Float32Array, seen.at(-1) as Float32Array];
}

/** The layer behind one that gives its input on, times a weight of ones. */
function withWeight(layer: tf.layers.Layer, shape: readonly number[]): Model<'float'> {
  const ones = tf.layers.prelu({ alphaInitializer: 'ones', inputShape: [...shape] });
  const model = tf.sequential({ layers: [ones, layer] });
  const traced = traceLayersModel(model);
  model.dispose();
  return traced;
}

function moments(values: Float32Array): [mean: number, deviation: number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return [mean, Math.sqrt(square)];
}

/** Four standard errors of a mean of SIZE numbers. */
const error = (deviation: number): number => (4 * deviation) / Math.sqrt(SIZE);

describe('noise of layers in training', () => {
  before(() => tf.setBackend('cpu'));
  let ones: tf.Tensor;
  before(() => void (ones = tf.ones([2, SIZE / 2])));
  after(() => ones.dispose());

  it('drops what dropout drops, makes up for it, and leaves inference alone', async () => {
    const [training, inference] = await passed(tf.layers.dropout({ rate: 0.3 }), ones);
    expect(new Set(training)).to.deep.equal(new Set([0, Math.fround(1 / 0.7)]));
    expect(moments(training)[0]).to.be.closeTo(1, error(Math.sqrt(0.3 / 0.7)));
    expect(new Set(inference)).to.deep.equal(new Set([1]));
  });

  it('is the same for a seed, another for another, and never that of the layer before', async () => {
    const run = (seed: number): Promise<Float32Array> =>
      passed(tf.layers.dropout({ rate: 0.5, name: 'same' }), ones, seed).then(([values]) => values);
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(a).to.deep.equal(b);
    expect(maxDifference(a, c)).to.be.above(1);
    // Two halves in a row leave a quarter, and twice the same one half.
    const twice = tf.sequential({
      layers: [tf.layers.dropout({ rate: 0.5, inputShape: [SIZE / 2] }), tf.layers.dropout({ rate: 0.5 })],
    });
    const [both] = await passed(twice, ones);
    expect(both.filter((value) => value > 0).length / SIZE).to.be.closeTo(0.25, error(0.43));
  });

  it('shares what the shape of noise shares', async () => {
    const x = tf.ones([50, 8, 6]);
    for (const layer of [
      tf.layers.spatialDropout1d({ rate: 0.5 }),
      tf.layers.dropout({ rate: 0.5, noiseShape: [null as unknown as number, 1, 6] }),
    ]) {
      const [values] = await passed(layer, x);
      const kept = new Set<number>();
      for (let example = 0; example < 50; example++) {
        for (let channel = 0; channel < 6; channel++) {
          const along = Array.from(
            { length: 8 },
            (_, t) => values[(example * 8 + t) * 6 + channel] as number,
          );
          expect(new Set(along).size).to.equal(1);
          kept.add(along[0] as number);
        }
      }
      expect(kept).to.deep.equal(new Set([0, 2]));
    }
    x.dispose();
  });

  it('adds and multiplies by normal numbers', async () => {
    const [added] = await passed(tf.layers.gaussianNoise({ stddev: 0.2 }), ones);
    expect(moments(added)[0]).to.be.closeTo(1, error(0.2));
    expect(moments(added)[1]).to.be.closeTo(0.2, error(0.2));
    const [multiplied] = await passed(tf.layers.gaussianDropout({ rate: 0.2 }), ones);
    expect(moments(multiplied)[0]).to.be.closeTo(1, error(0.5));
    expect(moments(multiplied)[1]).to.be.closeTo(0.5, error(0.5));
  });

  it('keeps mean and variance with alpha dropout', async () => {
    const x = tf.randomNormal([2, SIZE / 2], 0, 1, 'float32', 1);
    const [values, inference] = await passed(tf.layers.alphaDropout({ rate: 0.2 }), x);
    const [mean, deviation] = moments(values);
    expect(mean).to.be.closeTo(0, error(1));
    expect(deviation).to.be.closeTo(1, error(1.5));
    // About a fifth has the value to which selu falls, after its scale and shift.
    const sorted = [...values].sort((a, b) => a - b);
    const counts = new Map<number, number>();
    for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect(Math.max(...counts.values()) / SIZE).to.be.closeTo(0.2, error(0.4));
    expect(maxDifference(inference, x.dataSync())).to.equal(0);
    x.dispose();
  });
});
