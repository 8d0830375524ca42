import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, optimize, renameNodes, type Fact, type Model, type Pass } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** Places of a weight that must stay zero, by the weight's name. */
const zeros: Fact<ReadonlyMap<string, readonly number[]>> = {
  name: 'test/zeros',
  check: (model, places) =>
    [...places].flatMap(([name, at]) => {
      const values = model.weights.get(name)?.numbers();
      return at.every((i) => values?.[i] === 0) ? [] : [{ subject: name, message: 'is not zero' }];
    }),
  rename: (places, renames) => new Map([...places].map(([name, at]) => [renames.get(name) ?? name, at])),
};

/** Number of weights; names do not matter to it. */
const count: Fact<number> = {
  name: 'test/count',
  check: (model, n) => (model.weights.size === n ? [] : [{ subject: 'weights', message: 'are not as many' }]),
};

/** y = x · w + b. */
function model(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 2]);
  const scaled = b.op('Mul', [x, b.constant('w', Float32Array.of(0, 3), [2])]);
  const y = b.op('AddV2', [scaled, b.constant('b', Float32Array.of(1, 1), [2])], {}, { name: 'y' });
  b.output(y, 'out');
  const built = b.build();
  return built.with({ facts: built.facts.with(zeros, new Map([['w', [0]]])).with(count, 2) });
}

const renaming = (renames: Readonly<Record<string, string>>): Pass => ({
  name: 'test/rename',
  options: renames,
  run: (given) =>
    Promise.resolve({
      model: renameNodes(given, new Map(Object.entries(renames))),
      changed: true,
      notes: [],
    }),
});

describe('renameNodes', () => {
  before(() => tf.setBackend('cpu'));

  it('renames nodes, weights, ports and facts; facts hold and outputs stay', async () => {
    const { model: renamed } = await optimize(
      model(),
      renaming({ w: 'b', b: 'w', y: 'layer/y', x: 'image' }),
    );
    expect([...renamed.weights.names()]).to.deep.equal(['b', 'w']);
    expect(renamed.facts.get(zeros)).to.deep.equal(new Map([['b', [0]]]));
    expect(renamed.facts.get(count)).to.equal(2);
    expect(renamed.signature.outputs[0]).to.include({ key: 'out', value: 'layer/y' });
    const x = tf.ones([1, 2]);
    expect([...tf.tidy(() => (renamed.run(x)[0] as tf.Tensor).dataSync())]).to.deep.equal([1, 4]);
    renamed.dispose();
    x.dispose();
  });

  it('lets a later pass be held to the fact under its new name', async () => {
    const fill: Pass = {
      name: 'test/fill',
      options: {},
      run: (given) => {
        const { dtype, shape } = given.weights.need('kernel');
        const ones = model().weights.need('b');
        expect([dtype, shape]).to.deep.equal([ones.dtype, ones.shape]);
        const weights = given.weights.with(new Map([['kernel', ones]]));
        return Promise.resolve({ model: given.with({ weights }), changed: true, notes: [] });
      },
    };
    const error = await expectCode('fact/violated', () =>
      optimize(model(), [renaming({ w: 'kernel' }), fill]),
    );
    expect(error.message).to.contain("'kernel': is not zero");
  });

  it('refuses names that are taken and nodes that are none', async () => {
    await expectCode('graph/duplicate', () => renameNodes(model(), new Map([['w', 'b']])));
    await expectCode('graph/duplicate', () =>
      renameNodes(
        model(),
        new Map([
          ['w', 'n'],
          ['b', 'n'],
        ]),
      ),
    );
    await expectCode('graph/dangling', () => renameNodes(model(), new Map([['none', 'some']])));
  });
});
