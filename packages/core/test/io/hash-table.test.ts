import * as tf from '@tensorflow/tfjs';
import { loadModel, saveModel, toArtifacts, Weight } from '@tfjs-optimize/core';
import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import { fileHandler } from '../../src/io/file-handler.js';
import { encodeValues } from '../../src/io/encoding.js';

/** A model that looks words up in a table: two words have numbers, all others get -1. */
function lookupArtifacts(): tf.io.ModelArtifacts {
  const type = (name: string): object => ({ type: name });
  const keyTypes = { Tin: type('DT_STRING'), Tout: type('DT_INT32') };
  const keys = encodeValues(['apple', 'päron'], 'string');
  const values = new Uint8Array(Int32Array.of(7, 9).buffer);
  const missing = new Uint8Array(Int32Array.of(-1).buffer);
  const data = new Uint8Array(keys.length + values.length + missing.length);
  data.set(keys);
  data.set(values, keys.length);
  data.set(missing, keys.length + values.length);
  const constNode = (name: string, dtype: string): object => ({
    name,
    op: 'Const',
    attr: { dtype: type(dtype) },
  });
  const table = {
    name: 'table',
    op: 'HashTableV2',
    attr: { key_dtype: type('DT_STRING'), value_dtype: type('DT_INT32') },
  };
  return {
    format: 'graph-model',
    modelTopology: {
      node: [
        { name: 'words', op: 'Placeholder', attr: { dtype: type('DT_STRING') } },
        { name: 'handle', op: 'Placeholder', attr: { dtype: type('DT_RESOURCE') } },
        constNode('missing', 'DT_INT32'),
        { name: 'found', op: 'LookupTableFindV2', input: ['handle', 'words', 'missing'], attr: keyTypes },
      ],
      versions: {},
    },
    signature: {
      inputs: {
        words: { name: 'words:0', dtype: 'DT_STRING', tensorShape: { dim: [{ size: '-1' }] } },
        handle: { name: 'handle:0', dtype: 'DT_RESOURCE', resourceId: 5 },
      },
      outputs: { found: { name: 'found:0', dtype: 'DT_INT32' } },
    },
    modelInitializer: {
      node: [
        table,
        constNode('keys', 'DT_STRING'),
        constNode('values', 'DT_INT32'),
        { name: 'import', op: 'LookupTableImportV2', input: ['table', 'keys', 'values'], attr: keyTypes },
        { name: 'ready', op: 'Identity', input: ['table', '^import'] },
      ],
      versions: {},
    },
    initializerSignature: { outputs: { ready: { name: 'ready:0', dtype: 'DT_RESOURCE', resourceId: 5 } } },
    weightSpecs: [
      { name: 'keys', shape: [2], dtype: 'string' },
      { name: 'values', shape: [2], dtype: 'int32' },
      { name: 'missing', shape: [], dtype: 'int32' },
    ],
    weightData: data.buffer,
  };
}

async function lookUp(handler: tf.io.IOHandler, words: string[]): Promise<number[]> {
  const model = await tf.loadGraphModel(handler);
  const input = tf.tensor1d(words);
  const output = (await model.executeAsync(input)) as tf.Tensor;
  const numbers = Array.from(output.dataSync());
  tf.dispose([input, output]);
  model.dispose();
  return numbers;
}

describe('a model with a hash table', () => {
  it('keeps its initializer through load and save', () =>
    withTempFolder(async (folder) => {
      const given = lookupArtifacts();
      const words = ['päron', 'plum', 'apple'];
      expect(await lookUp(tf.io.fromMemory(given), words), 'before').to.deep.equal([9, -1, 7]);
      const model = await loadModel(given);
      const out = path.join(folder, 'out');
      await saveModel(model, out);
      expect(await lookUp(fileHandler(out), words)).to.deep.equal([9, -1, 7]);
      const again = await loadModel(out);
      expect(toArtifacts(again)).to.deep.equal(toArtifacts(model));
      expect(again.weights.need('keys').values()).to.deep.equal(['apple', 'päron']);
      expect(again.weights.need('values')).to.be.instanceOf(Weight);
    }));

  it('asks its user for the words alone, not for the table', async () => {
    const model = await loadModel(lookupArtifacts());
    expect(model.signature.inputs.map(({ key }) => key)).to.deep.equal(['words']);
    expect(model.graph.has('handle')).to.equal(true);
  });
});
