import '@tfjs-optimize/wasm';
import { loadModel, optimize, toArtifacts, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import { nets, sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { useEngine } from './support/tester.js';

/** Fuses layer norms and GELUs, and holds outputs on wasm and on cpu against those before. */
async function tryBlocks(
  before: Model,
  x: tf.Tensor,
  wanted: Readonly<Record<string, number>>,
): Promise<void> {
  const { model: plain } = await optimize(before, inference(), { seed: 1 });
  const { model: fused } = await optimize(plain, fuseNorms(), { seed: 1 });
  const ops = [...fused.graph].map(({ op }) => op);
  for (const [op, count] of Object.entries(wanted)) {
    expect(ops.filter((each) => each === op).length, op).to.equal(count);
  }
  const [a, b] = await Promise.all(
    [plain, fused].map((model) => tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)))),
  );
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const [one, other] = [a, b].map((graph) => (graph as tf.GraphModel).execute(x) as tf.Tensor);
    const difference = tf.tidy(
      () => tf.max(tf.abs(tf.sub(one as tf.Tensor, other as tf.Tensor))).dataSync()[0],
    );
    const size = tf.tidy(() => tf.max(tf.abs(one as tf.Tensor)).dataSync()[0]);
    expect(difference, backend).to.be.lessThan(1e-5 * Math.max(1, size as number));
    tf.dispose([one, other]);
  }
  [a, b].forEach((graph) => graph?.dispose());
}

describe('fuseNorms', () => {
  before(useEngine);
  after(() => tf.setBackend('wasm'));

  for (const norms of ['layer', 'arithmetic'] as const) {
    it(`makes one op of each layer norm and GELU of a BERT, norms as ${norms}`, async () => {
      const layers = nets.bert({ hidden: 16, heads: 2, blocks: 2, length: 5, norms, seed: 1 });
      const x = nets.uniformTensor([2, 5, 16], 1);
      await tryBlocks(traceLayersModel(layers), x, {
        TfjsOptimizeLayerNorm: 5,
        TfjsOptimizeGelu: 2,
        Mean: 0,
        Erf: 0,
        Tile: 0,
      });
      tf.dispose(x);
      layers.dispose();
    });
  }

  it('takes the GELU of stock layers', async () => {
    const layers = nets.transformer({ seed: 1, blocks: 1 });
    const x = nets.uniformTensor([1, 8, 16], 1);
    await tryBlocks(traceLayersModel(layers), x, { TfjsOptimizeLayerNorm: 3, TfjsOptimizeGelu: 1, Erf: 0 });
    tf.dispose(x);
    layers.dispose();
  });

  it('takes the layer norms of a real language model', async function () {
    const folder = sharedDir('data', 'models', 'transformer-lm-uint8-graph');
    if (folder === undefined) return this.skip();
    const x = tf.tensor2d([[17]], [1, 1], 'int32');
    const model = await loadModel(path.join(folder, 'model.json'));
    await tryBlocks(model, x, { TfjsOptimizeLayerNorm: 24 });
    x.dispose();
  });
});
