import type { GraphBuilder, ValueId } from '@tfjs-optimize/core';
import type { Parameters } from './parameters.js';

/** What the parts of a BERT are written with. */
export interface Writer {
  readonly b: GraphBuilder;
  readonly parameters: Parameters;
  /** Tokens of the padded texts, as a scalar that is known when the model runs. */
  readonly length: ValueId;
}

/** x W + b on rows, [n, from] to [n, to]. */
export function dense(
  { b, parameters }: Writer,
  x: ValueId,
  name: string,
  sizes: readonly [from: number, to: number],
  scope: string,
): ValueId {
  const [from, to] = sizes;
  const kernel = b.constant(`${scope}/kernel`, parameters.kernel(`${name}.weight`, from, to), [from, to]);
  const bias = b.constant(`${scope}/bias`, parameters.floats(`${name}.bias`, [to]), [to]);
  const flags = { transpose_a: false, transpose_b: false };
  return b.op(
    'BiasAdd',
    [b.op('MatMul', [x, kernel], flags, `${scope}/MatMul`), bias],
    {},
    `${scope}/BiasAdd`,
  );
}

/**
 * (x − mean) · γ / √(variance + ε) + β along the last axis (Ba, Kiros and Hinton 2016), as x · s + (β − mean · s), which
 * is the form that passes of layer norms know.
 */
export function layerNorm(
  { b, parameters }: Writer,
  x: ValueId,
  name: string,
  { size, epsilon }: { readonly size: number; readonly epsilon: number },
  scope: string,
): ValueId {
  const at = (op: string): string => `${scope}/${op}`;
  const vector = (each: string): ValueId =>
    b.constant(at(each), parameters.floats(`${name}.${each}`, [size]), [size]);
  const axis = b.constant(at('axis'), [-1], [1], 'int32');
  const mean = b.op('Mean', [x, axis], { keep_dims: true }, at('mean'));
  const squares = b.op('SquaredDifference', [x, mean], {}, at('SquaredDifference'));
  const variance = b.op('Mean', [squares, axis], { keep_dims: true }, at('variance'));
  const shifted = b.op('AddV2', [variance, b.constant(at('epsilon'), epsilon)], {}, at('shifted'));
  const scale = b.op('Mul', [b.op('Rsqrt', [shifted], {}, at('Rsqrt')), vector('weight')], {}, at('scale'));
  const moved = b.op('Mul', [mean, scale], {}, at('moved'));
  const offset = b.op('Sub', [vector('bias'), moved], {}, at('offset'));
  return b.op('AddV2', [b.op('Mul', [x, scale], {}, at('scaled')), offset], {}, at('norm'));
}

/** A value in other shape; `length` stands for the tokens of the texts. */
export function reshape(
  { b, length }: Writer,
  x: ValueId,
  shape: readonly (number | 'length')[],
  name: string,
): ValueId {
  const sizes = shape.map((size, axis) =>
    size === 'length' ? length : b.constant(`${name}/size_${axis}`, size, [], 'int32'),
  );
  const isFixed = !shape.includes('length');
  const target = isFixed
    ? b.constant(`${name}/shape`, shape as number[], [shape.length], 'int32')
    : b.op('Pack', sizes, { axis: 0 }, `${name}/shape`);
  return b.op('Reshape', [x, target], {}, name);
}
