import * as tf from '@tensorflow/tfjs';
import {
  fileHandler,
  filesOf,
  GraphBuilder,
  loadModel,
  savedBytes,
  saveModel,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';
import { gzipSync } from 'node:zlib';
import { costByLayer } from '../../src/cost/index.js';
import { COST } from '../../src/record/cost.js';

const CONV = { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };

/** x [n, 4, 6, 2] → 3 × 3 convolution to 5 channels → reshape → matrix product with half zeros. */
function small(): Model<'float'> {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 4, 6, 2]);
  const filter = b.constant('block/conv/filter', new Float32Array(90).fill(1), [3, 3, 2, 5]);
  const conv = b.op('Conv2D', [x, filter], CONV, 'block/conv/Conv2D');
  const flat = b.op('Reshape', [conv, b.ints([-1, 120])], {}, 'block/flat/Reshape');
  const kernel = b.constant(
    'block/dense/kernel',
    Float32Array.from({ length: 240 }, (_, i) => i % 2),
    [120, 2],
  );
  return b.output(b.op('MatMul', [flat, kernel], {}, 'block/dense/MatMul')).build();
}

describe('costByLayer', () => {
  before(() => tf.setBackend('cpu'));

  it('counts by node and by layer', async () => {
    const model = small();
    const found = await costByLayer(model);
    expect(v.is(COST, found)).to.equal(true);
    const convMacs = 4 * 6 * 5 * 9 * 2;
    const [conv, flat, dense] = found.layers;
    expect(found.layers.map(({ name, ops }) => [name, ops])).to.deep.equal([
      ['conv', ['Conv2D']],
      ['flat', ['Reshape']],
      ['dense', ['MatMul']],
    ]);
    expect(conv).to.include({ parameters: 90, nonZeroParameters: 90, sparsity: 0, macs: convMacs });
    expect(dense).to.include({ parameters: 240, nonZeroParameters: 120, sparsity: 0.5, macs: 240 });
    expect(flat).to.include({ parameters: 0, nonZeroParameters: 0, macs: 0, flops: 0, movedBytes: 0 });
    expect(flat).not.to.have.any.keys('sparsity', 'intensity');
    // Input 48 values, filter 90, output 120, of 4 bytes each.
    expect(conv?.movedBytes).to.equal(4 * (48 + 90 + 120));
    expect(conv?.intensity).to.equal((2 * convMacs) / (4 * (48 + 90 + 120)));
    expect(dense?.movedBytes).to.equal(4 * (120 + 240 + 2));
    expect(found.nodes.map(({ layer, op }) => [layer, op])).to.deep.equal([
      ['x', 'Placeholder'],
      ['conv', 'Conv2D'],
      ['flat', 'Reshape'],
      ['dense', 'MatMul'],
    ]);
    expect(found).to.include({ parameters: 330, nonZeroParameters: 210, macs: convMacs + 240, nodeCount: 7 });
    // The input is kept while the convolution is made; its output is what the reshape shares.
    expect([found.peakActivationBytes, found.peakNode]).to.deep.equal([
      4 * (48 + 120 + 2),
      'block/dense/MatMul',
    ]);
    model.dispose();
  });

  it('agrees in its sums: nodes, layers and totals', async () => {
    const layers = nets.residual({ seed: 1 });
    const found = await costByLayer(layers);
    layers.dispose();
    for (const key of ['parameters', 'nonZeroParameters', 'macs', 'flops'] as const) {
      expect(
        found.layers.reduce((sum, layer) => sum + layer[key], 0),
        key,
      ).to.equal(found[key]);
    }
    for (const key of ['parameters', 'macs', 'flops', 'activationBytes'] as const) {
      expect(
        found.nodes.reduce((sum, node) => sum + node[key], 0),
        key,
      ).to.equal(found[key]);
    }
    for (const key of ['stored', 'gzip', 'memory'] as const) {
      expect(
        found.layers.reduce((sum, layer) => sum + layer.weightBytes[key], 0),
        key,
      ).to.equal(found.weightBytes[key]);
    }
  });

  it('counts the files that a model was loaded from, until a pass changes it', () =>
    withTempFolder(async (folder) => {
      const layers = nets.lenet({ seed: 1 });
      const place = path.join(folder, 'layers');
      await layers.save(fileHandler(place));
      const bytes = fs.readdirSync(place).map((name) => fs.readFileSync(path.join(place, name)));
      const all = bytes.reduce((sum, { length }) => sum + length, 0);
      const gzip = bytes.reduce((sum, each) => sum + gzipSync(each).length, 0);
      const model = await loadModel(place);
      const found = await costByLayer(model);
      expect([found.files, found.fileBytes, found.gzipBytes]).to.deep.equal(['loaded', all, gzip]);
      expect((await filesOf(model)).bytes).to.equal(all);
      const changed = await costByLayer(model.with({ weights: model.weights }));
      expect([changed.files, changed.fileBytes]).to.deep.equal(['saving', savedBytes(model)]);
      const told = await costByLayer(layers, undefined, { location: place });
      expect([told.files, told.fileBytes, told.gzipBytes]).to.deep.equal(['loaded', all, gzip]);
      await expectCode('io/not-found', () => costByLayer(layers, undefined, { location: `${place}-not` }));
      fs.rmSync(path.join(place, 'model.json'));
      expect((await costByLayer(model)).files, 'gone meanwhile').to.equal('saving');
      model.dispose();
    }));

  it('counts the files that are saved, each compressed by itself', () =>
    withTempFolder(async (folder) => {
      const layers = nets.lenet({ seed: 1 });
      const model = await loadModel(layers);
      const found = await costByLayer(model);
      const { files } = await saveModel(model, path.join(folder, 'model'));
      const gzip = files.map(
        (file) => gzipSync(fs.readFileSync(path.join(folder, 'model', file.path))).length,
      );
      expect(files).to.have.length(2);
      expect(found.fileBytes).to.equal(files.reduce((sum, { bytes }) => sum + bytes, 0));
      expect(found.gzipBytes).to.equal(gzip.reduce((sum, bytes) => sum + bytes, 0));
      const dense = model.weights.need('dense_0/kernel');
      const bias = model.weights.need('dense_0/bias');
      const shape = model.weights.need('dense_0/Reshape/shape');
      const bytes = [dense, bias, shape].map((weight) => weight.bytes);
      expect(found.layers.find(({ name }) => name === 'dense_0')?.weightBytes).to.deep.equal({
        stored: bytes.reduce((sum, each) => sum + each.byteLength, 0),
        memory: bytes.reduce((sum, each) => sum + each.byteLength, 0),
        gzip: gzipSync(Buffer.concat(bytes)).length,
      });
      model.dispose();
      layers.dispose();
    }));

  it('moves only what a gather or a slice picks, and nothing for shapes and identities', async () => {
    const b = new GraphBuilder();
    const table = b.constant('table', new Float32Array(4000).fill(1), [1000, 4]);
    const rows = b.op('GatherV2', [table, b.input('rows', [2], 'int32'), b.ints(0)], {}, 'gather');
    const twice = b.op('Mul', [rows, rows], {}, 'square');
    const same = b.op('Identity', [twice], {}, 'same');
    const model = b.output(b.op('ZerosLike', [same], {}, 'zeros')).build();
    const { nodes } = await costByLayer(model);
    expect(Object.fromEntries(nodes.map(({ name, movedBytes }) => [name, movedBytes]))).to.deep.equal({
      rows: 0,
      // 8 values in, 8 out, 2 indices and the axis.
      gather: 4 * (8 + 8 + 2 + 1),
      // One input, read once.
      square: 4 * (8 + 8),
      same: 0,
      zeros: 4 * 8,
    });
    model.dispose();
  });

  it('takes batches of a sample, and leaves no tensors behind', async () => {
    const layers = nets.mlp({ seed: 1 });
    const x = tf.ones([3, 16]);
    const one = await costByLayer(layers);
    const three = await costByLayer(layers, x);
    expect(three.macs).to.equal(3 * one.macs);
    expect(three.parameters).to.equal(one.parameters);
    await expectNoLeak(() => costByLayer(layers, x));
    x.dispose();
    layers.dispose();
  });

  it('tells no intensity of a layer with work that it cannot count', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [3, 4]);
    const y = b.op('Relu', [x], {}, 'odd/Relu');
    const z = b.op(
      'Where',
      [b.op('Greater', [y, b.constant('zero', new Float32Array(1), [])], {}, 'odd/Greater')],
      {},
      'odd/Where',
    );
    const model = b.output(z).build();
    const found = await costByLayer(model, tf.ones([3, 4]));
    const uncounted = found.nodes.filter((node) => node.uncounted !== undefined);
    const [odd] = found.layers.filter(({ ops }) => ops.includes('Where'));
    expect(odd?.ops).to.include('Where');
    expect(odd).not.to.have.property('intensity');
    expect(
      uncounted.map(({ op }) => op),
      'its work depends on values',
    ).to.deep.equal(['Where']);
    model.dispose();
  });

  it('asks for a sample where sizes are open, and suggests one', async () => {
    const cases: readonly (readonly [number[] | undefined, string])[] = [
      [[-1, -1, -1, 3], '--shape x=1,224,224,3'],
      [[-1, -1], '--shape x=1,16'],
      [[-1, -1, 64], '--shape x=1,16,64'],
      [undefined, '--shape x=1,8'],
    ];
    for (const [shape, advice] of cases) {
      const b = new GraphBuilder();
      const made = b.output(b.op('Relu', [b.input('x', shape ?? [-1])], {}, 'y')).build();
      const inputs = made.signature.inputs.map((port) => ({ ...port, shape }));
      const model = made.with({ signature: { ...made.signature, inputs } });
      const error = await expectCode('model/input', () => costByLayer(model));
      expect(error.message).to.include(advice);
    }
  });

  it('refuses functions, samples that do not fit, and stops when asked to', async () => {
    const model = small();
    const fn = (() => tf.ones([1])) as unknown as Model;
    await expectCode('argument/invalid', () => costByLayer(fn));
    const wrong = tf.ones([1, 4]);
    await expectCode('model/input', () => costByLayer(model, wrong));
    wrong.dispose();
    await expectCode('aborted', () => costByLayer(model, undefined, { signal: AbortSignal.abort() }));
    const stop = new AbortController();
    const progress = (): void => stop.abort();
    await expectCode('aborted', () => costByLayer(model, undefined, { signal: stop.signal, progress }));
    model.dispose();
  });
});
