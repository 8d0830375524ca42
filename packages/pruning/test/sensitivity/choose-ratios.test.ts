import { makeContext, modelDigest, runPass, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  chooseRatios,
  l1Unstructured,
  maskPass,
  pruneChannels,
  sensitivity,
  type Sensitivity,
  type SensitivityCurves,
} from '../../src/index.js';
import { zerosOf } from '../training/task.js';
import { DATA, model as makeModel, score } from './task.js';

/** A sensitivity of the layers of the task by drops at 0.25, 0.5 and 0.75. */
const curves = (drops: Readonly<Record<string, readonly (number | null)[]>>): SensitivityCurves => ({
  ...{ kind: 'weights', score: 1 },
  layers: Object.entries(drops).map(([layer, list]) => ({
    ...{ layer, op: 'MatMul', size: 64 },
    points: list.map((drop, i) => ({ ratio: (i + 1) / 4, pruned: (i + 1) / 4, drop })),
  })),
});

describe('ratios from a sensitivity', () => {
  let model: Model<'float'>;
  let found: Sensitivity;
  before(async () => {
    await tf.setBackend('cpu');
    model = await makeModel();
    found = await sensitivity(model, { ratios: [0.5, 0.75, 0.9375], evaluate: score });
  });

  it('are the largest that each layer bears', async () => {
    const digest = modelDigest(model);
    const evaluate = score;
    const none = await chooseRatios(model, found, { maxDrop: 0, evaluate });
    expect(none.ratios).to.deep.equal({ keep: 0.75, dead: 0.9375, none: 0.9375, ends: 0.9375 });
    expect(none.drop).to.equal(0);
    expect(zerosOf(none.model, 'keep/kernel')).to.equal(48);
    const half = await chooseRatios(model, JSON.parse(JSON.stringify(found)) as SensitivityCurves, {
      ...{ maxDrop: 0.5, evaluate },
    });
    expect(half.ratios).to.include({ keep: 0.9375 });
    expect(half.drop).to.equal(0.5);
    expect(half.text()).to.match(/\nkeep +64 +0\.9375 +93\.8 %\n[^]*the score falls by 0\.5$/);
    expect(modelDigest(model)).to.equal(digest);
    const again = l1Unstructured(model, { byLayer: half.ratios });
    expect(modelDigest(again.model)).to.equal(modelDigest(half.model));
  });

  it('are backed off where all together do more harm', async () => {
    // Each layer alone loses what its curve says, all together the sum.
    const drops = { keep: [0.01, 0.02, 0.08], dead: [0.01, 0.015, 0.09], ends: [0, 0, 0.05] };
    let asked = 0;
    const evaluate = (given: Model): number => {
      asked++;
      const harms = Object.entries(drops).map(([layer, list]) => {
        // Most of ends is zero as it is.
        if (layer === 'ends') return 0;
        const zeros = zerosOf(given, `${layer}/kernel`) / given.weights.need(`${layer}/kernel`).size;
        return list[Math.round(4 * zeros) - 1] ?? 0;
      });
      return 1 - harms.reduce((a, b) => a + b, 0);
    };
    const result = await chooseRatios(model, curves(drops), { maxDrop: 0.1, evaluate });
    // Both at 0.75 lose 0.17; on the step below dead, which loses more, is at 0.5.
    expect(result.ratios).to.deep.equal({ keep: 0.75, dead: 0.5, ends: 0.75 });
    expect(result.drop).to.be.closeTo(0.095, 1e-12);
    expect(result.notes[0]?.message).to.match(
      /^backed off to step 6 of 7: .* does not keep to a drop of 0\.1 together$/,
    );
    expect(asked).to.equal(5);
  });

  it('are backed off as far as it takes', async () => {
    const bad = curves({ keep: [0.01, 0.02, 0.03], dead: [0.04, 0.05, 0.06] });
    const evaluate = (given: Model): number => (zerosOf(given, 'keep/kernel') > 16 ? 0 : 1);
    const result = await chooseRatios(model, bad, { maxDrop: 0.1, evaluate });
    expect(result.ratios).to.deep.equal({ keep: 0.25 });
    expect(result.text()).to.match(
      /^layer .*\nkeep +64 +0\.25 +25\.0 %\n1 layer stays whole\nthe score falls by 0\n/,
    );
    expect(result.drop).to.equal(0);
    expect(result.notes[0]?.message).to.match(/^backed off to step 1 of 6:/);
  });

  it('are none, with a warning, where no layer bears anything', async () => {
    const bad = curves({ keep: [0.2, 0.2, 0.2], dead: [null, 0, 0] });
    const result = await chooseRatios(model, bad, { maxDrop: 0.1, evaluate: score });
    expect(result.ratios).to.deep.equal({});
    expect(result.model).to.equal(model);
    expect(result.notes[0]).to.include({ level: 'warning', kind: 'declined' });
    expect(result.drop).to.equal(0);
    // A ratio that does less harm than a smaller one was lucky.
    const lucky = curves({ keep: [0.2, 0, 0] });
    expect((await chooseRatios(model, lucky, { maxDrop: 0.1, evaluate: score })).ratios).to.deep.equal({});
    const together = await chooseRatios(model, curves({ keep: [0, 0, 0] }), {
      ...{ maxDrop: 0.1, evaluate: (given: Model) => (zerosOf(given, 'keep/kernel') > 0 ? NaN : 1) },
    });
    expect(together.ratios).to.deep.equal({});
    expect(together.notes[0]?.message).to.contain('all together, even the least');
  });

  it('hold signal to noise, too', async () => {
    const noise = await sensitivity(model, { ratios: [0.5, 0.75, 0.9375], data: DATA });
    const result = await chooseRatios(model, noise, { minSnr: 30, data: DATA });
    expect(result.snr === null || (result.snr as number) >= 30).to.equal(true);
    expect(result.ratios).to.include({ dead: 0.9375, none: 0.9375 });
    expect(result.ratios.keep ?? 0).to.be.below(0.9375);
  });

  it('meet a sparsity with the least harm, and say where it is too high', async () => {
    const result = await chooseRatios(model, found, { sparsity: 0.8, evaluate: score });
    const size = (layer: string): number => model.weights.need(`${layer}/kernel`).size;
    const layers = ['keep', 'dead', 'none', 'ends'];
    const all = layers.reduce((sum, layer) => sum + size(layer), 0);
    const gone = layers.reduce((sum, layer) => sum + (result.ratios[layer] ?? 0) * size(layer), 0);
    expect(gone / all).to.be.within(0.8, 0.81);
    const odd = Object.values(result.ratios).filter((ratio) => !/^0\.(\d{1,3}|9375)$/.test(String(ratio)));
    expect(odd).to.deep.equal([]);
    expect(result.drop).to.equal(0);
    const most = await expectCode('pruning/budget', () => chooseRatios(model, found, { sparsity: 0.99 }));
    expect(most.message).to.contain('got 93.8 % of the weights at the largest ratios');
  });

  it('meet a budget by channels', async () => {
    const net = traceLayersModel(nets.residual({ seed: 3 }));
    const [shape] = net.signature.inputs.map((port) => (port.shape ?? []).map((size) => Math.max(size, 2)));
    const data = nets.uniformTensor(shape ?? [], 4);
    const choice = { roundTo: 1 };
    const measured = await sensitivity(net, { kind: 'channels', ratios: [0.25, 0.5, 0.75], data, choice });
    const budget = { parameters: 0.6 };
    const result = await chooseRatios(net, measured, { budget, data });
    data.dispose();
    const again = await pruneChannels(net, { layers: result.ratios, ...choice });
    expect(modelDigest(again.model)).to.equal(modelDigest(result.model));
    expect(again.after.parameters / again.before.parameters)
      .to.be.at.most(0.6)
      .and.above(0.5);
    expect(result.snr).to.be.a('number');
    await expectCode('pruning/budget', () => chooseRatios(net, measured, { budget: { parameters: 0.001 } }));
    await expectCode('argument/invalid', () => chooseRatios(net, measured, { sparsity: 0.5 }));
  });

  it('leave no tensors and stop when asked to', async () => {
    await expectNoLeak(() => chooseRatios(model, found, { maxDrop: 0.1, evaluate: score, data: DATA }));
    await expectCode('aborted', () =>
      chooseRatios(model, found, { maxDrop: 0.1, evaluate: score, signal: AbortSignal.abort() }),
    );
  });

  it('refuse goals that contradict themselves or what was measured', async () => {
    const evaluate = score;
    await expectCode('argument/missing', () => chooseRatios(model, found, { evaluate }));
    await expectCode('argument/invalid', () =>
      chooseRatios(model, found, { maxDrop: 1, sparsity: 0.5, evaluate }),
    );
    await expectCode('argument/invalid', () => chooseRatios(model, found, { maxDrop: -1, evaluate }));
    await expectCode('pruning/data', () => chooseRatios(model, found, { maxDrop: 0.1 }));
    await expectCode('pruning/data', () => chooseRatios(model, found, { minSnr: 20, data: DATA }));
    for (const sparsity of [0, 1, NaN]) {
      await expectCode('pruning/amount', () => chooseRatios(model, found, { sparsity }));
    }
    await expectCode('argument/invalid', () => chooseRatios(model, found, { budget: { parameters: 0.5 } }));
    await expectCode('argument/invalid', () =>
      chooseRatios(model, { layers: [] } as never, { sparsity: 0.5 }),
    );
    const strange = curves({ keap: [0, 0, 0] });
    const near = await expectCode('pruning/layer', () =>
      chooseRatios(model, strange, { maxDrop: 0, evaluate }),
    );
    expect(near.message).to.contain("Did you mean 'keep");
  });
});

describe('amounts by layer', () => {
  before(() => tf.setBackend('cpu'));

  it('prune what they name, and leave the rest whole', async () => {
    const model = await makeModel();
    const { model: pruned, masks } = l1Unstructured(model, {
      byLayer: { keep: 0.5, 'dead/kernel': { count: 3 } },
    });
    expect([...masks.keys()].sort()).to.deep.equal(['dead/kernel', 'keep/kernel']);
    expect([zerosOf(pruned, 'keep/kernel'), zerosOf(pruned, 'dead/kernel')]).to.deep.equal([32, 3]);
    await expectCode('pruning/layer', () => l1Unstructured(model, { byLayer: { keap: 0.5 } }));
    await expectCode('pruning/amount', () => l1Unstructured(model, { byLayer: { keep: 1 } }));
    await expectCode('pruning/amount', () => l1Unstructured(model, { byLayer: null as never }));
    await expectCode('argument/invalid', () =>
      l1Unstructured(model, { byLayer: { keep: 0.5 } }, { layers: ['dead'] }),
    );
  });

  it('are options of the pass, which leaves out what it is told to', async () => {
    const model = await makeModel();
    const pass = maskPass('pruning/l1-unstructured', { amount: { byLayer: { keep: 0.5, dead: 0.25 } } });
    expect(pass.narrow?.candidates(model)).to.deep.equal(['dead', 'keep']);
    const zeros = async (run: typeof pass): Promise<number[]> => {
      const result = await runPass(run, model, makeContext());
      return ['keep', 'dead', 'none'].map((layer) => zerosOf(result.model, `${layer}/kernel`));
    };
    expect(await zeros(pass)).to.deep.equal([32, 32, 128]);
    expect(await zeros(pass.narrow?.without(['dead']) as typeof pass)).to.deep.equal([32, 0, 128]);
    await expectCode('argument/invalid', () =>
      maskPass('pruning/l1-unstructured', { amount: { byLayer: { keep: 0.5 } }, layers: ['dead'] }),
    );
  });
});
