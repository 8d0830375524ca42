import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { Weight, type Model } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { pruneChannels, type PruneChannelsOptions } from '../../src/index.js';
import { perceptron } from './small.js';

const sizes = (model: Model): number[] => ['a', 'b'].map((name) => model.weights.need(`${name}/bias`).size);

describe('bad input of pruneChannels', () => {
  before(() => tf.setBackend('cpu'));
  const model = perceptron({ hidden: [16, 24] });

  const bad: readonly (readonly [string, PruneChannelsOptions, string])[] = [
    ['no amount', {}, 'argument/missing'],
    ['two amounts', { ratio: 0.5, budget: { macs: 0.5 } }, 'argument/invalid'],
    ['a ratio above 1', { ratio: 1.5 }, 'pruning/amount'],
    ['a ratio below 0', { ratio: -0.1 }, 'pruning/amount'],
    ['a ratio that is no number', { ratio: Number.NaN }, 'pruning/amount'],
    ['all channels of a layer', { layers: { a: 1 } }, 'pruning/group'],
    ['an unknown layer', { ratio: 0.5, ignore: ['lust'] }, 'pruning/layer'],
    ['a layer that cannot be cut', { layers: { last: 0.5 } }, 'pruning/group'],
    ['an unknown option', { ratio: 0.5, roundto: 8 } as PruneChannelsOptions, 'argument/invalid'],
    ['an unknown importance', { ratio: 0.5, importance: 'l3' as 'l2' }, 'argument/invalid'],
    ['taylor without data', { ratio: 0.5, importance: 'taylor' }, 'pruning/data'],
    ['channels that are no list', { remove: { a: 3 as never } }, 'argument/invalid'],
    ...Object.entries({
      ...{ ignore: ['b'], maxRatio: 0.5, roundTo: 1, scope: 'model', importance: 'l1', reduction: 'max' },
      ...{ normalizer: 'max', seed: 1, batchSize: 8, data: {}, loss: 'crossEntropy' },
    } as const).map(
      ([name, value]) =>
        [
          `${name} beside channels by their number`,
          { remove: { a: [3] }, [name]: value },
          'argument/invalid',
        ] as const,
    ),
    ['shares by layer for all together', { layers: { a: 0.5 }, scope: 'model' }, 'argument/invalid'],
    ['channels by their number in steps', { remove: { a: [3] }, iterations: 2 }, 'argument/invalid'],
    ['no model back from between', { ratio: 0.5, between: () => undefined as never }, 'argument/invalid'],
    ['two budgets', { budget: { macs: 0.5, bytes: 10 } }, 'argument/invalid'],
  ];
  for (const [what, options, code] of bad) {
    it(`refuses ${what}: ${code}`, async () => {
      const error = await expectCode(code, () => pruneChannels(model, options));
      if (what.includes(' beside '))
        expect(error.message).to.match(/expected none beside remove.* Leave \w+ out/);
      if (what === 'an unknown layer') expect(error.message).to.include("'last'");
    });
  }

  it('takes names of layers that left no node: they have no channels of their own', async () => {
    const net = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [4, 4, 1], name: 'a' }),
        tf.layers.flatten({ name: 'flat' }),
        tf.layers.dense({ units: 8, name: 'b' }),
        tf.layers.dense({ units: 2, name: 'last' }),
      ],
    });
    const { model: small } = await pruneChannels(net, { ratio: 0.5, roundTo: 1, ignore: ['flat'] });
    expect(sizes(small)).to.deep.equal([2, 4]);
    const error = await expectCode('pruning/group', () => pruneChannels(net, { layers: { flat: 0.5 } }));
    expect(error.message).to.include('one without channels of its own');
    net.dispose();
  });

  it('refuses NaN weights, integer models and work that was cancelled', async () => {
    const broken = model.with({
      weights: model.weights.with(
        new Map([['b/kernel', Weight.of(new Float32Array(384).fill(Number.NaN), [16, 24])]]),
      ),
    });
    const ways: readonly PruneChannelsOptions[] = [
      ...(['l1', 'l2', 'lamp', 'fpgm', 'random'] as const).map((importance) => ({ ratio: 0.5, importance })),
      ...[{ ratio: 0.5, scope: 'model' as const }, { budget: { macs: 0.5 } }, { remove: { a: [1] } }],
    ];
    for (const options of ways) {
      const error = await expectCode('pruning/weight', () => pruneChannels(broken, options));
      expect(error.message).to.include("pruneChannels: weight 'b/kernel': expected finite numbers, got NaN");
    }
    // Biases are sliced, too; what stays whole is not looked at.
    const bias = model.with({
      weights: model.weights.with(
        new Map([['b/bias', Weight.of(new Float32Array(24).fill(Infinity), [24])]]),
      ),
    });
    await expectCode('pruning/weight', () => pruneChannels(bias, { remove: { b: [1] } }));
    await expectCode('pruning/weight', () => pruneChannels(bias, { ratio: 0.5 }));
    expect(sizes((await pruneChannels(bias, { ratio: 0.5, ignore: ['b'] })).model)).to.deep.equal([8, 24]);
    expect(sizes((await pruneChannels(bias, { remove: { a: [1] } })).model)).to.deep.equal([15, 24]);
    await expectCode('model/stage', () => pruneChannels(model.with({ stage: 'integer' }), { ratio: 0.5 }));
    await expectCode('aborted', () => pruneChannels(model, { ratio: 0.5, signal: AbortSignal.abort() }));
  });
});
