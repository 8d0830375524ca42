import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  fit,
  loadModel,
  optimize,
  restoreFacts,
  saveModel,
  type Fact,
  type FitOptions,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { expectCode, maxDifference, withTempFolder } from '@tfjs-optimize/testing';
import {
  awareFact,
  calibrate,
  foldNorms,
  INT8,
  INT8_PORTS_KEY,
  quantize,
  quantizationAware,
  quantizeDynamic,
  quantizeStatic,
  quantizeTrained,
  rangesFact,
  withoutFakeQuant,
} from '../../src/index.js';
import { compareLevels } from './levels.js';
import { batchOf, inputs, labels, network } from './network.js';

const SETTINGS: FitOptions = {
  data: { inputs, labels },
  loss: 'crossEntropy',
  epochs: 4,
  batchSize: 16,
  optimizer: 'adam',
  learningRate: 0.01,
  seed: 1,
};

function outputOf(model: Model): Float32Array {
  return tf.tidy(() => (model.run(batchOf())[0] as tf.Tensor).dataSync() as Float32Array);
}

const weightsOf = (model: Model): Record<string, number[]> =>
  Object.fromEntries([...model.weights].map(([name, weight]) => [name, Array.from(weight.numbers())]));

const rangesOf = (model: Model): number[][] =>
  model.facts.need(awareFact).groups.map(({ weight }) => Array.from(model.weights.need(weight).numbers()));

/** A batch as a model takes it, whose input may be int8. */
function asPorts({ extras, signature }: Model, x: tf.Tensor): tf.Tensor {
  const ports = extras.userDefinedMetadata?.[INT8_PORTS_KEY] as
    | { readonly inputs: Readonly<Record<string, { readonly scale: number; readonly zeroPoint: number }>> }
    | undefined;
  const params = ports?.inputs[signature.inputs[0]?.key ?? ''];
  if (params === undefined) return x;
  const levels = quantize(x.dataSync(), params, { ...INT8, rounding: 'away' });
  return tf.tensor(Int32Array.from(levels), x.shape, 'int32');
}

/** How many int8 values differ, of how many, and by how much at most. */
async function differences(aware: Model<'float'>): Promise<{ all: number; differing: number; most: number }> {
  const x = batchOf();
  const quantized = quantizeTrained(aware);
  const compared = [
    ...(await compareLevels(aware, quantized.model, x, asPorts(quantized.model, x))).values(),
  ];
  x.dispose();
  quantized.model.dispose();
  return {
    all: compared.reduce((sum, { values }) => sum + values, 0),
    differing: compared.reduce((sum, { differing }) => sum + differing, 0),
    most: Math.max(...compared.map(({ most }) => most)),
  };
}

describe('quantizationAware', function () {
  this.timeout(120_000);
  let model: Model<'float'>;
  let aware: Model<'float'>;
  let trained: Model<'float'>;
  before(() => tf.setBackend('cpu'));
  before(async () => {
    model = await loadModel(network());
    aware = await quantizationAware(model, { data: { inputs } });
    trained = (await fit(aware, SETTINGS)).model;
  });

  it('rounds kernels, biases and activations where the integer model will', () => {
    const count = (op: string): number => [...aware.graph].filter((node) => node.op === op).length;
    expect(count('TfjsOptimizeFakeKernel')).to.equal(4);
    expect(count('TfjsOptimizeFakeBias')).to.equal(4);
    // Two kernels have a batch normalization behind them, one of them with a bias between.
    expect(count('TfjsOptimizeUnfold')).to.equal(2);
    // Sum, pools and what joins them have one range; the sigmoid's is fixed.
    const { groups } = aware.facts.need(awareFact);
    expect(groups.map(({ members }) => members.length).sort()).to.deep.equal([1, 1, 1, 1, 1, 1, 4]);
  });

  it('predicts every int8 value: to a step in at most one of 10,000, before training and after', async () => {
    for (const each of [aware, trained]) {
      const { all, differing, most } = await differences(each);
      expect(all).to.be.above(50_000);
      expect(most).to.be.at.most(1);
      expect(differing).to.be.at.most(all / 10_000);
    }
  });

  it('predicts with a scale for each kernel, float32 scales, int8 ports and layers left out', async () => {
    const choices = [
      { granularity: 'tensor', scaleType: 'float32' },
      { io: 'int8' },
      { exclude: ['conv2'] },
      { include: ['conv', 'dense'] },
    ] as const;
    for (const choice of choices) {
      const { all, differing, most } = await differences(
        await quantizationAware(model, { data: { inputs }, ...choice }),
      );
      expect(all, JSON.stringify(choice)).to.be.above(10_000);
      expect(most).to.be.at.most(1);
      expect(differing).to.be.at.most(Math.max(1, all / 10_000));
    }
  });

  it('predicts graphs that were fused before', async () => {
    const fused = (await optimize(model, inference())).model as Model<'float'>;
    const { differing, most } = await differences(await quantizationAware(fused, { data: { inputs } }));
    expect(most).to.be.at.most(1);
    expect(differing).to.be.at.most(5);
  });

  it('is near the float model and is not it', () => {
    const [exact, fake] = [outputOf(model), outputOf(aware)];
    const most = Math.max(...exact.map(Math.abs));
    expect(maxDifference(exact, fake))
      .to.be.above(0)
      .and.below(0.1 * most);
  });

  it('trains, batch norms and all, and gives the float graph back', async () => {
    const result = await fit(aware, SETTINGS);
    const losses = result.history.map(({ numbers }) => numbers['loss'] as number);
    expect(losses.at(-1)).to.be.below(0.8 * (losses[0] as number));
    const float = withoutFakeQuant(trained);
    expect([...float.graph].filter(({ op }) => op.startsWith('TfjsOptimizeF'))).to.deep.equal([]);
    expect(float.facts.has(awareFact)).to.equal(false);
    // The bias in front of a batch normalization stands in a node of its own; nothing else is new.
    const added = [...float.graph].map(({ name }) => name).filter((name) => !model.graph.has(name));
    expect(added).to.deep.equal(['conv/FusedConv2D/linear']);
    for (const [name, weight] of model.weights) {
      if (weight.dtype !== 'float32' || weight.size < 2) continue;
      expect(maxDifference(float.weights.need(name).numbers(), weight.numbers()), name).to.be.above(0);
    }
    // To a thousandth of the greatest: folding rounds each weight and sum anew.
    const [plain, folded] = [outputOf(float), outputOf(foldNorms(float))];
    expect(maxDifference(plain, folded)).to.be.below(1e-3 * Math.max(...plain.map(Math.abs)));
  });

  it('moves ranges towards those of batches, and keeps them after a share of the steps', async () => {
    const first = rangesOf(aware);
    expect(rangesOf(trained)).not.to.deep.equal(first);
    const fixed = await quantizationAware(model, { data: { inputs }, freezeRangesAfter: 0 });
    expect(rangesOf((await fit(fixed, SETTINGS)).model)).to.deep.equal(first);
    // Three steps an epoch, twelve in all: those after the sixth leave ranges as they are.
    const half = await quantizationAware(model, { data: { inputs }, freezeRangesAfter: 0.5 });
    const seen: number[][][] = [];
    await fit(half, {
      ...SETTINGS,
      callbacks: { onStep: async (_, { model: now }) => void seen.push(rangesOf(await now())) },
    });
    expect(seen.length).to.equal(12);
    expect(seen[5]).not.to.deep.equal(seen[4]);
    expect(seen.slice(6).every((ranges) => JSON.stringify(ranges) === JSON.stringify(seen[5]))).to.equal(
      true,
    );
  });

  it('trains normalizations of which the offset alone is trained', async () => {
    const layers = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 2, kernelSize: 8, name: 'conv' }),
        tf.layers.batchNormalization({ name: 'norm' }),
        tf.layers.flatten(),
      ],
    });
    const shifting = await quantizationAware(layers, { data: { inputs } });
    layers.dispose();
    const trainable = (name: string): boolean => /(kernel|beta)$/.test(name);
    const { model: after } = await fit(shifting, { ...SETTINGS, epochs: 1, trainable });
    for (const name of ['norm/moving_mean', 'norm/moving_variance', 'norm/beta']) {
      expect(after.weights.need(name).numbers(), name).not.to.deep.equal(
        shifting.weights.need(name).numbers(),
      );
    }
    expect((await differences(after)).most).to.be.at.most(1);
  });

  it('moves a range by what is left of its momentum', async () => {
    const moving = await quantizationAware(model, { data: { inputs }, momentum: 0.75 });
    const { groups } = moving.facts.need(awareFact);
    const group = groups.find(({ members }) => members.includes(model.signature.inputs[0]?.value ?? ''));
    const [min = NaN, max = NaN] = moving.weights.need(group?.weight ?? '').numbers();
    const values = inputs.values.subarray(0, 16 * 192);
    const result = await fit(moving, {
      ...SETTINGS,
      data: {
        inputs: { values, shape: [16, 8, 8, 3] },
        labels: { values: labels.values.subarray(0, 32), shape: [16, 2] },
      },
      epochs: 1,
    });
    const now = result.model.weights.need(group?.weight ?? '').numbers();
    expect(now[0]).to.be.closeTo(0.75 * min + 0.25 * Math.min(...values), 1e-5);
    expect(now[1]).to.be.closeTo(0.75 * max + 0.25 * Math.max(...values), 1e-5);
  });

  it('goes on from a checkpoint to the same bits, ranges and all', async () => {
    await withTempFolder(async (folder) => {
      const whole = weightsOf(trained);
      const stopped = `${folder}/stopped`;
      await fit(aware, {
        ...SETTINGS,
        checkpoint: { folder: stopped, everySteps: 1 },
        callbacks: { onStep: ({ step }, control) => (step === 5 ? control.stop() : undefined) },
      });
      const rest = await fit(aware, { ...SETTINGS, checkpoint: { folder: stopped, resume: true } });
      expect(weightsOf(rest.model)).to.deep.equal(whole);
    });
  });

  it('is refused by what makes other models integer, which say what makes its own', async () => {
    for (const quantizing of [
      () => quantizeDynamic(trained),
      () => quantizeStatic(trained, { data: { inputs } }),
    ]) {
      const error = await expectCode('model/stage', quantizing);
      expect(error.message).to.include('quantizeTrained');
    }
  });

  it('keeps what it says of itself in files', async () => {
    await withTempFolder(async (folder) => {
      await saveModel(trained, `${folder}/model`);
      const loaded = await loadModel(`${folder}/model`);
      const restored = restoreFacts(loaded, [awareFact, rangesFact]) as Model<'float'>;
      expect(restored.facts.need(awareFact)).to.deep.equal(trained.facts.need(awareFact));
      const [before, after] = [quantizeTrained(trained), quantizeTrained(restored)];
      expect(weightsOf(after.model)).to.deep.equal(weightsOf(before.model));
    });
  });

  it('obeys the masks of a pruning that was before', async () => {
    const name = 'conv2/kernel';
    const mask = Float32Array.from(model.weights.need(name).numbers(), (_, i) => i % 2);
    const masks: Fact<Float32Array> = {
      name: 'test/masks',
      check: () => [],
      projector: (value) => ({
        project: (weight, updated) =>
          weight === name ? tf.mul(updated, tf.tensor(value, updated.shape)) : updated,
      }),
    };
    const masked = await quantizationAware(model.with({ facts: model.facts.with(masks, mask) }), {
      data: { inputs },
    });
    const result = await fit(masked, SETTINGS);
    const { model: integer } = quantizeTrained(result.model);
    for (const kernel of [result.model, integer].map((each) => each.weights.need(name).numbers())) {
      expect(Array.from(kernel).every((w, i) => mask[i] === 1 || w === 0)).to.equal(true);
      expect(Array.from(kernel).some((w, i) => mask[i] === 1 && w !== 0)).to.equal(true);
    }
  });

  it('leaves no tensors in 50 steps', async () => {
    const { numTensors } = tf.memory();
    const few = {
      inputs: { values: inputs.values.subarray(0, 10 * 192), shape: [10, 8, 8, 3] },
      labels: { values: labels.values.subarray(0, 20), shape: [10, 2] },
    };
    await fit(aware, { ...SETTINGS, data: few, epochs: 10, batchSize: 2 });
    expect(tf.memory().numTensors).to.equal(numTensors);
    await quantizationAware(model, { data: { inputs } });
    quantizeTrained(trained);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('takes layers models, and ranges that are known', async () => {
    const layers = network();
    const fromLayers = await quantizationAware(layers, { data: { inputs } });
    expect(outputOf(fromLayers)).to.deep.equal(outputOf(aware));
    layers.dispose();
    const known = await calibrate(model, { data: { inputs } });
    expect(outputOf(await quantizationAware(known))).to.be.an.instanceOf(Float32Array);
  });

  it('refuses integer models, missing data, strange names, odd options and what has it already', async () => {
    const data = { inputs };
    await expectCode('quantization/data', () => quantizationAware(model));
    await expectCode('model/stage', () => quantizationAware(model.with({ stage: 'integer' }), { data }));
    await expectCode('model/stage', () => quantizationAware(aware, { data }));
    await expectCode('quantization/layer', () => quantizationAware(model, { data, exclude: ['convv'] }));
    await expectCode('graph/op', () => quantizationAware(model, { data, include: () => false }));
    await expectCode('argument/invalid', () => quantizationAware(model, { data, momentum: 1.5 }));
    await expectCode('argument/invalid', () => quantizationAware(model, { data, freezeRangesAfter: NaN }));
    const misspelt = { data, freezeRangesAfte: 0.5 };
    const error = await expectCode('argument/invalid', () => quantizationAware(model, misspelt));
    expect(error.message).to.include('freezeRangesAfter');
    for (const make of [withoutFakeQuant, quantizeTrained]) {
      await expectCode('pass/needs', () => Promise.resolve().then(() => make(model)));
    }
  });
});
