import {
  fit,
  optimize,
  parseRecipe,
  recipeOf,
  reestimateBatchNorm,
  stringifyRecipe,
  trainingPasses,
  type JsonObject,
  type Model,
} from '@tfjs-optimize/core';
import { inference, fusionPasses } from '@tfjs-optimize/fusion';
import { quantizationPasses, quantizeWeightsPass } from '@tfjs-optimize/quantization';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  maskBy,
  masksFact,
  pruneWhileTraining,
  pruneWhileTrainingPass,
  pruningPasses,
  sparsities,
  sparsity,
  type MethodJson,
  type PruneWhileTrainingPassOptions,
} from '../../src/index.js';
import { bytesOf, DATA, SETTINGS, tracedModel, zerosOf } from './task.js';

const { data: _, seed: SEED, ...TRAINING } = SETTINGS;
const OPTIONS = {
  ...TRAINING,
  schedule: { kind: 'polynomial', to: 0.75, end: 12, frequency: 4 },
  method: { kind: 'global' },
  perLayer: {
    scores: 0.5,
    conv: { schedule: { kind: 'oneShot', to: 0.5, at: 3 }, method: { kind: 'nOfM', pattern: '1:2' } },
  },
} as const satisfies PruneWhileTrainingPassOptions;
const FACTORIES = { ...pruningPasses, ...trainingPasses, ...fusionPasses, ...quantizationPasses };

const run = (
  passes: Parameters<typeof recipeOf>[0],
  model: Model<'float'> = tracedModel(),
): ReturnType<typeof optimize> =>
  optimize(model, parseRecipe(stringifyRecipe(recipeOf(passes, SEED))), {
    factories: FACTORIES,
    inputs: { data: DATA },
  });

describe('the pass pruning/train', function () {
  this.timeout(60_000);
  before(() => tf.setBackend('cpu'));

  it('does what fit, pruneWhileTraining and reestimateBatchNorm do, from its recipe', async () => {
    const direct = await fit(tracedModel(), {
      ...SETTINGS,
      callbacks: pruneWhileTraining({
        schedule: sparsities.polynomial({ to: 0.75, end: 12, frequency: 4 }),
        method: maskBy.global(),
        perLayer: {
          scores: 0.5,
          conv: { schedule: sparsities.oneShot({ to: 0.5, at: 3 }), method: maskBy.nOfM('1:2') },
        },
      }),
    });
    const estimated = await reestimateBatchNorm(direct.model, DATA);
    expect(bytesOf(estimated)).not.to.deep.equal(bytesOf(direct.model));
    await expectNoLeak(async () => {
      const { model, notes } = await run([pruneWhileTrainingPass(OPTIONS)]);
      expect(bytesOf(model)).to.deep.equal(bytesOf(estimated));
      expect(notes.map(({ message }) => message).join('\n'))
        .to.include('20 steps')
        .and.match(/\d+\.\d % of the weights in 3 masks are zero/)
        .and.include('mean and variance of 1 batch normalization: estimated anew');
      model.dispose();
    });
    const { model: left } = await run([pruneWhileTrainingPass({ ...OPTIONS, reestimate: false })]);
    expect(bytesOf(left)).to.deep.equal(bytesOf(direct.model));
  });

  it('gives masks that last through further training, fusion and quantization', async () => {
    const { model } = await run([
      pruneWhileTrainingPass({ ...OPTIONS, method: { kind: 'l1' }, perLayer: {} }),
      trainingPasses['core/fit']?.(
        { epochs: 2, loss: 'crossEntropy', learningRate: 0.05 },
        () => [],
      ) as never,
      inference(),
      quantizeWeightsPass({ scheme: 'int8', leastElements: 1 }),
    ]);
    const masks = model.facts.need(masksFact);
    expect(masks.size).to.equal(3);
    expect(masksFact.check(model, masks)).to.deep.equal([]);
    expect(sparsity(model).share).to.be.at.least(0.75);
    expect(sparsity(model).pruned).to.equal(54 + 144 + 27);
  });

  it('takes every method, and only some layers', async () => {
    const methods: readonly MethodJson[] = [
      { kind: 'magnitude' },
      { kind: 'l1' },
      { kind: 'global' },
      { kind: 'random', seed: 3 },
      { kind: 'nOfM', pattern: '1:4', axis: 'input' },
      { kind: 'blocks', block: [2, 2], pooling: 'maximum' },
      { kind: 'channels', n: 1, axis: 'output' },
    ];
    expect(methods.map(({ kind }) => kind)).to.deep.equal(Object.keys(maskBy));
    for (const method of methods) {
      const { model } = await run([
        pruneWhileTrainingPass({
          ...TRAINING,
          ...{ epochs: 1, layers: ['hidden'], method },
          schedule: { kind: 'constant', to: 0.75, frequency: 2 },
        }),
      ]);
      expect([...model.facts.need(masksFact).keys()], method.kind).to.deep.equal(['hidden/kernel']);
      expect(zerosOf(model, 'hidden/kernel'), method.kind).to.equal(144);
    }
  });

  it('asks for data before anything runs', async () => {
    const pass = pruneWhileTrainingPass({ ...OPTIONS, validation: 'test' });
    expect(pass.asks).to.deep.equal(['data', 'test']);
    expect(pass.trains).to.equal(true);
    await expectCode('context/missing', () => optimize(tracedModel(), pass, { inputs: { data: DATA } }));
  });

  const CASES: readonly (readonly [what: string, options: JsonObject, says: string])[] = [
    [
      'no schedule',
      { schedule: undefined as never },
      'pruning/train.schedule: expected a value, got nothing.',
    ],
    ['no loss', { loss: undefined as never }, 'pruning/train.loss: expected a name, got nothing.'],
    [
      'a schedule by name alone',
      { schedule: 'polynomial' },
      'pruning/train.schedule: expected an object whose kind is one of constant, polynomial, cosine, oneShot, iterative',
    ],
    ['a misspelt schedule', { schedule: { kind: 'polinomial', to: 0.5 } }, "Did you mean 'polynomial'?"],
    ['a misspelt option of it', { schedule: { kind: 'polynomial', too: 0.5 } }, "Did you mean 'to'?"],
    [
      'a share above 1',
      { schedule: { kind: 'cosine', to: 1.5 } },
      'expected a share of zeros from 0 to below 1',
    ],
    ['a misspelt method', { method: { kind: 'globl' } }, 'pruning/train.method.kind: expected one of'],
    ['too much of a method', { method: { kind: 'global', seed: 1 } }, 'pruning/train.method.seed: expected'],
    ['a pattern that is none', { method: { kind: 'nOfM', pattern: '4:2' } }, 'pattern: expected N:M'],
    ['a wrong course of a layer', { perLayer: { conv: 'half' } }, 'perLayer: expected sparsities or courses'],
    [
      'a misspelt course of a layer',
      { perLayer: { conv: { methd: { kind: 'l1' } } } },
      "pruning/train.perLayer.conv.methd: expected the name of an option, got 'methd'. Did you mean 'method'?",
    ],
    ['layers by a pattern', { layers: 'conv' }, 'pruning/train.layers: expected a list of names'],
    ['a misspelt option', { restimate: false }, "Did you mean 'reestimate'?"],
  ];
  for (const [what, options, says] of CASES) {
    it(`refuses ${what}`, () => {
      const given = { ...OPTIONS, ...options } as unknown as JsonObject;
      expect(() => pruningPasses['pruning/train']?.(given, () => [])).to.throw(says);
    });
  }

  it('refuses blocks, norms and axes that are none, before the first step', async () => {
    for (const method of [
      { kind: 'blocks', block: [0, 2] },
      { kind: 'blocks', pooling: 'median' },
      { kind: 'channels', n: 'two' },
      { kind: 'channels', axis: 'rows' },
      { kind: 'nOfM', pattern: '2:4', axis: 0.5 },
    ]) {
      const options = { ...TRAINING, schedule: { kind: 'constant', to: 0.5 }, method };
      const pass = pruneWhileTrainingPass(options as unknown as PruneWhileTrainingPassOptions);
      const error = await expectCode('argument/invalid', () => run([pass]));
      expect(error.message, JSON.stringify(method)).to.match(/pruneWhileTraining: method\.\w+: expected/);
    }
  });
});
