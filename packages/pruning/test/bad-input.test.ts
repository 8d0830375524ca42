import { Model, traceLayersModel, Weight, type ErrorCode } from '@tfjs-optimize/core';
import { expectCode, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  blockSparsity,
  customMask,
  globalUnstructured,
  l1Unstructured,
  lnStructured,
  magnitudeSparsity,
  maskPass,
  nmStructured,
  thresholdUnstructured,
  type Amount,
  type MaskPassName,
} from '../src/index.js';

const traced = (seed = 1): Model<'float'> => traceLayersModel(nets.residual({ seed }));

describe('bad input of pruning', () => {
  it('is refused before any work', async () => {
    const model = traced();
    const layers = nets.mlp({ seed: 1 });
    for (const amount of [
      -0.1,
      1.2,
      1,
      NaN,
      Infinity,
      -1,
      'a',
      null,
      {},
      { fraction: 2 },
      { fraction: '0.5' },
      { count: -1 },
      { count: 1.5 },
      { count: 1, fraction: 1 },
    ]) {
      const error = await expectCode('pruning/amount', () => l1Unstructured(model, amount as Amount));
      if (amount === 1) expect(error.message).to.include('{ count: 1 } or { fraction: 1 }');
    }
    await expectCode('pruning/amount', () => l1Unstructured(model, 1e6));
    await expectCode('pruning/amount', () => thresholdUnstructured(model, -1));
    await expectCode('pruning/amount', () => blockSparsity(model, 1.5));
    for (const pattern of ['4:4', '0:4', '2-4', { keep: 3, of: 2 }, null]) {
      await expectCode('pruning/amount', () => nmStructured(model, pattern as '2:4'));
    }
    const near = await expectCode('pruning/layer', () => l1Unstructured(model, 0.5, { layers: ['conv_O'] }));
    expect(near.message).to.include("Did you mean 'conv_0'?");
    await expectCode('pruning/layer', () => l1Unstructured(model, 0.5, { layers: ['conv_0_relu'] }));
    for (const byLayer of [{}, [], null, 0.5]) {
      const error = await expectCode('pruning/amount', () => l1Unstructured(model, { byLayer } as never));
      expect(error.message).to.include('an object with an amount by the name of a layer or kernel');
    }
    await expectCode('pruning/layer', () => l1Unstructured(model, 0.5, { exclude: ['nothing'] }));
    await expectCode('pruning/layer', () => l1Unstructured(model, 0.5, { weights: ['conv_0/kernal'] }));
    await expectCode('pruning/layer', () => l1Unstructured(model, 0.5, { layers: () => false }));
    await expectCode('pruning/layer', () => lnStructured(model, 0.5, { axis: 7 }));
    await expectCode('pruning/layer', () => lnStructured(model, 0.5, { axis: [3, -1] }));
    await expectCode('pruning/layer', () => l1Unstructured(tf.layers.flatten(), 0.5));
    await expectCode('pruning/layer', () => blockSparsity(Weight.of(new Float32Array(8), [2, 2, 2]), 0.5));
    await expectCode('pruning/mask', () =>
      customMask(model, { conv_0: { shape: [2], kept: Uint8Array.of(1, 0) } }),
    );
    await expectCode('pruning/mask', () =>
      customMask(layers.getLayer('dense_0'), { shape: [16, 24], kept: new Uint8Array(384).fill(2) }),
    );
    await expectCode('argument/invalid', () => l1Unstructured(model, 0.5, { amout: 1 } as object));
    await expectCode('argument/invalid', () =>
      l1Unstructured(model, 0.5, { mask: { shape: [], kept: new Uint8Array(1) } }),
    );
    await expectCode('argument/invalid', () =>
      l1Unstructured(layers.getLayer('dense_0'), 0.5, { layers: ['dense_0'] }),
    );
    await expectCode('argument/invalid', () => l1Unstructured('model.json' as unknown as Model, 0.5));
    await expectCode('argument/invalid', () => globalUnstructured([], 0.5));
    await expectCode('argument/invalid', () => maskPass('pruning/l1-unstructured', {} as { amount: Amount }));
    await expectCode('pruning/amount', () => maskPass('pruning/l1-unstructured', { amount: 1 }));
    await expectCode('argument/invalid', () => maskPass('l1-unstructured' as MaskPassName, { amount: 0.5 }));
    await expectCode('model/stage', () => l1Unstructured(model.with({ stage: 'integer' }), 0.5));
    await expectCode('pruning/data', () => l1Unstructured(model, 0.5, { scores: () => new Float32Array(1) }));
    layers.dispose();
  });

  it('is told in words that say what to do', async () => {
    const [model, layers] = [traced(), nets.mlp({ seed: 1 })];
    const [dense, ones] = [layers.getLayer('dense_0'), tf.ones([24, 16])];
    const kept = new Float32Array(16 * 24);
    const says = async (code: ErrorCode, prune: () => unknown, ...texts: string[]): Promise<void> => {
      const { message } = await expectCode(code, prune);
      for (const text of texts) expect(message).to.include(text);
    };
    const none = 'a Mask of shape and kept (a Uint8Array), or a tensor';
    await says('argument/invalid', () => customMask(model, undefined as never), none, 'got undefined');
    await says('argument/invalid', () => customMask(model, {}), 'got none');
    await says('pruning/mask', () => customMask(dense, ones), 'got [24,16]', 'Turn its axes round');
    await says(
      'pruning/layer',
      () => customMask(dense, { kernel: ones }),
      "a mask of 'dense_0/kernel', got one of 'kernel'",
    );
    const typed = { dense_0: { shape: [16, 24], kept } } as never;
    await says('pruning/mask', () => customMask(layers, typed), none, 'an object with keys shape, kept');
    const line = tf.tensor1d([1, 2, 3, 4]);
    await says('pruning/layer', () => nmStructured(line, '2:4'), 'got [4]: none of its axes');
    const norm = tf.layers.batchNormalization({ inputShape: [2], name: 'norm' });
    tf.sequential({ layers: [norm] });
    await says(
      'pruning/layer',
      () => l1Unstructured(norm, 0.5),
      'one of class BatchNormalization without one',
    );
    await says('pruning/layer', () => l1Unstructured(tf.layers.dense({ units: 1 }), 0.5), 'build the model');
    const sparsities = '0.3' as never;
    await says('pruning/amount', () => magnitudeSparsity(model, sparsities), "got '0.3'");
    const scores = (_: string, values: Float32Array): Float32Array => values.map(() => NaN);
    await says('pruning/data', () => l1Unstructured(model, 0.5, { scores }), 'got NaN at element 0');
    const both = ['conv_0', 'norm_0'];
    const normed = traceLayersModel(
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 2, inputShape: [2], name: 'conv_0' }),
          tf.layers.batchNormalization({ name: 'norm_0' }),
        ],
      }),
    );
    await says('pruning/layer', () => l1Unstructured(normed, 0.5, { layers: both }), "'norm_0'", 'a kernel');
    expect(
      l1Unstructured(normed, 0.5, { layers: both, weights: ['norm_0/gamma'] }).masks.get('norm_0/gamma'),
    ).to.not.equal(undefined);
    await says(
      'argument/invalid',
      () => l1Unstructured(Promise.resolve(model) as never, 0.5),
      'got a promise, which is to be awaited',
    );
    await says(
      'argument/invalid',
      () => l1Unstructured(new Float32Array(3) as never, 0.5),
      'got a Float32Array of 3 numbers',
    );
    const large = { fraction: Array.from({ length: 1000 }, () => 2) } as never;
    expect(
      (await expectCode('pruning/amount', () => l1Unstructured(model, large))).message.length,
    ).to.be.below(200);
    tf.dispose([ones, line]);
    layers.dispose();
  });

  it('takes names of layers that left no node, and tells what they have', async () => {
    const layers = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [3, 3, 2], name: 'hidden' }),
        tf.layers.dropout({ rate: 0.5, name: 'drop' }),
        tf.layers.flatten({ name: 'flat' }),
        tf.layers.dense({ units: 2, name: 'scores' }),
      ],
    });
    const model = traceLayersModel(layers);
    expect([...model.graph].some(({ name }) => name.startsWith('flat'))).to.equal(false);
    expect(l1Unstructured(model, 0.5, { exclude: ['flat', 'drop', 'hidden'] }).masks.size).to.equal(1);
    for (const name of ['flat', 'drop']) {
      const error = await expectCode('pruning/layer', () => l1Unstructured(layers, 0.5, { layers: [name] }));
      expect(error.message).to.include(
        'expected a layer that has weights, got one that has none. Leave it out',
      );
    }
    const { message } = await expectCode('pruning/layer', () =>
      l1Unstructured(model, 0.5, { exclude: ['flad'] }),
    );
    expect(message).to.include("Did you mean 'flat'?");
    // A graph that was no layers model cannot know them.
    const graph = new Model({ ...model, source: { kind: 'graph-model' } });
    const lost = await expectCode('pruning/layer', () => l1Unstructured(graph, 0.5, { exclude: ['flat'] }));
    expect(lost.message).to.include('layers that compute nothing, as flatten, have no node there');
    layers.dispose();
  });

  it('says why nothing is left to prune', async () => {
    const says = async (text: string, prune: () => unknown): Promise<void> => {
      expect((await expectCode('pruning/layer', prune)).message).to.include(text);
    };
    const layers = nets.mlp({ seed: 1 });
    const model = traceLayersModel(layers);
    const none =
      'expected at least one kernel to prune, got none of the 3 that there are. Choose one or more';
    await says(none, () => l1Unstructured(model, 0.5, { layers: () => false }));
    await says(none, () => l1Unstructured(model, 0.5, { layers: [] }));
    await says('at least one weight to prune, got none of the 6', () =>
      l1Unstructured(model, 0.5, { weights: () => false }),
    );
    await says("Leave it out, or name 'dense_0/bias' in weights", () =>
      l1Unstructured(model, { byLayer: { 'dense_0/bias': 0.5 } }),
    );
    const biases = l1Unstructured(model, { byLayer: { 'dense_0/bias': 0.5 } }, { weights: ['dense_0/bias'] });
    expect([...biases.masks.keys()]).to.deep.equal(['dense_0/bias']);
    const norm = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2], name: 'norm' })] });
    await says("got a model without any. Other weights are named in weights, such as 'norm/gamma'", () =>
      l1Unstructured(norm, 0.5),
    );
    for (const one of [layers, norm]) one.dispose();
  });

  it('NaN and infinities are named with their place', async () => {
    for (const wrong of [NaN, Infinity]) {
      const model = traced();
      const values = (model.weights.need('conv_0/kernel').numbers() as Float32Array).slice();
      values[7] = wrong;
      const broken = model.with({
        weights: model.weights.with(new Map([['conv_0/kernel', Weight.of(values, [3, 3, 3, 8])]])),
      });
      const error = await expectCode('pruning/weight', () => l1Unstructured(broken, 0.5));
      expect(error.message).to.include(`'conv_0/kernel'`).and.include(`${wrong} at element 7`);
    }
  });
});
