import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { traceLayersModel, type Model, type ValueId } from '@tfjs-optimize/core';
import { expectCode, nets } from '@tfjs-optimize/testing';
import { explainGroups, pruneChannels, pruneChannelsPass } from '../../src/index.js';
import { SeededGraph } from './seeded-graph.js';
import { expectSame, zeroed } from './zeroed.js';

/** Dense layers 'a', 'b' and 'c' of 16, 16 and 3 units with ReLU between, [-1, 4] in; some frozen. */
function layersOf(frozen: readonly string[]): Model<'float'> {
  const net = tf.sequential({
    layers: [
      tf.layers.dense({ units: 16, inputShape: [4], name: 'a', activation: 'relu' }),
      tf.layers.dense({ units: 16, name: 'b', activation: 'relu' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.dense({ units: 3, name: 'c' }),
    ],
  });
  for (const name of frozen) net.getLayer(name).trainable = false;
  const model = traceLayersModel(net);
  net.dispose();
  return model;
}

const sizes = (model: Model): number[] => ['a', 'b'].map((name) => model.weights.need(`${name}/bias`).size);

describe('channels of frozen layers', () => {
  before(() => tf.setBackend('cpu'));

  it('stay, with the reason in notes and groups', async () => {
    const { model, notes } = await pruneChannels(layersOf(['a']), { ratio: 0.5 });
    expect(sizes(model)).to.deep.equal([16, 8]);
    const why = "is a slice of 'a/kernel', which is frozen (name its layer, or make it trainable, to cut it)";
    expect(notes.find(({ subject }) => subject === 'a')?.message).to.include(
      `'a': 16 channels stay, since each ${why}`,
    );
    const { groups } = await explainGroups(layersOf(['a']));
    expect(groups.find(({ name }) => name === 'a')?.stays).to.deep.equal({ node: 'a/kernel', why });
  });

  it('stay where they go into one, too: it would be changed', async () => {
    const { model } = await pruneChannels(layersOf(['b']), { ratio: 0.5 });
    expect(sizes(model)).to.deep.equal([16, 16]);
  });

  it('are no others than those of kernels: frozen batch norms go with their layer', async () => {
    const { model } = await pruneChannels(layersOf(['norm']), { ratio: 0.5 });
    expect(sizes(model)).to.deep.equal([8, 8]);
    expect(model.weights.need('norm/gamma').size).to.equal(8);
  });

  it('go where all frozen layers that lose slices are named, as with masks, and a note tells', async () => {
    for (const options of [
      { roundTo: 1, layers: { a: 0.5, b: 0 } },
      { roundTo: 1, layers: { 'a/kernel': 0.5, 'b/kernel': 0 } },
      { remove: { a: [0, 1, 2, 3, 4, 5, 6, 7], b: [] } },
    ]) {
      const { model, notes } = await pruneChannels(layersOf(['a', 'b']), options);
      expect(sizes(model)).to.deep.equal([8, 16]);
      expect(notes.map(({ message }) => message)).to.include.members([
        "'a/kernel' is frozen: it was cut as asked for, and training will not make up for it",
        "'b/kernel' is frozen: it was cut as asked for, and training will not make up for it",
      ]);
    }
    expect(sizes((await pruneChannels(layersOf(['b']), { layers: { b: 0.5 } })).model)).to.deep.equal([
      16, 8,
    ]);
    const steps = { layers: { a: 0.5, b: 0.5 }, iterations: 2, roundTo: 1 } as const;
    expect(sizes((await pruneChannels(layersOf(['a', 'b']), steps)).model)).to.deep.equal([8, 8]);
    const pass = pruneChannelsPass({ layers: { b: 0.5 } });
    expect(pass.narrow?.candidates(layersOf(['b']))).to.include('b');
  });

  it('are refused where one that is not named would lose slices: pruning/group', async () => {
    for (const options of [{ layers: { a: 0.5 } }, { remove: { a: [0] } }]) {
      const error = await expectCode('pruning/group', () => pruneChannels(layersOf(['a', 'b']), options));
      expect(error.message).to.include("is a slice of 'b/kernel', which is frozen (name its layer");
    }
    const error = await expectCode('pruning/budget', () =>
      pruneChannels(layersOf(['a', 'b', 'c']), { budget: { macs: 0.5 } }),
    );
    expect(error.message).to.include('is frozen');
  });
});

/** Weights by seed. */
class Net extends SeededGraph {
  product(x: ValueId, kernel: ValueId, name: string, isTurned = false): ValueId {
    return this.b.op('MatMul', [x, kernel], { transpose_a: false, transpose_b: isTurned }, `${name}/MatMul`);
  }
}

describe('channels of weights that several nodes share', () => {
  before(() => tf.setBackend('cpu'));

  /** Prunes, and holds the result against the model whose removed channels are zero. */
  async function pruned(
    model: Model<'float'>,
    options: object,
    inputs: readonly tf.Tensor[],
  ): Promise<Model> {
    const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1, ...options });
    expect(result.after.parameters).to.be.below(result.before.parameters);
    await expectSame(zeroed(model, result), result.model, inputs, 'shared');
    tf.dispose([...inputs]);
    return result.model;
  }

  it('go once, out of all of them', async () => {
    const net = new Net(3);
    const [kernel, last] = [net.weight('kernel', [4, 8]), net.weight('last/kernel', [8, 3])];
    const [x, y] = ['x', 'y'].map((name, i) => {
      const hidden = net.product(net.b.input(name, [-1, 4]), kernel, i === 0 ? 'first' : 'second');
      return net.b.op('Relu', [hidden], {}, `${name}/Relu`);
    }) as [ValueId, ValueId];
    const model = net.b.output(net.product(net.b.op('Sub', [x, y], {}, 'sub'), last, 'last')).build();
    const inputs = (): tf.Tensor[] => [nets.uniformTensor([5, 4], 1), nets.uniformTensor([5, 4], 2)];
    expect((await pruned(model, {}, inputs())).weights.need('kernel').shape).to.deep.equal([4, 4]);
    // By the name of either.
    for (const layer of ['first', 'second', 'second/MatMul', 'kernel']) {
      const small = await pruned(model, { ratio: undefined, layers: { [layer]: 0.25 } }, inputs());
      expect(small.weights.need('kernel').shape, layer).to.deep.equal([4, 6]);
    }
    expect((await explainGroups(model)).text()).to.include('out of first, second\n');
  });

  it('go along both axes where a square one is applied again to what it made', async () => {
    const net = new Net(3);
    const square = net.weight('square', [8, 8]);
    let x = net.b.op(
      'Relu',
      [net.product(net.b.input('x', [-1, 4]), net.weight('a', [4, 8]), 'a')],
      {},
      'a/Relu',
    );
    for (const name of ['once', 'twice'])
      x = net.b.op('Tanh', [net.product(x, square, name)], {}, `${name}/Tanh`);
    const model = net.b.output(net.product(x, net.weight('last', [8, 3]), 'last')).build();
    const small = await pruned(model, {}, [nets.uniformTensor([5, 4], 1)]);
    expect(small.weights.need('square').shape).to.deep.equal([4, 4]);
  });

  it('go out of a table that is the last kernel, too', async () => {
    const net = new Net(3);
    const table = net.weight('table', [10, 8]);
    const ids = net.b.input('ids', [-1, 5], 'int32');
    const words = net.b.op('GatherV2', [table, ids, net.b.ints(0)], { batch_dims: 0 }, 'words');
    const flat = net.b.op('Mean', [words, net.b.ints([1])], { keep_dims: false }, 'mean');
    const hidden = net.b.op('Tanh', [net.product(flat, net.weight('square', [8, 8]), 'hidden')], {}, 'tanh');
    const sum = net.b.op('AddV2', [flat, hidden], {}, 'sum');
    const model = net.b.output(net.product(sum, table, 'scores', true)).build();
    const small = await pruned(model, {}, [tf.tensor2d([[1, 2, 3, 9, 0]], [1, 5], 'int32')]);
    expect(small.weights.need('table').shape).to.deep.equal([10, 4]);
  });

  it('stay where sharing ties them to a size that cannot change', async () => {
    const net = new Net(3);
    const square = net.weight('square', [4, 4]);
    const once = net.b.op('Tanh', [net.product(net.b.input('x', [-1, 4]), square, 'once')], {}, 'tanh');
    const model = net.b.output(net.product(once, square, 'twice')).build();
    const { model: same, notes } = await pruneChannels(model, { ratio: 0.5, roundTo: 1 });
    expect(same).to.equal(model);
    expect(
      notes.some(({ kind, message }) => kind === 'declined' && /4 channels stay/.test(message)),
    ).to.equal(true);
  });
});

describe('channels of recurrent layers', () => {
  before(() => tf.setBackend('cpu'));

  for (const kind of ['gru', 'lstm', 'simpleRNN'] as const) {
    it(`${kind}: units go out of every gate and every step`, async () => {
      const net = tf.sequential({
        layers: [
          tf.layers.dense({ units: 6, inputShape: [4, 3], name: 'a' }),
          tf.layers[kind]({ units: 6, name: 'rec', recurrentInitializer: 'glorotNormal' }),
          tf.layers.dense({ units: 2, name: 'c' }),
        ],
      });
      const model = traceLayersModel(net);
      const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1 });
      const gates = { gru: 3, lstm: 4, simpleRNN: 1 }[kind];
      expect(result.model.weights.need('rec/recurrent_kernel').shape).to.deep.equal([3, 3 * gates]);
      const x = nets.uniformTensor([5, 4, 3], 1);
      await expectSame(zeroed(model, result), result.model, [x], kind);
      tf.dispose(x);
      net.dispose();
    });
  }
});
