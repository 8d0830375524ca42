import type { Shape, ValueId } from '@tfjs-optimize/core';
import type { NodeLowering, TfAttrs } from './lowering.js';

/**
 * Images of more places than this stay images: a product wins what a convolution needs to get started, and on large
 * ones that is little. On Zen 4 both took the same at 56 × 56 places, and products half as long at 14 × 14.
 */
const MOST_PLACES = 1024;

/** A convolution as a product of matrices, and the shape of images that its result stands for. */
export interface PointwiseProduct {
  readonly value: ValueId;
  readonly shape: Shape;
  readonly reshaped: Shape;
}

/**
 * A convolution of 1 × 1 as the product that it is, [places, channels] by [channels, filters]. In oneDNN a convolution
 * takes longer to get started than a product does.
 *
 * @param attrs of the Conv2D that it would be otherwise.
 * @returns undefined where it is no such convolution, or sizes are unknown or large.
 */
export function pointwise(node: NodeLowering, attrs: TfAttrs): PointwiseProduct | undefined {
  const [x, filter] = [node.shape(0), node.shape(1)];
  if (x?.length !== 4 || filter?.length !== 4 || !isPointwise(filter, attrs)) return undefined;
  const [, height, width] = x as [number, number, number, number];
  const [, , channels, filters] = filter as [number, number, number, number];
  if (height < 1 || width < 1 || height * width > MOST_PLACES || channels < 1 || filters < 1)
    return undefined;
  const places = node.op('Reshape', [node.input(0), node.ints([-1, channels], 'places')], {}, 'rows');
  const matrix = node.op(
    'Reshape',
    [node.input(1), node.ints([channels, filters], 'matrix_shape')],
    {},
    'matrix',
  );
  return {
    value: node.op('MatMul', [places, matrix]),
    shape: [-1, filters],
    reshaped: [-1, height, width, filters],
  };
}

function isPointwise([height, width]: Shape, attrs: TfAttrs): boolean {
  const { strides, padding, data_format: format } = attrs;
  return (
    height === 1 &&
    width === 1 &&
    strides?.kind === 'ints' &&
    strides.value.every((stride) => stride === 1) &&
    (format === undefined || (format.kind === 'string' && format.value === 'NHWC')) &&
    padding?.kind === 'string' &&
    padding.value !== 'EXPLICIT'
  );
}
