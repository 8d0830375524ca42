import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { GraphBuilder, loadModel } from '@tfjs-optimize/core';
import { expectCode, nets, tempFolder } from '@tfjs-optimize/testing';
import { saveSavedModel } from '../../src/index.js';
import { largeMatrices } from '../../src/saved-model/matrices.js';
import { saveWithin } from '../../src/saved-model/save.js';
import { expectSameAnswers } from '../support/expect.js';
import { drawInputs } from '../support/inputs.js';
import { needPython, runInPython } from '../support/python.js';
import { answersOfModel, answersOfSaved, needNode } from '../support/saved-model.js';

const seed = 7;

describe('SavedModels with variables', () => {
  beforeEach(() => tf.setBackend('wasm'));

  it('answer as in TensorFlow.js after their checkpoint is restored', async function () {
    const node = await needNode(this);
    const model = await loadModel(nets.residual({ seed }));
    const inputs = drawInputs(model, { unknown: [1, 3], seed });
    const folder = path.join(tempFolder(), 'saved');
    const saved = await answersOfSaved(node, model, folder, inputs, { weights: 'variables' });
    expectSameAnswers(model, saved, await answersOfModel(model, inputs, 'wasm'));
    tf.dispose(inputs);
  });

  for (const norms of ['layer', 'arithmetic'] as const) {
    it(`answer as in TensorFlow.js with norms of ${norms === 'layer' ? 'tf.layers' : 'arithmetic'}`, async function () {
      const node = await needNode(this);
      const model = await loadModel(nets.bert({ length: 8, hidden: 32, heads: 2, blocks: 1, norms, seed }));
      const inputs = drawInputs(model, { unknown: [1, 3], seed });
      const folder = path.join(tempFolder(), 'saved');
      const saved = await answersOfSaved(node, model, folder, inputs, { weights: 'variables' });
      expectSameAnswers(model, saved, await answersOfModel(model, inputs, 'wasm'));
      tf.dispose(inputs);
    });
  }

  it("are restored by Python's tf.saved_model.load, each variable once", async function () {
    this.timeout(120_000);
    const python = needPython(this);
    const model = await loadModel(nets.lenet({ seed }));
    const inputs = drawInputs(model, { unknown: [1, 3], seed });
    const folder = path.join(tempFolder(), 'saved');
    await saveSavedModel(model, folder, { weights: 'variables' });
    const [found] = runInPython(python, [{ path: folder, inputs }]);
    expectSameAnswers(model, found?.answers ?? [], await answersOfModel(model, inputs, 'wasm'));
    // Kernels of two convolutions and three dense layers.
    expect(found?.variables).to.equal(5);
    tf.dispose(inputs);
  });

  it('are what weights above the limit become', async () => {
    const model = await loadModel(nets.mlp({ seed }));
    const files = async (usual: number): Promise<string[]> => {
      const result = await saveWithin(model, path.join(tempFolder(), 'saved'), {}, { usual, most: 2 ** 31 });
      return result.files.map(({ path }) => path);
    };
    const bytes = [...model.weights].reduce((sum, [, weight]) => sum + 4 * weight.size, 0);
    expect(await files(bytes)).to.deep.equal(['saved_model.pb']);
    expect(await files(bytes - 1)).to.deep.equal([
      'saved_model.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ]);
  });

  it('are large matrices of products, unless told, and nothing else', async () => {
    const b = new GraphBuilder();
    const matrix = (name: string, rows: number, columns: number): string =>
      b.constant(name, new Float32Array(rows * columns), [rows, columns]);
    const x = b.input('x', [-1, 512]);
    const shared = matrix('shared', 512, 512);
    b.output(b.op('MatMul', [x, matrix('large', 512, 512)]), 'large_product');
    b.output(b.op('MatMul', [x, matrix('small', 512, 511)]), 'small_product');
    b.output(b.op('MatMul', [x, shared]), 'shared_product');
    b.output(b.op('MatMul', [matrix('left', 512, 512), shared]), 'sides');
    b.output(b.op('AddV2', [x, b.op('Relu', [shared])]), 'sum');
    b.output(b.op('GatherV2', [matrix('table', 2048, 128), b.ints([1]), b.ints(0)]), 'row');
    const { graph, weights, signature } = b.build();
    expect([...largeMatrices({ graph, weights, signature })]).to.deep.equal(['large', 'table']);
  });

  it('are what more constants than one file can hold must become', async () => {
    const model = await loadModel(nets.mlp({ seed }));
    const error = await expectCode('native/size', () =>
      saveWithin(model, path.join(tempFolder(), 'saved'), { weights: 'constants' }, { usual: 1, most: 1000 }),
    );
    expect(error.message).to.match(
      /^weights: expected at most 1000 bytes of constants, got \d+\. Save them with/,
    );
  });
});
