import { fit, type Callbacks } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { keepLayerMasks, l1Unstructured, masksOf, sparsity, type Mask } from '../../src/index.js';
import { sparsities } from '../../src/schedules/sparsities.js';
import { maskBy } from '../../src/training/method.js';
import { pruneLayersWhileTraining } from '../../src/training/layers-callback.js';
import { pruneWhileTraining } from '../../src/training/prune-while-training.js';
import { DATA, EXAMPLES, layersModel, SETTINGS as ours, tracedModel } from './task.js';

const schedule = sparsities.polynomial({ to: 0.75, begin: 2, end: 10, frequency: 4 });

describe('pruneLayersWhileTraining', function () {
  this.timeout(60_000);
  let [x, y]: tf.Tensor[] = [];
  before(() => tf.setBackend('cpu'));
  before(() => {
    x = tf.tensor(DATA.inputs.values, DATA.inputs.shape);
    y = tf.tidy(() => tf.oneHot(tf.tensor1d(DATA.labels.values, 'int32'), 3).toFloat());
  });
  after(() => tf.dispose([x, y] as tf.Tensor[]));

  /** A model that is ready to be trained, with its optimizer's own tensors made. */
  function compiled(): tf.LayersModel {
    const model = layersModel();
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
    return model;
  }
  const SETTINGS = { epochs: 3, batchSize: 16, shuffle: false } as const;
  const shares = (model: tf.LayersModel): number[] =>
    sparsity(model).weights.map(({ zeros, size }) => zeros / size);

  it('prunes by the schedule of the whole training, and keeps zeros in each of its epochs', async () => {
    const model = compiled();
    const told: number[][] = [];
    const { numTensors } = tf.memory();
    const pruning = pruneLayersWhileTraining({ schedule, method: maskBy.l1() });
    const { history } = await model.fit(x as tf.Tensor, y as tf.Tensor, {
      ...SETTINGS,
      callbacks: [pruning, new tf.CustomCallback({ onEpochEnd: () => void told.push(shares(model)) })],
    });
    expect(tf.memory().numTensors).to.equal(numTensors);
    // Steps 2, 6 and 10 of 12, four to an epoch.
    const at = (step: number): number => schedule.over(12).sparsityAt(step);
    for (const [epoch, step] of [2, 6, 10].entries())
      for (const share of told[epoch] as number[]) expect(share).to.be.closeTo(at(step), 1 / 36);
    expect(shares(model)).to.deep.equal([0.75, 0.75, 0.75]);
    expect(sparsity(model).pruned).to.equal(225);
    expect(history['sparsity']?.at(-1)).to.equal(0.75);
    expect(history['sparsity']).to.have.length(3);
    model.dispose();
  });

  it('keeps masks in a training after that, which prunes on', async () => {
    const model = compiled();
    const fit = (callback: tf.Callback) =>
      model.fit(x as tf.Tensor, y as tf.Tensor, { ...SETTINGS, epochs: 1, callbacks: callback });
    await fit(pruneLayersWhileTraining({ schedule: sparsities.oneShot({ to: 0.5 }), method: maskBy.l1() }));
    const [first] = model.getWeights().map((weight) => [...weight.dataSync()]);
    const zeros = (first as number[]).flatMap((value, i) => (value === 0 ? [i] : []));
    expect(zeros).to.have.length(36);
    await fit(
      pruneLayersWhileTraining({ schedule: sparsities.oneShot({ to: 0.75, at: 4 }), method: maskBy.l1() }),
    );
    const [second] = model.getWeights().map((weight) => [...weight.dataSync()]);
    expect(zeros.every((i) => second?.[i] === 0)).to.equal(true);
    expect(shares(model)).to.deep.equal([0.75, 0.75, 0.75]);
    model.dispose();
  });

  it('keeps the masks that layers have, or that their graph got, and prunes nothing more', async () => {
    const model = compiled();
    const fit = (callback: tf.Callback) =>
      model.fit(x as tf.Tensor, y as tf.Tensor, { ...SETTINGS, epochs: 1, callbacks: callback });
    l1Unstructured(model.getLayer('hidden'), 0.5);
    const before = model.getLayer('hidden').getWeights()[0]?.dataSync().slice() as Float32Array;
    const { numTensors } = tf.memory();
    await fit(keepLayerMasks());
    expect(tf.memory().numTensors).to.equal(numTensors);
    const after = model.getLayer('hidden').getWeights()[0]?.dataSync() as Float32Array;
    expect([...after]).not.to.deep.equal([...before]);
    before.forEach((value, i) => expect(after[i] === 0, `element ${i}`).to.equal(value === 0));
    expect(shares(model)).to.deep.equal([0, 0.5, 0]);

    const { model: graph, masks } = l1Unstructured(model, 0.5, { layers: ['conv', 'hidden'] });
    graph.toLayersModel(model);
    await fit(keepLayerMasks(masks));
    expect(shares(model)).to.deep.equal([0.5, 0.75, 0]);
    expect([...masksOf(model.getLayer('conv')).keys()]).to.deep.equal(['conv/kernel']);
    await fit(keepLayerMasks());
    expect(shares(model)).to.deep.equal([0.5, 0.75, 0]);

    const own = (mask: Mask, name = 'conv/kernel') => fit(keepLayerMasks(new Map([[name, mask]])));
    const ones = { shape: [3, 3, 2, 4], kept: new Uint8Array(72).fill(1) };
    const unknown = await expectCode('pruning/layer', () => own(ones, 'conv/kernal'));
    expect(unknown.message).to.include("Did you mean 'conv/kernel'?");
    await expectCode('pruning/mask', () => own({ ...ones, shape: [72] }));
    await expectCode('argument/invalid', () => keepLayerMasks({ conv: ones } as never));
    model.dispose();
  });

  it('is what tf.layers is given: the callbacks of fit are refused there, and tell', async () => {
    const model = compiled();
    const callbacks = pruneWhileTraining({ schedule: sparsities.oneShot({ to: 0.5 }) });
    const wrong = await expectCode('argument/invalid', () =>
      model.fit(x as tf.Tensor, y as tf.Tensor, {
        ...SETTINGS,
        callbacks: callbacks as tf.CustomCallbackArgs,
      }),
    );
    expect(wrong.message).to.include('pruneLayersWhileTraining');
    const pruning = pruneLayersWhileTraining({ schedule: sparsities.oneShot({ to: 0.5 }) });
    for (const given of [pruning, [pruning]]) {
      const other = await expectCode('argument/invalid', () =>
        fit(tracedModel(), { ...ours, callbacks: given as Callbacks }),
      );
      expect(other.message).to.match(/got a callback of tf\.layers\. .* pruneWhileTraining in place/);
    }
    model.dispose();
  });

  it('tells what it leaves whole, once', async () => {
    const model = layersModel();
    model.getLayer('hidden').trainable = false;
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
    const pruning = pruneLayersWhileTraining({ schedule, method: maskBy.blocks({ block: [4, 3] }) });
    expect(pruning.notes).to.deep.equal([]);
    await model.fit(x as tf.Tensor, y as tf.Tensor, { ...SETTINGS, callbacks: pruning });
    expect(pruning.notes.map(({ message }) => message)).to.deep.equal([
      "weight 'hidden/kernel' stays whole: its layer is frozen",
      "weight 'conv/kernel' stays whole: blocks are those of matrices, and its shape is [3,3,2,4]",
    ]);
    model.dispose();
  });

  it('refuses a method that was not called', async () => {
    const model = compiled();
    for (const method of [
      maskBy.magnitude,
      maskBy.l1,
      maskBy.global,
      maskBy.random,
      maskBy.blocks,
      maskBy.channels,
    ]) {
      const options = { schedule: sparsities.oneShot({ to: 0.5 }), method: method as never };
      const wrong = await expectCode('argument/invalid', () =>
        model.fit(x as tf.Tensor, y as tf.Tensor, {
          ...SETTINGS,
          callbacks: pruneLayersWhileTraining(options),
        }),
      );
      expect(wrong.message).to.include('method').and.include('Call it');
    }
    model.dispose();
  });

  it('refuses what does not fit the training, and frees what it holds where that fails', async () => {
    const model = compiled();
    const fit = (options: Parameters<typeof pruneLayersWhileTraining>[0]) =>
      model.fit(x as tf.Tensor, y as tf.Tensor, {
        ...SETTINGS,
        callbacks: pruneLayersWhileTraining(options),
      });
    const late = await expectCode('pruning/schedule', () =>
      fit({ schedule: sparsities.oneShot({ to: 0.5, at: 13 }) }),
    );
    expect(late.message).to.include('which has 12');
    await expectCode('pruning/layer', () => fit({ schedule, layers: ['hiden'] }));
    await expectCode('argument/invalid', () => pruneLayersWhileTraining({} as { schedule: typeof schedule }));
    const batches = tf.data.generator(function* () {
      for (let i = 0; i < EXAMPLES; i += 16)
        yield { xs: tf.slice(x as tf.Tensor, i, 16), ys: tf.slice(y as tf.Tensor, i, 16) };
    });
    const set = batches.repeat();
    const over = (options: Parameters<typeof pruneLayersWhileTraining>[0], batchesPerEpoch?: number) =>
      model.fitDataset(set, {
        epochs: 3,
        ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
        callbacks: pruneLayersWhileTraining(options),
      });
    await expectCode('pruning/schedule', () => over({ schedule: sparsities.cosine({ to: 0.5 }) }));
    await over({ schedule: sparsities.cosine({ to: 0.5, frequency: 3 }), method: maskBy.l1() }, 4);
    expect(shares(model)).to.deep.equal([0.5, 0.5, 0.5]);
    model.dispose();
  });
});
