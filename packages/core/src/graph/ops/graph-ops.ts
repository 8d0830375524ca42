import type { Node } from '../node.js';
import { one, passed, passedAll, staticRule } from '../shapes/basic.js';
import { elementCount, rankOf, shapeOf } from '../shapes/join.js';
import type { GraphOp } from './names.js';
import type { OpFamily } from './row.js';
import { byDefault, foldByRunning, foldByShape, ignored, never, noWork, opt, rest, tensor } from './spec.js';
import type { OpView } from './view.js';

const row = { category: 'graph', outputs: 1, attrs: {}, work: noWork } as const;
const asManyAsInputs = (node: Node): number => node.inputs.length;

const identity = {
  ...row,
  inputs: [tensor('x')],
  traits: ['elementwise', 'identity', 'view'],
  shape: passed,
  fold: foldByRunning,
} as const;

const shapeReader = {
  ...row,
  inputs: [tensor('x')],
  traits: ['readsOnlyShape'],
  fold: foldByShape,
} as const;

/** What a placeholder's own attributes say; {@link inferShapes} knows better where sizes are given. */
const declared = (view: OpView) => one(view.attr('shape', 'shape') ?? undefined, view.type('dtype'));

export const graphOps = {
  Placeholder: {
    ...row,
    inputs: [],
    attrs: { shape: opt('shape'), dtype: opt('type') },
    traits: ['source'],
    shape: staticRule('its shape attribute, or that of the sample', declared),
    fold: never('an input of the model'),
  },
  PlaceholderWithDefault: {
    ...row,
    inputs: [tensor('default')],
    attrs: { shape: opt('shape'), dtype: opt('type') },
    traits: ['source'],
    shape: staticRule('its shape attribute, or that of the sample', declared),
    fold: never('an input of the model'),
  },
  Const: {
    ...row,
    inputs: [],
    attrs: { dtype: ignored('type'), value: ignored('raw') },
    traits: ['source'],
    shape: staticRule('that of its weight', (view) => one(undefined, view.type('dtype'))),
    fold: never('a constant already'),
  },
  Identity: identity,
  Snapshot: identity,
  StopGradient: identity,
  IdentityN: {
    ...row,
    inputs: [rest('x')],
    outputs: asManyAsInputs,
    traits: ['elementwise'],
    shape: passedAll,
    fold: foldByRunning,
  },
  FakeQuantWithMinMaxVars: {
    ...row,
    inputs: [tensor('x'), rest('range', 'weight')],
    attrs: { min: opt('float'), max: opt('float'), num_bits: ignored('int'), narrow_range: ignored('bool') },
    traits: ['elementwise'],
    shape: passed,
    fold: foldByRunning,
    notes: 'Stock TensorFlow.js hands the input through without rounding it.',
  },
  Print: {
    ...row,
    inputs: [tensor('x'), rest('data')],
    attrs: { message: opt('string'), first_n: ignored('int'), summarize: byDefault('int', 3) },
    traits: ['view', 'sideEffect'],
    shape: passed,
    fold: never('prints'),
  },
  NoOp: {
    ...row,
    inputs: [],
    traits: ['control'],
    shape: staticRule('a scalar', () => one([], 'float32')),
    fold: never('makes no value in TensorFlow'),
  },
  Rank: { ...shapeReader, shape: rankOf },
  Shape: { ...shapeReader, attrs: { out_type: ignored('type') }, shape: shapeOf('int32') },
  ShapeN: {
    ...shapeReader,
    inputs: [rest('x')],
    outputs: asManyAsInputs,
    shape: shapeOf('float32'),
    notes: 'Stock TensorFlow.js makes float32 vectors.',
  },
  Size: { ...shapeReader, shape: elementCount },
} as const satisfies OpFamily<GraphOp>;
