import type * as tf from '@tensorflow/tfjs';
import { encodeValues } from '../../src/io/encoding.js';

/** A model that looks words up in a table: two words have numbers, all others get -1. */
export function lookupArtifacts(): tf.io.ModelArtifacts {
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
