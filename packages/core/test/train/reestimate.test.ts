import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { reestimateBatchNorm, traceLayersModel, type Batch, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

const CHANNELS = 3;
const SHAPE = [4, 5, CHANNELS];
const EXAMPLES = 50;

/** Images whose channels differ in mean and spread, and whose examples differ, too. */
function images(): { readonly values: Float32Array; readonly shape: number[] } {
  const noise = nets.uniformTensor([EXAMPLES, ...SHAPE], 1, -1, 1);
  const values = Float32Array.from(noise.dataSync());
  noise.dispose();
  const size = 4 * 5 * CHANNELS;
  values.forEach((value, i) => {
    const [channel, example] = [i % CHANNELS, Math.floor(i / size)];
    values[i] = (channel + 1) * value + 10 * channel + example / 10;
  });
  return { values, shape: [EXAMPLES, ...SHAPE] };
}

/** Mean and variance of each channel, by definition. */
function momentsOf(values: ArrayLike<number>, channels: number): { mean: number[]; variance: number[] } {
  const of = (channel: number): number[] => Array.from(values).filter((_, i) => i % channels === channel);
  const average = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / all.length;
  const mean = Array.from({ length: channels }, (_, channel) => average(of(channel)));
  const variance = mean.map((m, channel) => average(of(channel).map((value) => (value - m) ** 2)));
  return { mean, variance };
}

function layersModel(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.batchNormalization({ name: 'first', inputShape: SHAPE }),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.batchNormalization({ name: 'second' }),
      tf.layers.globalAveragePooling2d({}),
    ],
  });
  return nets.seedWeights(model, 1);
}

function traced(): Model<'float'> {
  const layers = layersModel();
  const model = traceLayersModel(layers);
  layers.dispose();
  return model;
}

const numbersOf = (model: Model, name: string): number[] => [...model.weights.need(name).numbers()];
const nameOf = (model: Model, part: string): string =>
  [...model.weights.names()].find((name) => name.includes(part)) ?? `no weight of ${part}`;

function expectClose(got: readonly number[], wanted: readonly number[]): void {
  expect(got.length).to.equal(wanted.length);
  wanted.forEach((value, i) => expect(got[i]).to.be.closeTo(value, 1e-5 * Math.max(1, Math.abs(value))));
}

/** Refuses with a code and words. */
async function refusal(work: () => unknown, code: string, says: RegExp): Promise<void> {
  expect((await expectCode(code, work)).message).to.match(says);
}

describe('reestimateBatchNorm', () => {
  it('gives the mean and variance of all data, whatever the batches', async () => {
    const data = { inputs: images() };
    const wanted = momentsOf(data.inputs.values, CHANNELS);
    for (const batchSize of [1, 16, 50]) {
      const model = await reestimateBatchNorm(traced(), data, { batchSize });
      expectClose(numbersOf(model, nameOf(model, 'first/moving_mean')), wanted.mean);
      expectClose(numbersOf(model, nameOf(model, 'first/moving_variance')), wanted.variance);
      model.dispose();
    }
  });

  it('gives a later normalization what it sees of normalized numbers, without noise', async () => {
    const data = images();
    const model = await reestimateBatchNorm(traced(), { inputs: data });
    const layers = layersModel();
    const numbers = tf.tidy(() => {
      const x = tf.tensor4d(data.values, data.shape as [number, number, number, number]);
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const [gamma, beta] = layers.getLayer('first').getWeights() as tf.Tensor1D[] as [
        tf.Tensor1D,
        tf.Tensor1D,
      ];
      const y = tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, 1e-3);
      return (layers.getLayer('conv').apply(y) as tf.Tensor).dataSync();
    });
    const wanted = momentsOf(numbers, 4);
    expectClose(numbersOf(model, nameOf(model, 'second/moving_mean')), wanted.mean);
    expectClose(numbersOf(model, nameOf(model, 'second/moving_variance')), wanted.variance);
    layers.dispose();
    model.dispose();
  });

  it('leaves the model given and all other weights as they were', async () => {
    const model = traced();
    const before = new Map([...model.weights].map(([name, weight]) => [name, [...weight.numbers()]]));
    const found = await reestimateBatchNorm(model, { inputs: images() });
    for (const [name, numbers] of before) {
      expect(numbersOf(model, name)).to.deep.equal(numbers);
      if (!name.includes('moving')) expect(numbersOf(found, name)).to.deep.equal(numbers);
    }
    [model, found].forEach((each) => each.dispose());
  });

  it('writes into a layers model, which it gives back', async () => {
    const layers = layersModel();
    const data = images();
    const wanted = momentsOf(data.values, CHANNELS);
    expect(await reestimateBatchNorm(layers, { inputs: data })).to.equal(layers);
    const [, , mean, variance] = layers.getLayer('first').getWeights() as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    expectClose([...mean.dataSync()], wanted.mean);
    expectClose([...variance.dataSync()], wanted.variance);
    layers.dispose();
  });

  it('takes batches that a program makes, tells how far it is, and leaves no tensor', async () => {
    const model = traced();
    const done: (number | undefined)[] = [];
    function* batches(): Generator<Batch> {
      for (let i = 0; i < 3; i++) yield { inputs: nets.uniformTensor([8, ...SHAPE], i, -1, 1) };
    }
    await expectNoLeak(async () => {
      const found = await reestimateBatchNorm(model, batches, { progress: (event) => done.push(event.done) });
      found.dispose();
    });
    expect(done.slice(0, 3)).to.deep.equal([1, 2, 3]);
    model.dispose();
  });

  describe('refuses', () => {
    it('a model without batch normalizations', async () => {
      const layers = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
      const data = { inputs: { values: new Float32Array(3), shape: [1, 3] } };
      await refusal(() => reestimateBatchNorm(layers, data), 'train/unsupported', /folded/);
      layers.dispose();
    });

    it('a batch size of 0, data without a batch, and data with NaN; then nothing is left', async () => {
      const model = traced();
      const spoilt = images();
      spoilt.values[7] = NaN;
      await expectNoLeak(async () => {
        await refusal(
          () => reestimateBatchNorm(model, { inputs: images() }, { batchSize: 0 }),
          'argument/invalid',
          /batchSize/,
        );
        await refusal(() => reestimateBatchNorm(model, () => []), 'train/data', /at least one batch/);
        await refusal(
          () => reestimateBatchNorm(model, { inputs: spoilt }),
          'train/data',
          /first\/moving_mean/,
        );
      });
      model.dispose();
    });

    it('to go on when told to stop', async () => {
      const model = traced();
      const stop = new AbortController();
      const work = reestimateBatchNorm(
        model,
        { inputs: images() },
        {
          batchSize: 1,
          signal: stop.signal,
          progress: ({ done }) => void (done === 2 && stop.abort()),
        },
      );
      await refusal(() => work, 'aborted', /estimating/);
      model.dispose();
    });
  });
});
