import { one, partialRule, same, type TypeOf } from '../shapes/basic.js';
import { counted, oneHotRule } from '../shapes/join.js';
import { ofGivenShape } from '../shapes/reshape.js';
import { ANY } from './dims.js';
import type { CreationOp } from './names.js';
import type { OpFamily, OpRow } from './row.js';
import {
  byDefault,
  foldByRunning,
  ignored,
  need,
  never,
  noWork,
  number,
  opt,
  perOutput,
  sizes,
  tensor,
} from './spec.js';
import type { OpView } from './view.js';

const row = { category: 'creation', outputs: 1, traits: [], work: noWork, fold: foldByRunning } as const;

const random = {
  ...row,
  inputs: [sizes('shape')],
  traits: ['random'],
  work: perOutput(1),
  fold: never('random'),
} as const;

/** The type that an attribute names, or another one. */
const typeAttr =
  (name: string, otherwise: 'float32' | 'int32') =>
  (view: OpView): ReturnType<OpView['type']> =>
    view.type(name) ?? otherwise;

function filled(type: TypeOf) {
  return {
    ...row,
    inputs: [sizes('shape')],
    attrs: { T: opt('type') },
    shape: ofGivenShape(type),
  } as const satisfies OpRow;
}

export const creation = {
  Fill: { ...filled(typeAttr('T', 'float32')), inputs: [sizes('shape'), number('value')] },
  Ones: filled(typeAttr('T', 'float32')),
  Zeros: filled(typeAttr('T', 'float32')),
  OnesLike: {
    ...row,
    inputs: [tensor('x')],
    attrs: { dtype: opt('type') },
    traits: ['readsOnlyShape'],
    shape: same(),
    fold: { kind: 'shape' },
  },
  ZerosLike: {
    ...row,
    inputs: [tensor('x')],
    attrs: { T: opt('type') },
    traits: ['readsOnlyShape'],
    shape: same(),
    fold: { kind: 'shape' },
  },
  LinSpace: {
    ...row,
    inputs: [number('start'), number('stop'), sizes('num')],
    attrs: {},
    shape: partialRule('[num]', 'where num is computed', (view) => one([view.number(2) ?? ANY], 'float32')),
    work: perOutput(2),
  },
  Range: {
    ...row,
    inputs: [sizes('start'), sizes('stop'), sizes('step')],
    attrs: { Tidx: opt('type') },
    shape: counted,
    work: perOutput(1),
  },
  OneHot: {
    ...row,
    inputs: [tensor('indices'), sizes('depth'), number('onValue'), number('offValue')],
    attrs: { axis: ignored('int'), T: opt('type') },
    shape: oneHotRule(typeAttr('T', 'int32')),
    notes: 'Stock TensorFlow.js puts the new axis last, whatever axis says.',
  },
  RandomStandardNormal: {
    ...random,
    attrs: { seed: byDefault('int', 0), seed2: ignored('int'), dtype: opt('type') },
    shape: ofGivenShape(typeAttr('dtype', 'float32')),
  },
  RandomUniform: {
    ...random,
    attrs: {
      minval: byDefault('float', 0),
      maxval: byDefault('float', 1),
      dtype: opt('type'),
      seed: byDefault('int', 0),
      seed2: ignored('int'),
    },
    shape: ofGivenShape(typeAttr('dtype', 'float32')),
    notes: 'Stock TensorFlow.js does not use the seed.',
  },
  RandomUniformInt: {
    ...random,
    attrs: { minval: need('int'), maxval: need('int'), seed: byDefault('int', 0), seed2: ignored('int') },
    shape: ofGivenShape('int32'),
  },
  TruncatedNormal: {
    ...random,
    attrs: {
      means: byDefault('float', 0),
      stddev: byDefault('float', 1),
      seed: opt('int'),
      seed2: ignored('int'),
      dtype: opt('type'),
    },
    shape: ofGivenShape(typeAttr('dtype', 'float32')),
  },
  Multinomial: {
    ...random,
    inputs: [tensor('logits'), sizes('numSamples')],
    attrs: { seed: opt('int'), seed2: opt('int'), T: opt('type'), output_dtype: opt('type') },
    shape: partialRule('[...batch, samples]', 'where the number is computed', (view) => {
      const shape = view.shape(0);
      return one(shape && [...shape.slice(0, -1), view.number(1) ?? ANY], 'int32');
    }),
  },
} as const satisfies OpFamily<CreationOp>;
