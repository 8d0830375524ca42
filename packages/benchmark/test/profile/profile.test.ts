import * as tf from '@tensorflow/tfjs';
import { traceFunction, traceLayersModel } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import { profile, topNodes } from '../../src/profile/index.js';
import { PROFILE } from '../../src/record/profile.js';
import { loop, places, twins } from './models.js';

const QUICK = { calls: 3, warmUpMs: 0 };

describe('profile', () => {
  let image: tf.Tensor;
  before(async () => {
    await tf.setBackend('cpu');
    image = nets.uniformTensor([1, 28, 28, 1], 1);
  });
  after(() => image.dispose());

  it('tells the time of a layers model by node, op and layer, and all three add up', async () => {
    const layers = nets.lenet({ seed: 1 });
    const found = await profile(layers, image, QUICK);
    expect(v.is(PROFILE, found)).to.equal(true);
    expect(found.calls).to.equal(3);
    const names = layers.layers.map(({ name }) => name);
    // The trace gives the reshape of `flatten` to the layer that reads it.
    expect(found.layers.map(({ name }) => name)).to.have.members(
      names.filter((name) => name !== 'input_1' && name !== 'flatten'),
    );
    for (const groups of [found.nodes, found.ops, found.layers]) {
      expect(groups.reduce((sum, { ms }) => sum + ms, 0)).to.be.closeTo(found.sumMs, 1e-9);
      expect(groups.map(({ ms }) => ms)).to.deep.equal(groups.map(({ ms }) => ms).sort((a, b) => b - a));
    }
    for (const { ms, kernelMs } of found.nodes) expect(ms).to.be.at.least(kernelMs);
    layers.dispose();
  });

  it('divides a call without holes or overlaps, and no node has more than the call', async () => {
    const { timeline, profiledMs, sumMs } = await profile(twins(), tf.ones([2, 4]), QUICK);
    timeline.forEach(({ startMs }, i) => {
      const before = timeline[i - 1];
      const end = before === undefined ? 0 : before.startMs + before.ms;
      expect(startMs).to.be.closeTo(end, 1e-9);
    });
    expect(sumMs).to.be.at.most(profiledMs);
  });

  it('profiles loops, which have a span for each turn, and work in JavaScript', async () => {
    const x = tf.ones([4]);
    const looped = await profile(loop(), x, QUICK);
    expect(looped.timeline.filter(({ name }) => name === 'doubled')).to.have.length(3);
    expect(looped.nodes.filter(({ name }) => name === 'doubled')).to.have.length(1);
    const placed = await profile(places(), x, QUICK);
    const where = placed.nodes.find(({ name }) => name === 'where');
    expect(where?.op).to.equal('Where');
    // A cast, and then what no kernel does.
    expect(where?.ms).to.be.above(where?.kernelMs as number);
    x.dispose();
  });

  it('takes graph models and leaves nothing behind', async () => {
    const layers = nets.mlp({ seed: 1 });
    const model = traceLayersModel(layers);
    const x = nets.uniformTensor([1, 16], 1);
    const { runKernel } = tf.engine();
    await expectNoLeak(() => profile(layers, x, QUICK));
    await expectNoLeak(() => profile(model, x, QUICK));
    expect(tf.engine().runKernel).to.equal(runKernel);
    model.dispose();
    layers.dispose();
    x.dispose();
  });

  it('refuses functions, calls that are none and inputs that do not fit, before it runs anything', async () => {
    const model = traceFunction((x: tf.Tensor) => tf.relu(x), [{ shape: [2] }]);
    const fn = ((x: tf.Tensor) => x) as unknown as typeof model;
    const error = await expectCode('argument/invalid', () => profile(fn, image));
    expect(error.message).to.include('traceFunction');
    for (const calls of [0, -1, 1.5, NaN]) {
      await expectCode('argument/invalid', () => profile(model, image, { calls }));
    }
    await expectCode('model/input', () => profile(model, image, QUICK));
    await expectCode('aborted', () => profile(model, image, { signal: AbortSignal.abort() }));
  });

  it('stops when asked to, tells of its progress, and puts the engine back', async () => {
    const stop = new AbortController();
    const { runKernel } = tf.engine();
    const tasks = new Set<string>();
    const x = tf.ones([2, 4]);
    await expectCode('aborted', () =>
      profile(twins(), x, {
        warmUpMs: 0,
        signal: stop.signal,
        progress: ({ task, message }) => {
          tasks.add(task);
          if (message === 'timing') stop.abort();
        },
      }),
    );
    expect([...tasks]).to.deep.equal(['profile']);
    expect(tf.engine().runKernel).to.equal(runKernel);
    x.dispose();
  });

  it('prints the slowest nodes, what is left and the whole', async () => {
    const found = await profile(twins(), tf.ones([2, 4]), QUICK);
    const fixed = {
      ...found,
      wholeMs: 40,
      sumMs: 38,
      nodes: [
        { name: 'conv/Conv2D', op: 'Conv2D', layer: 'conv', kernels: ['Conv2D'], ms: 30, kernelMs: 29 },
        { name: 'conv/Relu', op: 'Relu', layer: 'conv', kernels: ['Relu'], ms: 7.5, kernelMs: 7 },
        { name: 'y', op: 'Softmax', layer: 'y', kernels: ['Softmax'], ms: 0.5, kernelMs: 0.5 },
      ],
    };
    expect(topNodes(fixed, 2)).to.equal(
      [
        '    time   share  op      layer  node',
        ' 30.0 ms  78.9 %  Conv2D  conv   conv/Conv2D',
        ' 7.50 ms  19.7 %  Relu    conv   conv/Relu',
        '0.500 ms   1.3 %                 1 other',
        'nodes take 38.0 ms, 95.0 % of a call of 40.0 ms',
      ].join('\n'),
    );
    expect(topNodes(fixed).split('\n')).to.have.length(5);
    await expectCode('argument/invalid', () => topNodes(fixed, 0));
  });
});
