import { ranks, same } from '../shapes/basic.js';
import { one, partialRule } from '../shapes/basic.js';
import { topK } from '../shapes/join.js';
import { ANY, anyShape, normalAxis, withSize } from './dims.js';
import type { DynamicOp, EvaluationOp } from './names.js';
import type { OpFamily } from './row.js';
import {
  byDefault,
  foldByRunning,
  ignored,
  never,
  number,
  opt,
  sizes,
  tensor,
  workAtRunTime,
} from './spec.js';

const DEPENDS = 'how many there are depends on the values';
const evaluating = {
  category: 'evaluation',
  outputs: 1,
  traits: [],
  attrs: {},
  work: workAtRunTime('comparisons; how many depends on the values'),
  fold: foldByRunning,
} as const;

const unique = {
  ...evaluating,
  inputs: [tensor('x')],
  outputs: 2,
  shape: partialRule('unique slices; [size along the axis]', DEPENDS, (view) => {
    const shape = view.shape(0);
    const axis = shape && normalAxis(view.inputs.length > 1 ? (view.number(1) ?? ANY) : 0, shape.length);
    const isKnown = view.inputs.length < 2 || view.number(1) !== undefined;
    return [
      {
        shape:
          axis === undefined || !isKnown
            ? shape && anyShape(shape.length)
            : shape && withSize(shape, axis, ANY),
        dtype: view.dtype(0),
      },
      { shape: [axis === undefined || !isKnown ? ANY : (shape?.[axis] ?? ANY)], dtype: 'int32' },
    ];
  }),
} as const;

const bound = {
  ...evaluating,
  inputs: [tensor('sortedSequence'), tensor('values')],
  shape: same('int32', 1),
} as const;

export const evaluation = {
  LowerBound: bound,
  UpperBound: bound,
  TopKV2: {
    ...evaluating,
    inputs: [tensor('x'), sizes('k')],
    attrs: { sorted: opt('bool') },
    outputs: 2,
    shape: topK,
  },
  Unique: unique,
  UniqueV2: { ...unique, inputs: [tensor('x'), sizes('axis')] },
} as const satisfies OpFamily<EvaluationOp>;

const dynamic = {
  category: 'dynamic',
  outputs: 1,
  traits: ['async'],
  attrs: {},
  work: workAtRunTime('comparisons; how many depends on the values'),
  fold: never('its shape depends on values'),
} as const;

const suppression = [
  tensor('boxes'),
  tensor('scores'),
  number('maxOutputSize'),
  number('iouThreshold'),
] as const;
const boxIndices = { shape: [ANY], dtype: 'int32' } as const;

export const dynamicOps = {
  ListDiff: {
    ...dynamic,
    inputs: [tensor('x'), tensor('y')],
    outputs: 2,
    shape: partialRule('two vectors of one length', DEPENDS, (view) => [
      { shape: [ANY], dtype: view.dtype(0) },
      { shape: [ANY], dtype: 'int32' },
    ]),
  },
  NonMaxSuppressionV2: { ...dynamic, inputs: suppression, shape: ranks(DEPENDS, '[boxes kept]', boxIndices) },
  NonMaxSuppressionV3: {
    ...dynamic,
    inputs: [...suppression, number('scoreThreshold')],
    shape: ranks(DEPENDS, '[boxes kept]', boxIndices),
  },
  NonMaxSuppressionV4: {
    ...dynamic,
    inputs: [...suppression, number('scoreThreshold')],
    attrs: { pad_to_max_output_size: byDefault('bool', false), T_threshold: ignored('type') },
    outputs: 2,
    shape: ranks(DEPENDS, '[boxes kept] and a scalar', boxIndices, { shape: [], dtype: 'int32' }),
  },
  NonMaxSuppressionV5: {
    ...dynamic,
    inputs: [...suppression, number('scoreThreshold'), number('softNmsSigma')],
    attrs: { pad_to_max_output_size: ignored('bool') },
    outputs: 2,
    shape: ranks(DEPENDS, '[boxes kept], twice', boxIndices, { shape: [ANY], dtype: 'float32' }),
    notes: 'Stock TensorFlow.js makes the first two of the three outputs of TensorFlow.',
  },
  Where: {
    ...dynamic,
    inputs: [tensor('condition')],
    shape: partialRule('[true elements, rank]', DEPENDS, (view) =>
      one([ANY, view.shape(0)?.length ?? ANY], 'int32'),
    ),
  },
} as const satisfies OpFamily<DynamicOp>;
