import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  GraphBuilder,
  Random,
  Weight,
  traceLayersModel,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { lnStructured, pruneChannels } from '../../src/index.js';
import { expectSame } from './zeroed.js';

/** Every kind of layer that may follow: [-1, 6, 6, 8] in, [-1, …, 4] out. */
const NEXT = {
  'a convolution without padding': (net) => net.convolution([3, 3], 'VALID', 'bias'),
  'a convolution of 1 × 1': (net) => net.convolution([1, 1], 'SAME', 'bias'),
  'one with strides': (net) => net.convolution([1, 1], 'SAME', 'bias', 2),
  'one fused with its bias': (net) => net.convolution([3, 3], 'VALID', 'fused'),
  'one with a batch norm': (net) => net.convolution([3, 3], 'VALID', 'norm'),
  'a dense layer behind a flatten': (net) => net.flat(),
  'a depthwise and a pointwise one': (net) => net.depthwise(),
  'two convolutions': (net) => net.two(),
  'one behind a pooling and a concatenation': (net) => net.joined(),
} satisfies Record<string, (net: Net) => ValueId>;

/** A convolution 'a' of 8 filters, of which some are zero but for their bias, an activation, and what follows. */
class Net {
  readonly b = new GraphBuilder();
  readonly random = Random.of(7);
  private x: ValueId = '';
  private channels = 8;

  constructor(activation: string, gone: readonly number[]) {
    const kernel = Float32Array.from({ length: 3 * 3 * 2 * 8 }, (_, i) =>
      gone.includes(i % 8) ? 0 : this.random.normal(),
    );
    const filter = this.b.constant('a/kernel', kernel, [3, 3, 2, 8]);
    const inputs = [this.b.input('x', [-1, 6, 6, 2]), filter];
    const product = this.b.op('Conv2D', inputs, strides('SAME'), 'a/Conv2D');
    const biased = this.b.op('BiasAdd', [product, this.weight('a/bias', [8])], {}, 'a/BiasAdd');
    this.x = this.b.op(activation, [biased], {}, 'act');
  }

  convolution(
    size: readonly [number, number],
    padding: string,
    ending: 'bias' | 'fused' | 'norm',
    stride = 1,
  ): ValueId {
    const inputs = [this.x, this.weight('b/kernel', [...size, this.channels, 4])];
    if (ending === 'fused') {
      const attrs = { ...strides(padding, stride), fused_ops: ['BiasAdd', 'Relu'], num_args: 1 };
      return this.b.op('_FusedConv2D', [...inputs, this.weight('b/bias', [4])], attrs, 'b/Conv2D');
    }
    const product = this.b.op('Conv2D', inputs, strides(padding, stride), 'b/Conv2D');
    if (ending === 'bias')
      return this.b.op('BiasAdd', [product, this.weight('b/bias', [4])], {}, 'b/BiasAdd');
    const norms = ['gamma', 'beta', 'mean'].map((name) => this.weight(`b/${name}`, [4]));
    const variance = this.b.constant('b/variance', new Float32Array(4).fill(0.7), [4]);
    return this.b.op('FusedBatchNormV3', [product, ...norms, variance], { epsilon: 1e-3 }, 'b/norm');
  }
  flat(): ValueId {
    const size = 36 * this.channels;
    const flat = this.b.op('Reshape', [this.x, this.b.ints([-1, size])]);
    const attrs = { transpose_a: false, transpose_b: false };
    const product = this.b.op('MatMul', [flat, this.weight('b/kernel', [size, 4])], attrs, 'b/MatMul');
    return this.b.op('AddV2', [product, this.weight('b/bias', [4])], {}, 'b/add');
  }
  depthwise(): ValueId {
    const filter = this.weight('d/kernel', [3, 3, this.channels, 1]);
    this.x = this.b.op('DepthwiseConv2dNative', [this.x, filter], strides('VALID'));
    this.x = this.b.op('Softplus', [this.x]);
    return this.convolution([1, 1], 'VALID', 'bias');
  }
  two(): ValueId {
    const again = this.b.op('Conv2D', [this.x, this.weight('c/kernel', [3, 3, 8, 4])], strides('VALID'));
    const other = this.b.op('BiasAdd', [again, this.weight('c/bias', [4])]);
    return this.b.op('AddV2', [this.convolution([3, 3], 'VALID', 'bias'), other]);
  }
  joined(): ValueId {
    const attrs = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' };
    const pooled = this.b.op('MaxPool', [this.x], attrs, 'pool');
    const other = this.b.op(
      'Conv2D',
      [pooled, this.weight('c/kernel', [1, 1, 8, 4])],
      strides('SAME'),
      'c/Conv2D',
    );
    const biased = this.b.op('BiasAdd', [other, this.weight('c/bias', [4])], {}, 'c/BiasAdd');
    this.x = this.b.op('ConcatV2', [biased, pooled, this.b.ints(3)], { N: 2 }, 'joined');
    this.channels = 12;
    return this.convolution([3, 3], 'VALID', 'bias');
  }

  private weight(name: string, shape: readonly number[]): ValueId {
    const size = shape.reduce((x, y) => x * y, 1);
    return this.b.constant(
      name,
      Float32Array.from({ length: size }, () => this.random.normal()),
      shape,
    );
  }
}

const strides = (padding: string, stride = 1) => ({
  ...{ strides: [1, stride, stride, 1], padding, dilations: [1, 1, 1, 1] },
});

const GONE = [0, 3, 7];

function network(activation: string, next: (net: Net) => ValueId): Model<'float'> {
  const net = new Net(activation, GONE);
  return net.b.output(next(net)).build();
}

describe('channels that are constants', () => {
  before(() => tf.setBackend('cpu'));
  const x = () => nets.uniformTensor([2, 6, 6, 2], 1);

  for (const [name, next] of Object.entries(NEXT)) {
    it(`go into the bias of ${name} (within 1e-4 of the largest output)`, async () => {
      const input = x();
      for (const activation of ['Sigmoid', 'Relu', 'Softplus', 'Tanh']) {
        const model = network(activation, next);
        const result = await pruneChannels(model, { remove: { a: GONE } });
        expect(result.model.weights.need('a/bias').size).to.equal(5);
        const folded = result.notes.filter(({ message }) =>
          /that are constants were folded into/.test(message),
        );
        expect(folded.length, activation).to.be.above(0);
        expect(folded[0]?.message).to.match(/^'a': [123] channels? that/);
        await expectSame(model, result.model, [input], activation);
      }
      input.dispose();
    });
  }

  it('are told of where the next layer pads, sums what is computed or has no bias', async () => {
    const said = async (next: (net: Net) => ValueId): Promise<string[]> => {
      const { notes } = await pruneChannels(network('Sigmoid', next), { remove: { a: GONE } });
      return notes.filter(({ kind }) => kind === 'saw').map(({ message }) => message);
    };
    expect(await said((net) => net.convolution([3, 3], 'SAME', 'bias'))).to.deep.equal([
      "'a': 3 channels that are constants and not zero are lost to 'b/Conv2D' (Conv2D): with its padding they do not count alike in all places",
    ]);
    const bare = traceLayersModel(
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 8, inputShape: [4], name: 'a', activation: 'sigmoid' }),
          tf.layers.dense({ units: 4, name: 'b', useBias: false }),
        ],
      }),
    );
    const zero = Weight.of(new Float32Array(32), [4, 8]);
    const model = bare.with({ weights: bare.weights.with(new Map([['a/kernel', zero]])) });
    const { notes } = await pruneChannels(model, { remove: { a: [1] } });
    expect(notes.find(({ kind }) => kind === 'saw')?.message).to.match(
      /^'a': 1 channel that are constants.* lost to 'b\/MatMul' \(MatMul\): it has no bias of its own$/,
    );
  });

  it('are not meant where channels said something: nothing is folded, nothing said', async () => {
    const model = network('Sigmoid', NEXT['a convolution of 1 × 1']);
    const { model: small, notes } = await pruneChannels(model, { remove: { a: [1, 2] } });
    expect(notes.filter(({ kind, message }) => kind === 'saw' || message.includes('folded'))).to.deep.equal(
      [],
    );
    expect(small.weights.need('b/bias')).to.equal(model.weights.need('b/bias'));
  });

  it('are what masks of whole channels leave: these go for nothing', async () => {
    const layers = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 16,
          inputShape: [4],
          name: 'a',
          activation: 'relu',
          biasInitializer: 'randomNormal',
        }),
        tf.layers.dense({ units: 3, name: 'b' }),
      ],
    });
    const { model } = lnStructured(traceLayersModel(layers), 0.5, { layers: ['a'] });
    const { model: small } = await pruneChannels(model, { ratio: 0.5, importance: 'l1', reduction: 'first' });
    const input = nets.uniformTensor([5, 4], 3);
    await expectSame(model, small, [input], 'masked');
    tf.dispose(input);
    layers.dispose();
  });
});
