import * as tf from '@tensorflow/tfjs';
import { traceLayersModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import { compareGradientMode, gradientModeText } from '../../src/gradients/index.js';
import { COMPARISON } from '../../src/record/measurement.js';
import { branching } from '../measure/candidates.js';

const quick = { warmUpMs: 1, maxWarmUpMs: 2, runs: 3 };

describe('inference mode against gradient mode', () => {
  let layers: tf.LayersModel;
  let model: Model;
  let x: tf.Tensor;

  before(async () => {
    await tf.setBackend('cpu');
    layers = nets.mlp({ seed: 1 });
    model = traceLayersModel(layers);
    x = nets.uniformTensor([3, 16], 2);
  });
  after(() => {
    model.dispose();
    layers.dispose();
    x.dispose();
  });

  it('compares times, and counts what is held', async () => {
    const found = await compareGradientMode(model, x, quick);
    const { comparison, memory } = found;
    expect(v.is(COMPARISON, JSON.parse(JSON.stringify(comparison)))).to.equal(true);
    expect(comparison.measurements.map(({ name }) => name)).to.deep.equal([
      'gradient mode',
      'inference mode',
    ]);
    const [against] = comparison.against;
    expect(against).to.include({ name: 'inference mode' });
    expect(against?.difference).to.deep.equal({ max: 0, mean: 0, relative: 0, incomparable: 0 });
    // A plain call holds its output of 3 × 4 floats.
    expect(memory.plain).to.deep.equal({ tensors: 1, buffers: 1, bytes: 48 });
    // Recording holds at least the two hidden layers of 3 × 24 floats, before and after ReLU, besides.
    expect(memory.withTape.bytes).to.be.at.least(48 + 4 * 3 * 24 * 4);
    expect(memory.withTape.tensors).to.be.at.least(5);
    const text = gradientModeText(found);
    expect(text).to.match(/^inference mode +[\d.]+ ms +1 tensor +48 B$/m);
    expect(text).to.match(/inference mode is [\d.]+x as fast \([\d.]+ to [\d.]+\)/);
  });

  it('runs under the tape on one side only, on every round', async () => {
    const depths: number[] = [];
    const engine = tf.engine() as unknown as { state: { gradientDepth: number } };
    const watched = model.with({});
    const run = watched.run.bind(watched);
    watched.run = (inputs) => {
      depths.push(engine.state.gradientDepth);
      return run(inputs);
    };
    await compareGradientMode(watched, x, { ...quick, runs: 20, minSampleMs: 0 });
    const taped = depths.filter((depth) => depth > 0).length;
    expect(taped).to.be.at.least(20);
    expect(depths.length - taped).to.be.at.least(20);
    watched.dispose();
  });

  it('takes layers models, and disposes of what it makes', async () => {
    await expectNoLeak(async () => {
      const { memory } = await compareGradientMode(layers, x, quick);
      expect(memory.plain.tensors).to.equal(1);
    });
    await expectNoLeak(() => compareGradientMode(model, x, quick));
  });

  it('refuses what cannot be recorded, and what is no model', async () => {
    const error = await expectCode('argument/invalid', () => compareGradientMode(branching(), x, quick));
    expect(error.message).to.contain("node 'branch' (Switch)");
    const fn = () => tf.scalar(1);
    await expectCode('argument/invalid', () => compareGradientMode(fn as never, x, quick));
    const wrong = tf.ones([3, 15]);
    await expectCode('model/input', () => compareGradientMode(model, wrong, quick));
    wrong.dispose();
    await expectCode('argument/invalid', () => compareGradientMode(model, x, { runs: 0 }));
    await expectCode('aborted', () => compareGradientMode(model, x, { signal: AbortSignal.abort() }));
  });
});
