import {
  loadModel,
  makeContext,
  type Model,
  optimize,
  parseRecipe,
  passesOf,
  recipeOf,
  renameNodes,
  restoreFacts,
  runPass,
  saveModel,
  stringifyRecipe,
  traceLayersModel,
  Weight,
} from '@tfjs-optimize/core';
import { expectCode, nets, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import {
  l1Unstructured,
  maskPass,
  masksFact,
  nmStructured,
  pruningPasses,
  remove,
  removePass,
  sparsity,
  storageReport,
  type MaskPassName,
  type MaskPassOptions,
} from '../../src/index.js';

const traced = (seed = 1): Model<'float'> => traceLayersModel(nets.residual({ seed }));
const zerosOf = (model: Model, name: string): number =>
  [...model.weights.need(name).numbers()].filter((value) => value === 0).length;

describe('masks as a fact', () => {
  it('follow new names, and are saved with the model and restored', async () => {
    const { model, masks } = nmStructured(traced(), '2:4');
    const renamed = renameNodes(model, new Map([['conv_0/kernel', 'other']]));
    expect(renamed.facts.get(masksFact)?.get('other')).to.equal(masks.get('conv_0/kernel'));
    await withTempFolder(async (folder) => {
      await saveModel(model, path.join(folder, 'model'));
      const read = restoreFacts(await loadModel(path.join(folder, 'model')), [masksFact]);
      expect([...(read.facts.get(masksFact) ?? [])]).to.deep.equal([...masks]);
    });
    const json = masksFact.toJson?.(masks) ?? null;
    for (const wrong of [
      null,
      { a: 1 },
      { a: { shape: [4], kept: 'AAAA' } },
      { a: { shape: [-1], kept: '' } },
      { a: { shape: [1], kept: '*' } },
    ]) {
      await expectCode('pruning/mask', () => masksFact.fromJson?.(wrong));
    }
    expect([...(masksFact.fromJson?.(json) ?? [])]).to.deep.equal([...masks]);
  });

  it('are checked: a weight that came back to life, lost its shape or is gone breaks them', () => {
    const { model, masks } = l1Unstructured(traced(), 0.5, { layers: ['conv_0'] });
    const wrong = (weight: Weight | undefined): string =>
      masksFact
        .check(model.with({ weights: model.weights.with(new Map([['conv_0/kernel', weight]])) }), masks)
        .map(({ message }) => message)
        .join();
    expect(wrong(Weight.of(new Float32Array(216).fill(1), [3, 3, 3, 8]))).to.match(
      /element \d+ is 1, and pruned/,
    );
    expect(wrong(Weight.of(new Float32Array(216), [27, 8]))).to.include(
      'a mask of shape [3,3,3,8], not [27,8]',
    );
    expect(wrong(undefined)).to.include('not there');
  });

  it('end when they are made permanent; the zeros stay', () => {
    const { model } = l1Unstructured(traced(), 0.5);
    const permanent = remove(model);
    expect(permanent.facts.has(masksFact)).to.equal(false);
    expect(sparsity(permanent)).to.include({ zeros: sparsity(model).zeros, pruned: 0 });
    expect(remove(permanent)).to.equal(permanent);
  });
});

describe('what pruning reports', () => {
  it('sparsity by weight and in all, as a table', () => {
    const layers = nets.mlp({ seed: 1, widths: [4, 6, 2] });
    const { model } = l1Unstructured(layers, 0.5, { layers: ['dense_0'] });
    expect(sparsity(model).text()).to.equal(
      [
        'layer    weight          size  zeros  sparsity  by masks',
        'dense_0  dense_0/kernel    24     12    50.0 %        12',
        'dense_1  dense_1/kernel    12      0     0.0 %',
        'all                        36     12    33.3 %        12',
      ].join('\n'),
    );
    layers.dispose();
  });

  it('storage: gzip gains from zeros, files do not', async () => {
    const before = traced();
    const pruned = remove(l1Unstructured(before, 0.9).model);
    const report = await storageReport(pruned, { before });
    expect(report.after.files).to.equal(report.before?.files);
    expect(report.after.gzip).to.be.below(report.before?.gzip as number);
    expect(report.text())
      .to.include('speed up nothing')
      .and.match(/gzip +[\d.]+ kB/i);
    await expectCode('argument/invalid', () => storageReport('a path' as unknown as Model));
    await expectCode('aborted', () => storageReport(pruned, { signal: AbortSignal.abort() }));
  });
});

describe('passes of masks', () => {
  const options: MaskPassOptions = {
    'pruning/l1-unstructured': { amount: 0.5 },
    'pruning/random-unstructured': { amount: 0.5 },
    'pruning/global-unstructured': { amount: { fraction: 0.5 } },
    'pruning/threshold': { threshold: 0.1 },
    'pruning/magnitude': { sparsity: 0.5 },
    'pruning/ln-structured': { amount: 0.5, axis: 'output' },
    'pruning/random-structured': { amount: 0.5 },
    'pruning/n-of-m': { pattern: '2:4' },
    'pruning/blocks': { sparsity: 0.5, block: [2, 2] },
  };

  it('run from a recipe as the functions do, with masks that the runner checks', async () => {
    for (const name of Object.keys(options) as MaskPassName[]) {
      const pass = maskPass(name, options[name] as never);
      const text = stringifyRecipe(recipeOf([pass]));
      const [again] = passesOf(parseRecipe(text), pruningPasses);
      const result = await optimize(traced(), [again as never], { seed: 5 });
      expect(result.model.facts.has(masksFact), name).to.equal(true);
      expect(sparsity(result.model).pruned, name).to.be.above(0);
    }
  });

  it('leave layers out that guard takes from them', async () => {
    const pass = maskPass('pruning/l1-unstructured', { amount: 0.5 });
    const candidates = pass.narrow?.candidates(traced()) ?? [];
    expect(candidates).to.include('conv_0');
    const narrowed = pass.narrow?.without(['conv_0']);
    const { model } = await runPass(narrowed as typeof pass, traced(), makeContext({}));
    expect(zerosOf(model, 'conv_0/kernel')).to.equal(0);
  });

  it('end masks', async () => {
    const { model } = l1Unstructured(traced(), 0.5);
    const recipe = parseRecipe(stringifyRecipe(recipeOf([removePass()])));
    const [pass] = passesOf(recipe, pruningPasses);
    const done = await runPass(pass as never, model as never, makeContext({}));
    expect(done.changed).to.equal(true);
    expect(done.model.facts.has(masksFact)).to.equal(false);
  });
});
