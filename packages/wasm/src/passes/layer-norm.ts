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
import { plus, product, scalar, squared } from './scalars.js';
import { sameElements, type ShapeOf } from './shapes.js';
import { filled, vectorOf } from './vectors.js';

const X = any('x');
const SCALE = constant('scale');
const OFFSET = constant('offset');
const EPSILON = constant('epsilon', (weight) => {
  const [value] = weight.dtype === 'float32' && weight.size === 1 ? weight.numbers() : [];
  return (value !== undefined && value >= 0) || 'is not a number from 0 on';
});

function mean(of: Pattern, axes: string): Pattern {
  return op('Mean', { inputs: [of, constant(axes)], attrs: { keep_dims: attrIs(true, false) } });
}

const MEAN = mean(X, 'axes');
const CENTRED = op('Sub', { inputs: [X, MEAN] });
const VARIANCE = mean(
  oneOf(op('SquaredDifference', { inputs: [X, MEAN], anyOrder: true }), squared(CENTRED)),
  'axesOfVariance',
);
const SHIFTED = plus(VARIANCE, EPSILON);
const ROOT = oneOf(op('Sqrt', { inputs: [SHIFTED] }), op('Pow', { inputs: [SHIFTED, scalar(0.5)] }));
const INVERSE = oneOf(
  op('Rsqrt', { inputs: [SHIFTED] }),
  op('RealDiv', { inputs: [scalar(1), ROOT] }),
  op('Reciprocal', { inputs: [ROOT] }),
  op('Pow', { inputs: [SHIFTED, scalar(-0.5)] }),
);
const SCALED = product(INVERSE, SCALE);

/** As `tf.nn.batch_normalization` of Python writes it: x · r + (offset − mean · r). */
function distributed(r: Pattern): Pattern {
  const moved = product(MEAN, r);
  const negated = oneOf(op('Neg', { inputs: [moved] }), product(op('Neg', { inputs: [MEAN] }), r));
  return oneOf(
    plus(product(X, r), oneOf(op('Sub', { inputs: [OFFSET, moved] }), plus(negated, OFFSET), negated)),
    op('Sub', { inputs: [product(X, r), moved] }),
  );
}

/** (x − mean) · r; scale and offset behind it are taken by {@link scaleLayerNorm} and {@link shiftLayerNorm}. */
const DIRECT = oneOf(product(CENTRED, oneOf(SCALED, INVERSE)), op('RealDiv', { inputs: [CENTRED, ROOT] }));

/** Statistics repeated to the shape of what they normalize, in front of a batch norm, as `tf.layers` does it. */
const REPEATED = op(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'], {
  as: 'norm',
  inputs: [
    any('y'),
    repeated(SCALE),
    repeated(OFFSET),
    copied(MEAN, 'copies'),
    copied(VARIANCE, 'copiesOfVariance'),
  ],
  attrs: { is_training: attrIs(false, false) },
});

function repeated(vector: Pattern): Pattern {
  return op('Tile', { inputs: [oneOf(op('Reshape', { inputs: [vector, any()] }), vector), any()] });
}

function copied(statistic: Pattern, copies: string): Pattern {
  return op('Tile', { inputs: [statistic, any(copies)] });
}

/**
 * The normalization of each row along the last axis as one op:
 *
 *     (x − mean(x)) · scale / √(mean((x − mean(x))²) + ε) + offset = layerNorm(x, scale, offset)
 *
 * in the forms in which Keras' LayerNormalization and that of `tf.layers` become graphs, and in those of other exporters.
 */
export function fuseLayerNorm(shapeOf: ShapeOf): Rule {
  return {
    name: 'fuse-layer-norm',
    identity: '(x − mean) · scale / √(variance + ε) + offset = layerNorm(x, scale, offset)',
    pattern: oneOf(REPEATED, distributed(SCALED), distributed(INVERSE), DIRECT),
    apply: (match, context) => fuse(match, context, shapeOf),
  };
}

function fuse(match: Match, context: RuleContext, shapeOf: ShapeOf): Outcome {
  const shape = shapeOf(match.value('x'));
  const columns = shape?.at(-1);
  if (shape === undefined || columns === undefined || columns < 1)
    return decline('normalizes rows of unknown length');
  for (const name of ['axes', 'axesOfVariance']) {
    const axes = match.weight(name).numbers();
    const isLast = axes.length === 1 && (axes[0] === -1 || axes[0] === shape.length - 1);
    if (!isLast) return decline(`takes its mean along other axes than the last (${axes.join(', ')})`);
  }
  const x = match.has('norm') ? match.value('y') : match.value('x');
  if (x !== match.value('x')) {
    const isSame = shapeOf(x)?.at(-1) === columns && sameElements(x, match.value('x'), context);
    if (!isSame) return decline('normalizes another value than it takes the mean of');
  }
  for (const name of ['copies', 'copiesOfVariance']) {
    const copies: readonly (number | undefined)[] | undefined = match.has(name)
      ? context.type(match.value(name)).values
      : [columns];
    if (copies?.at(-1) !== columns || copies.slice(0, -1).some((each) => each !== 1))
      return decline('repeats its mean otherwise than along the last axis');
  }
  const rank = shape.length;
  if (match.has('epsilon') && match.weight('epsilon').shape.length > rank)
    return decline('adds an epsilon with more axes than x');
  const { name } = match.root;
  const scale = match.has('scale')
    ? vectorOf(match.value('scale'), columns, rank, context)
    : filled(1, columns, `${name}/scale`, context);
  const offset = match.has('offset')
    ? vectorOf(match.value('offset'), columns, rank, context)
    : filled(0, columns, `${name}/offset`, context);
  if (scale === undefined || offset === undefined)
    return decline('has a scale or offset that is not one number a column');
  const epsilon = match.has('norm')
    ? (getAttr(match.node('norm'), 'epsilon', 'float') ?? 0.001)
    : (match.weight('epsilon').numbers()[0] as number);
  return replaceBy(LAYER_NORM, [x, scale, offset], {
    T: attr.type('float32'),
    epsilon: attr.float(epsilon),
  });
}
