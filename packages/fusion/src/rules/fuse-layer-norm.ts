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
  type Weight,
} from '@tfjs-optimize/core';
import { BATCH_NORM_OPS } from '../affine.js';
import { near } from './near.js';

const X = any('x');
const ADD = ['AddV2', 'Add'];
const sum = (a: Pattern, b: Pattern): Pattern => op(ADD, { inputs: [a, b], anyOrder: true });
const product = (a: Pattern, b: Pattern): Pattern => op('Mul', { inputs: [a, b], anyOrder: true });
const mean = (x: Pattern, axes: string): Pattern =>
  op('Mean', { inputs: [x, constant(axes)], attrs: { keep_dims: attrIs(true, false) } });

const MEAN = mean(X, 'axes');
const CENTRED = op('Sub', { inputs: [X, MEAN] });
const SQUARES = oneOf(
  op('SquaredDifference', { inputs: [X, MEAN], anyOrder: true }),
  op('Square', { inputs: [CENTRED] }),
  op('Pow', { inputs: [CENTRED, near(2)] }),
);
const VARIANCE = mean(SQUARES, 'axes of squares');
const SPREAD = sum(
  VARIANCE,
  constant('epsilon', (weight) => weight.size === 1 || 'is not one number'),
);
const GAMMA = constant('gamma');
const BETA = constant('beta');

/** As tf.nn.batch_normalization of Python, and so Keras, writes it. */
const SCALE = product(op('Rsqrt', { inputs: [SPREAD] }), GAMMA);
const SCALED = sum(product(X, SCALE), op('Sub', { inputs: [BETA, product(MEAN, SCALE)] }));

/** As PyTorch and papers write it. */
const NORMAL = oneOf(
  op('RealDiv', { inputs: [CENTRED, op('Sqrt', { inputs: [SPREAD] })] }),
  product(CENTRED, op('Rsqrt', { inputs: [SPREAD] })),
);
const WRITTEN_OUT = sum(product(NORMAL, GAMMA), BETA);

/** As layers of TensorFlow.js compute it: all four at the size of the input, in a batch norm. */
const tiled = (x: Pattern): Pattern => op('Tile', { inputs: [x, any()] });
const BATCH_NORM = op(BATCH_NORM_OPS, {
  as: 'norm',
  inputs: [X, tiled(GAMMA), tiled(BETA), tiled(MEAN), tiled(VARIANCE)],
  attrs: { is_training: attrIs(false, true) },
});

/**
 * A layer norm over the last axis as one op:
 *
 *     (x − mean) / √(variance + ε) · γ + β
 *
 * in the ways in which Keras, PyTorch and layers of TensorFlow.js write it. The op is one of `@tfjs-optimize/wasm`,
 * which has to be imported where the model runs.
 */
export function fuseLayerNorm(): Rule {
  return {
    name: 'fuse-layer-norm',
    identity: '(x − mean) / √(variance + ε) · γ + β = layerNorm(x)',
    takes: 'layer norm',
    pattern: oneOf(SCALED, WRITTEN_OUT, BATCH_NORM),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const { shape } = context.type(match.value('x'));
  const features = shape?.at(-1);
  if (shape === undefined || features === undefined || features < 0)
    return decline('its size along the last axis is not known');
  for (const name of ['axes', 'axes of squares']) {
    const [axis, ...more] = match.weight(name).numbers();
    const isLast = more.length === 0 && (axis === -1 || axis === shape.length - 1);
    if (!isLast) return decline('its means are not over the last axis alone');
  }
  for (const name of ['gamma', 'beta']) {
    if (!isColumn(match.weight(name), features))
      return decline(`its ${name} is not one number for each feature`);
  }
  const epsilon = match.has('epsilon')
    ? match.weight('epsilon').numbers()[0]
    : (getAttr(match.node('norm'), 'epsilon', 'float') ?? 1e-3);
  return replaceBy('TfjsOptimizeLayerNorm', [match.value('x'), match.value('gamma'), match.value('beta')], {
    T: attr.type('float32'),
    epsilon: attr.float(epsilon as number),
  });
}

/** Numbers that run along the last axis alone. */
function isColumn({ dtype, shape, size }: Weight, features: number): boolean {
  return dtype === 'float32' && size === features && (shape.at(-1) ?? 1) === features;
}
