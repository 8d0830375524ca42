import {
  any,
  attr,
  attrIs,
  constant,
  decline,
  getAttr,
  op,
  oneOf,
  replaceBy,
  type Match,
  type Outcome,
  type Pattern,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { LAYER_NORM } from '../kernels/norm/layer-norm.js';
import { scalar } from './scalars.js';
import type { ShapeOf } from './shapes.js';
import { filled } from './vectors.js';

/** The same number everywhere. */
function all(value: number): Pattern {
  return oneOf(
    op('Fill', { inputs: [any(), scalar(value)] }),
    constant(
      undefined,
      (weight) =>
        Array.from(weight.numbers()).every((each) => each === value) || `is not ${value} throughout`,
    ),
  );
}

/**
 * The layer normalization of Keras 2 with an epsilon of 1.001e-5 or more, its default among them: a batch norm in
 * training over rows, which become its channels:
 *
 *     reshape(batchNorm(reshape(x, [1, rows, columns, 1]), 1, 0), shape of x) = layerNorm(x, 1, 0)
 *
 * TensorFlow.js has no batch norm in training and no channels in front, and computes NaN there; so this is the one rule
 * that mends a graph instead of keeping what stock TensorFlow.js makes of it.
 */
export function mendLayerNorm(shapeOf: ShapeOf): Rule {
  const rows = op('Reshape', { as: 'rows', inputs: [any('x'), any()] });
  return {
    name: 'mend-layer-norm',
    identity: 'reshape(batchNorm(reshape(x, [1, rows, columns, 1]), 1, 0), shape of x) = layerNorm(x, 1, 0)',
    pattern: op('Reshape', {
      inputs: [
        op(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'], {
          as: 'norm',
          inputs: [rows, all(1), all(0), any(), any()],
          attrs: { is_training: attrIs(true, true), data_format: attrIs('NCHW', 'NHWC') },
        }),
        any('shape'),
      ],
    }),
    apply: (match, context) => mend(match, context, shapeOf),
  };
}

function mend(match: Match, context: RuleContext, shapeOf: ShapeOf): Outcome {
  const x = match.value('x');
  const columns = shapeOf(x)?.at(-1);
  const [first, , third, fourth] = shapeOf(match.node('rows').name) ?? [];
  if (columns === undefined || columns < 1 || first !== 1 || third !== columns || fourth !== 1)
    return decline('normalizes something else than the rows of its input', match.node('rows'));
  const shape = context.producer(match.value('shape'));
  const isBack = shape.op === 'Shape' && shape.inputs[0] === x;
  if (!isBack && !isKnownAlike(shapeOf(x), shapeOf(match.root.name)))
    return decline('may have another shape than what is normalized');
  const { name } = match.root;
  const vectors = [
    filled(1, columns, `${name}/scale`, context),
    filled(0, columns, `${name}/offset`, context),
  ];
  return replaceBy(LAYER_NORM, [x, ...vectors], {
    T: attr.type('float32'),
    epsilon: attr.float(getAttr(match.node('norm'), 'epsilon', 'float') ?? 0.0001),
  });
}

/** Whether two shapes of equally many elements are the same: all sizes known but one, and in the same places. */
function isKnownAlike(a: readonly number[] = [], b: readonly number[] = []): boolean {
  return a.length > 0 && a.join() === b.join() && a.filter((size) => size < 0).length <= 1;
}
