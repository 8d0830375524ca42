import { modelDigest, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { l1Unstructured, pruneChannels, sensitivity, type LayerSensitivity } from '../../src/index.js';
import { layersModel } from '../training/task.js';
import { DATA, model as makeModel, score } from './task.js';

const byName = (layers: readonly LayerSensitivity[], name: string): LayerSensitivity => {
  const found = layers.find(({ layer }) => layer === name);
  if (found === undefined) throw new Error(`expected a row of ${name}`);
  return found;
};

describe('sensitivity to pruning', () => {
  let model: Model<'float'>;
  before(async () => {
    await tf.setBackend('cpu');
    model = await makeModel();
  });

  it('tells drops by layer and ratio, worst first', async () => {
    const digest = modelDigest(model);
    const steps: string[] = [];
    let asked = 0;
    const found = await sensitivity(model, {
      ratios: [0.9375, 0.5, 0.5],
      evaluate: (given) => {
        asked++;
        return score(given);
      },
      progress: ({ task, done, total }) => steps.push(`${task} ${done} of ${total}`),
    });
    expect(found.kind).to.equal('weights');
    expect(found.score).to.equal(1);
    expect(found).not.to.have.property('examples');
    expect(found.layers.map(({ layer }) => layer)).to.deep.equal(['keep', 'dead', 'none', 'ends']);
    // 60 of 64 weights go: the 56 small ones, and 4 of the 8 large ones.
    expect(found.layers[0]).to.deep.equal({
      ...{ layer: 'keep', op: 'MatMul', size: 64 },
      points: [
        { ratio: 0.5, pruned: 0.5, drop: 0 },
        { ratio: 0.9375, pruned: 0.9375, drop: 0.5 },
      ],
    });
    expect(asked).to.equal(1 + 4 * 2);
    expect(steps).to.have.length(8);
    expect(steps[0]).to.match(/^sensitivity: \w+ 1 of 8$/);
    expect(modelDigest(model)).to.equal(digest);
    expect(found.text()).to.match(/^layer +op +weights +0\.5 +0\.9375\nkeep +MatMul +64 +0 +0\.5\n/);
    expect(found.text(1).split('\n')).to.have.length(3);
    expect(JSON.parse(JSON.stringify(found))).to.deep.equal({
      kind: 'weights',
      layers: found.layers,
      score: 1,
    });
  });

  it('tells noise and cosines as the outputs have them', async () => {
    const { layers, examples } = await sensitivity(model, { ratios: [0.5, 0.9375], data: DATA });
    expect(examples).to.equal(2);
    expect(byName(layers, 'dead').points.map(({ snr, cosine }) => [snr, cosine])).to.deep.equal([
      [null, 1],
      [null, 1],
    ]);
    // Computed by hand from the pruned model.
    const pruned = l1Unstructured(model, 0.9375, { layers: ['keep'] }).model;
    const x = tf.tensor2d(DATA.inputs.values, [2, 8]);
    const [exact, actual] = [model.run(x), pruned.run(x)].map(([y]) => (y as tf.Tensor).dataSync());
    x.dispose();
    let [signal, noise] = [0, 0];
    exact?.forEach((value, i) => {
      signal += value ** 2;
      noise += (value - (actual?.[i] ?? NaN)) ** 2;
    });
    model.dispose();
    pruned.dispose();
    const point = byName(layers, 'keep').points[1];
    expect(point?.snr).to.be.closeTo(10 * Math.log10(signal / noise), 1e-6);
    expect(point?.cosine).to.be.within(0.1, 0.99);
    expect(layers.map(({ layer }) => layer)).to.deep.equal(['keep', 'ends', 'dead', 'none']);
  });

  it('is of all of the examples, up to a limit, in batches of any size', async () => {
    const ratios = [0.9];
    const whole = await sensitivity(model, { ratios, data: DATA, layers: ['keep'] });
    const single = await sensitivity(model, { ratios, data: DATA, layers: ['keep'], batchSize: 1 });
    expect(single.examples).to.equal(2);
    expect(single.layers[0]?.points[0]?.snr).to.be.closeTo(whole.layers[0]?.points[0]?.snr as number, 1e-6);
    expect((await sensitivity(model, { ratios, data: DATA, limit: 1 })).examples).to.equal(1);
  });

  it('removes channels, coupled ones together, as pruneChannels does', async () => {
    const net = traceLayersModel(nets.residual({ seed: 3 }));
    const [shape] = net.signature.inputs.map((port) => (port.shape ?? []).map((size) => Math.max(size, 2)));
    const data = nets.uniformTensor(shape ?? [], 4);
    const choice = { roundTo: 1, importance: 'l1' } as const;
    const found = await sensitivity(net, { kind: 'channels', ratios: [0.25, 0.5], data, choice });
    data.dispose();
    expect(found.choice).to.deep.equal(choice);
    expect(found.layers).not.to.be.empty;
    for (const { layer, size, points } of found.layers) {
      const { steps } = await pruneChannels(net, { layers: { [layer]: 0.5 }, ...choice });
      const removed = steps.flat().reduce((sum, group) => sum + group.removed.length, 0);
      expect(removed, layer).to.be.above(0);
      expect(points[1]?.pruned, layer).to.equal(removed / size);
      for (const { snr } of points) expect(snr, layer).to.be.a('number');
    }
  });

  it('asks once for ratios that round to the same', async () => {
    let asked = 0;
    const evaluate = (): number => ++asked;
    const layers = layersModel();
    const choice = { roundTo: 2 };
    const options = {
      kind: 'channels',
      layers: ['conv'],
      ratios: [0.1, 0.5, 0.6],
      evaluate,
      choice,
    } as const;
    const found = await sensitivity(layers, options);
    layers.dispose();
    expect(found.layers[0]?.points.map(({ pruned }) => pruned)).to.deep.equal([0, 0.5, 0.5]);
    expect(asked).to.equal(2);
  });

  it('takes a score that is no number for the greatest harm', async () => {
    const evaluate = (given: Model): number =>
      [...given.weights.need('dead/kernel').numbers()].includes(0) ? NaN : score(given);
    const found = await sensitivity(model, { ratios: [0.5], evaluate });
    expect(found.layers[0]).to.deep.include({
      layer: 'dead',
      points: [{ ratio: 0.5, pruned: 0.5, drop: null }],
    });
    expect(found.text(1)).to.match(/\ndead .* NaN\n/);
  });

  it('leaves no tensors, whether it ends well or not', async () => {
    await expectNoLeak(() => sensitivity(model, { ratios: [0.5], data: DATA, evaluate: score }));
    await expectNoLeak(() =>
      expectCode('pruning/data', () =>
        sensitivity(model, { data: { inputs: { values: new Float32Array(8).fill(NaN), shape: [1, 8] } } }),
      ),
    );
  });

  it('stops when it is asked to', async () => {
    const stop = new AbortController();
    let asked = 0;
    const evaluate = (): number => {
      if (++asked === 3) stop.abort();
      return 1;
    };
    await expectNoLeak(() =>
      expectCode('aborted', () => sensitivity(model, { evaluate, data: DATA, signal: stop.signal })),
    );
    expect(asked).to.equal(3);
  });

  it('refuses what it cannot measure', async () => {
    const evaluate = score;
    await expectCode('pruning/data', () => sensitivity(model, {}));
    await expectCode('pruning/data', () => sensitivity(model, { data: [] as never }));
    await expectCode('pruning/data', () => sensitivity(model, { evaluate: () => NaN }));
    await expectCode('pruning/data', () => sensitivity(model, { evaluate: () => 'good' as never }));
    for (const ratios of [[], [0], [1], [0.5, -0.1], [NaN], ['0.5' as never], 0.5 as never]) {
      await expectCode('pruning/amount', () => sensitivity(model, { evaluate, ratios }));
    }
    for (const kind of ['weights', 'channels'] as const) {
      const near = await expectCode('pruning/layer', () =>
        sensitivity(model, { evaluate, kind, layers: ['keap'] }),
      );
      expect(near.message).to.contain("Did you mean 'keep");
      await expectCode('pruning/layer', () => sensitivity(model, { evaluate, kind, exclude: ['nowhere'] }));
    }
    await expectCode('pruning/group', () =>
      sensitivity(model, { evaluate, kind: 'channels', layers: ['ends'] }),
    );
    await expectCode('argument/invalid', () => sensitivity(model, { evaluate, choice: { roundTo: 2 } }));
    await expectCode('argument/invalid', () =>
      sensitivity(model, { evaluate, kind: 'channels', choice: { importance: 'taylor' as never } }),
    );
    await expectCode('model/stage', () => sensitivity(model.with({ stage: 'integer' }), { evaluate }));
  });
});
