import { atRunTime, handleRule, one, scalar, staticRule } from '../shapes/basic.js';
import type { DecisionForestOp, HashTableOp } from './names.js';
import type { OpFamily } from './row.js';
import { handle, ignored, maybe, need, never, noWork, opt, rest, tensor, workAtRunTime } from './spec.js';

/* Hash tables and decision forests: things that a graph refers to by a handle. */

const table = {
  category: 'hash table',
  outputs: 1,
  attrs: {},
  traits: ['stateful', 'async'],
  work: noWork,
  fold: never('reads or writes a table outside the graph'),
} as const;

const create = {
  ...table,
  inputs: [],
  attrs: {
    shared_name: opt('string'),
    use_node_name_sharing: opt('bool'),
    key_dtype: need('type'),
    value_dtype: need('type'),
  },
  shape: handleRule,
} as const;

const fill = {
  ...table,
  inputs: [handle('tableHandle'), tensor('keys'), tensor('values')],
  traits: ['stateful', 'async', 'sideEffect'],
  shape: handleRule,
} as const;

const fillV1 = { ...fill, attrs: { Tin: ignored('type'), Tout: ignored('type') } } as const;

const find = {
  ...table,
  inputs: [handle('tableHandle'), tensor('keys'), tensor('defaultValue')],
  attrs: { Tin: ignored('type'), Tout: ignored('type') },
  shape: staticRule('that of the keys', (view) => one(view.shape(1), view.type('Tout') ?? view.dtype(2))),
} as const;

const size = { ...table, inputs: [handle('tableHandle')], shape: scalar('int32') } as const;

export const hashTables = {
  HashTable: create,
  HashTableV2: create,
  InitializeTable: fill,
  InitializeTableV2: fill,
  LookupTableImport: fillV1,
  LookupTableImportV2: fillV1,
  LookupTableFind: find,
  LookupTableFindV2: find,
  LookupTableSize: size,
  LookupTableSizeV2: size,
} as const satisfies OpFamily<HashTableOp>;

const forest = {
  category: 'decision forest',
  attrs: {},
  traits: ['stateful', 'async'],
  work: workAtRunTime('runs outside TensorFlow.js'),
  fold: never('runs outside TensorFlow.js'),
  shape: atRunTime('runs outside TensorFlow.js'),
  notes: 'Runs only with @tensorflow/tfjs-tfdf.',
} as const;

export const decisionForests = {
  SimpleMLCreateModelResource: { ...forest, inputs: [], outputs: 1 },
  SimpleMLLoadModelFromPathWithHandle: {
    ...forest,
    inputs: [maybe(handle('model')), rest('args')],
    outputs: 1,
  },
  SimpleMLInferenceOpWithHandle: { ...forest, inputs: [rest('features')], outputs: 2 },
} as const satisfies OpFamily<DecisionForestOp>;
