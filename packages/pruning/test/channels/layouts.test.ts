import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { type Weight, type Model, type ValueId } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { explainGroups, pruneChannels } from '../../src/index.js';
import { SeededGraph } from './seeded-graph.js';
import { expectSame, zeroed } from './zeroed.js';

/** Builds graphs of convolutions with weights by seed. */
class Net extends SeededGraph {
  convolution(x: ValueId, filter: ValueId, name: string, dataFormat = 'NHWC'): ValueId {
    const attrs = {
      strides: [1, 1, 1, 1],
      padding: 'SAME',
      dilations: [1, 1, 1, 1],
      data_format: dataFormat,
    };
    return this.b.op('Conv2D', [x, filter], attrs, `${name}/Conv2D`);
  }
}

/** 'a' of 8 filters, 'g' of 12 in groups, 'last' of 3; [-1, 5, 5, 2] in. TensorFlow.js cannot run it. */
function grouped(groups: number): Model<'float'> {
  const net = new Net(5);
  const a = net.convolution(net.b.input('x', [-1, 5, 5, 2]), net.weight('a/kernel', [3, 3, 2, 8]), 'a');
  const active = net.b.op('Relu', [a], {}, 'a/Relu');
  const g = net.convolution(active, net.weight('g/kernel', [3, 3, 8 / groups, 12]), 'g');
  const biased = net.b.op('BiasAdd', [g, net.weight('g/bias', [12])], {}, 'g/BiasAdd');
  const last = net.convolution(biased, net.weight('last/kernel', [1, 1, 12, 3]), 'last');
  return net.b.output(last).build();
}

/** The same function with each group as a convolution of its own, which TensorFlow.js runs. */
function apart(model: Model): Model<'float'> {
  const [a, g] = [model.weights.need('a/kernel'), model.weights.need('g/kernel')];
  const net = new Net(5);
  const constant = (name: string, weight: Weight): ValueId =>
    net.b.constant(name, weight.numbers(), weight.shape);
  const [, , perGroup = 0, made = 0] = g.shape;
  const groups = (a.shape[3] as number) / perGroup;
  const first = net.convolution(net.b.input('x', [-1, 5, 5, 2]), constant('a/kernel', a), 'a');
  const active = net.b.op('Relu', [first], {}, 'a/Relu');
  const parts = Array.from({ length: groups }, (_, i) => {
    const begin = net.b.ints([0, 0, 0, i * perGroup]);
    const x = net.b.op('Slice', [active, begin, net.b.ints([-1, 5, 5, perGroup])]);
    const width = made / groups;
    const values = [...g.numbers()].filter((_1, at) => Math.floor((at % made) / width) === i);
    const filter = net.b.constant(`g/kernel_${i}`, Float32Array.from(values), [3, 3, perGroup, width]);
    return net.convolution(x, filter, `g_${i}`);
  });
  const joined = net.b.op('ConcatV2', [...parts, net.b.ints(3)], { N: groups }, 'joined');
  const biased = net.b.op(
    'BiasAdd',
    [joined, constant('g/bias', model.weights.need('g/bias'))],
    {},
    'g/BiasAdd',
  );
  const last = net.convolution(biased, constant('last/kernel', model.weights.need('last/kernel')), 'last');
  return net.b.output(last).build();
}

describe('channels of grouped convolutions', () => {
  before(() => tf.setBackend('cpu'));

  for (const groups of [2, 4]) {
    it(`go alike out of each of ${groups} groups, exact where they are zero (within 1e-4 of the largest output)`, async () => {
      const model = grouped(groups);
      const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1, importance: 'random', seed: 1 });
      const { model: small } = result;
      const perGroup = 8 / groups / 2;
      expect(small.weights.need('a/kernel').shape).to.deep.equal([3, 3, 2, 4]);
      const left = groups * Math.floor(12 / groups / 2);
      expect(small.weights.need('g/kernel').shape).to.deep.equal([3, 3, perGroup, left]);
      expect(small.weights.need('g/bias').shape).to.deep.equal([left]);
      expect(small.weights.need('last/kernel').shape).to.deep.equal([1, 1, left, 3]);
      const x = nets.uniformTensor([2, 5, 5, 2], 1);
      await expectSame(apart(zeroed(model, result)), apart(small), [x], `${groups} groups`);
      tf.dispose(x);
    });
  }

  it('of one channel each go with their group', async () => {
    const model = grouped(8);
    // 12 filters of 8 groups do not fit: none can go.
    const { groups } = await explainGroups(model);
    expect(groups.find(({ name }) => name === 'a')?.stays?.why).to.include('groups of unequal sizes');
    const net = new Net(5);
    const a = net.convolution(net.b.input('x', [-1, 5, 5, 2]), net.weight('a/kernel', [3, 3, 2, 8]), 'a');
    const g = net.convolution(
      net.b.op('Relu', [a], {}, 'a/Relu'),
      net.weight('g/kernel', [3, 3, 1, 16]),
      'g',
    );
    const biased = net.b.op('BiasAdd', [g, net.weight('g/bias', [16])], {}, 'g/BiasAdd');
    const whole = net.b
      .output(net.convolution(biased, net.weight('last/kernel', [1, 1, 16, 3]), 'last'))
      .build();
    const result = await pruneChannels(whole, { remove: { a: [1, 4, 5] } });
    const shapes = ['a/kernel', 'g/kernel', 'g/bias', 'last/kernel'].map(
      (name) => result.model.weights.need(name).shape,
    );
    expect(shapes).to.deep.equal([[3, 3, 2, 5], [3, 3, 1, 10], [10], [1, 1, 10, 3]]);
    const x = nets.uniformTensor([2, 5, 5, 2], 1);
    await expectSame(apart(zeroed(whole, result)), apart(result.model), [x], 'groups of one');
    tf.dispose(x);
  });
});

describe('channels before places (NCHW)', () => {
  before(() => tf.setBackend('cpu'));

  it('go along the second axis (within 1e-4 of the largest output)', async () => {
    const net = new Net(5);
    const x = net.b.input('x', [-1, 2, 5, 6]);
    const a = net.convolution(x, net.weight('a/kernel', [3, 3, 2, 8]), 'a', 'NCHW');
    const biased = net.b.op('AddV2', [a, net.weight('a/bias', [8, 1, 1])], {}, 'a/add');
    const b = net.convolution(
      net.b.op('Relu', [biased], {}, 'a/Relu'),
      net.weight('b/kernel', [1, 1, 8, 8]),
      'b',
      'NCHW',
    );
    const sum = net.b.op('AddV2', [b, biased], {}, 'sum');
    const mean = net.b.op('Mean', [sum, net.b.ints([2, 3])], { keep_dims: false }, 'mean');
    const product = net.b.op('MatMul', [mean, net.weight('last/kernel', [8, 3])], {
      ...{ transpose_a: false, transpose_b: false },
    });
    const model = net.b.output(product).build();
    const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1 });
    const shapes = ['a/kernel', 'a/bias', 'b/kernel', 'last/kernel'].map(
      (name) => result.model.weights.need(name).shape,
    );
    expect(shapes).to.deep.equal([
      [3, 3, 2, 4],
      [4, 1, 1],
      [1, 1, 4, 4],
      [4, 3],
    ]);
    const input = nets.uniformTensor([2, 2, 5, 6], 1);
    await expectSame(zeroed(model, result), result.model, [input], 'NCHW');
    tf.dispose(input);
  });
});
