import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, Random, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { calibrate, convertStatic, correctBias, quantizeStatic, rangesFact } from '../../src/index.js';

/** Dense layers whose inputs are above 0, so that errors of weights do not cancel. */
function layers(): Model<'float'> {
  const random = Random.of(4);
  const normals = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => random.normal());
  const b = new GraphBuilder();
  const fused = (...ops: string[]) => ({
    num_args: 1,
    fused_ops: ['BiasAdd', ...ops],
    transpose_a: false,
    transpose_b: false,
  });
  let x = b.input('x', [-1, 16]);
  x = b.op(
    '_FusedMatMul',
    [x, b.constant('k1', normals(256), [16, 16]), b.constant('b1', normals(16), [16])],
    fused('Relu'),
    'd1',
  );
  x = b.op(
    '_FusedMatMul',
    [x, b.constant('k2', normals(128), [16, 8]), b.constant('b2', normals(8), [8])],
    fused(),
    'd2',
  );
  return b.output(x).build();
}

const data = (seed: number): tf.Tensor => tf.randomUniform([256, 16], 1, 3, 'float32', seed);

/** How far means of outputs are from those of the float model, summed over channels. */
function shift(float: Model, model: Model, x: tf.Tensor): number {
  return tf.tidy(() => {
    const [[a], [b]] = [float.run(x), model.run(x)] as [[tf.Tensor], [tf.Tensor]];
    return tf.sum(tf.abs(tf.sub(tf.mean(a, 0), tf.mean(b, 0)))).dataSync()[0] as number;
  });
}

describe('bias correction', () => {
  before(() => tf.setBackend('cpu'));

  it('means of outputs come nearer to those of float by half and more, on other data too', async () => {
    const float = layers();
    const [x, other] = [data(1), data(2)];
    const calibrated = await calibrate(float, { data: x });
    const { values } = calibrated.facts.need(rangesFact);
    const convert = (model: Model): Model => convertStatic(model, (value) => values.get(value)).model;
    const corrected = await correctBias(calibrated, { data: x, limit: 256 });
    const [plain, better] = [convert(calibrated), convert(corrected)];
    for (const each of [x, other])
      expect(shift(float, better, each)).to.be.below(shift(float, plain, each) / 2);
    expect([...corrected.weights.need('k1').bytes]).to.deep.equal([...float.weights.need('k1').bytes]);
    tf.dispose([x, other]);
    for (const model of [float, plain, better]) model.dispose();
  });

  it('is part of quantizeStatic, where data can be read twice', async () => {
    const x = data(3);
    const { notes } = await quantizeStatic(layers(), { data: x });
    expect(notes.some(({ message }) => message.includes('iterator'))).to.equal(false);
    const once = await quantizeStatic(layers(), { data: [x.clone()][Symbol.iterator]() });
    expect(once.notes.some(({ message }) => message.includes('iterator'))).to.equal(true);
    x.dispose();
  });

  it('layers that stay float are not corrected for rounding that they do not have', async () => {
    const [float, x] = [layers(), data(6)];
    const bytesOf = (model: Model, name: string): string => model.weights.need(name).bytes.join();
    const corrected = await correctBias(float, { data: x, exclude: ['d1'] });
    expect(bytesOf(corrected, 'b1')).to.equal(bytesOf(float, 'b1'));
    expect(bytesOf(corrected, 'b2')).not.to.equal(bytesOf(float, 'b2'));
    const { model } = await quantizeStatic(float, { data: x, include: ['d2'] });
    expect(bytesOf(model, 'b1')).to.equal(bytesOf(float, 'b1'));
    await expectCode('quantization/layer', () => correctBias(float, { data: x, exclude: ['d3'] }));
    x.dispose();
  });

  it('refuses an iterator that was read, and quantizeStatic one that it is told to read twice', async () => {
    const once = [data(8)][Symbol.iterator]();
    await correctBias(layers(), { data: once });
    const error = await expectCode('quantization/data', () => correctBias(layers(), { data: once }));
    expect(error.message).to.include('give a function that makes one');
    for (const twice of [{ correctBias: true }, { equalize: true }]) {
      const batches = [data(9)];
      await expectCode('quantization/data', () =>
        quantizeStatic(layers(), { data: batches[Symbol.iterator](), ...twice }),
      );
      tf.dispose(batches);
    }
  });

  it('the same data and seed give the same bits; nothing leaks; integer models are refused', async () => {
    const x = data(5);
    const bias = async (): Promise<string> =>
      (await correctBias(layers(), { data: x, limit: 64, seed: 7 })).weights.need('b2').bytes.join();
    expect(await bias()).to.equal(await bias());
    await expectNoLeak(bias);
    await expectCode('model/stage', () => correctBias(layers().with({ stage: 'integer' }), { data: x }));
    x.dispose();
  });
});
