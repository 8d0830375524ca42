import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from '../../arguments.js';
import type { Engine } from '../../engine/engine.js';

/** Sizes of a convolution or pooling, as TensorFlow.js computes them. */
export type Geometry = tf.backend_util.Conv2DInfo;

/** Attributes of the kernels of convolutions. */
export interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW' | null;
  readonly dilations?: number | [number, number] | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

/**
 * Sizes of a convolution; undefined where channels come first or are in groups.
 * @throws `argument/invalid` where a filter does not fit into its image: the backend would write before the beginning of the output.
 */
export function geometryOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: ConvAttrs,
  depthwise = false,
): Geometry | undefined {
  const geometry = computed(x, filter, attrs, depthwise);
  if (geometry !== undefined) requireFit(depthwise ? 'depthwiseConv2d' : 'conv2d', geometry, attrs.pad);
  return geometry;
}

/**
 * Sizes of the convolution whose output has a given gradient; undefined where there are none, or ours cannot do it.
 * Those of the output are the gradient's: TensorFlow.js does not tell gradients how the convolution rounded its sizes.
 */
export function gradientGeometry(
  x: readonly number[],
  filter: readonly number[],
  dy: readonly number[],
  attrs: ConvAttrs,
  depthwise = false,
): Geometry | undefined {
  const geometry = computed(x, filter, attrs, depthwise);
  return geometry && withOutputOf(geometry, dy);
}

/** The same sizes for an output of a given shape; undefined where batch or channels are others. */
export function withOutputOf(geometry: Geometry, shape: readonly number[]): Geometry | undefined {
  const [batch, outHeight, outWidth, channels] = shape as [number, number, number, number];
  if (batch !== geometry.batchSize || channels !== geometry.outChannels) return undefined;
  return { ...geometry, outHeight, outWidth, outShape: [batch, outHeight, outWidth, channels] };
}

function computed(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dataFormat, dilations, dimRoundingMode }: ConvAttrs,
  depthwise: boolean,
): Geometry | undefined {
  // Layers give null for what is not set.
  if ((dataFormat ?? 'NHWC') !== 'NHWC' || x[3] !== filter[2]) return undefined;
  return tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode ?? undefined,
    depthwise,
    'channelsLast',
  );
}

/** Refuses sizes below 0 of an output. @param name of the op. */
export function requireFit(name: string, geometry: Geometry, pad: ConvAttrs['pad']): void {
  const { inHeight, inWidth, outHeight, outWidth, padInfo } = geometry;
  if (outHeight >= 0 && outWidth >= 0) return;
  const most = `${inHeight + padInfo.top + padInfo.bottom}x${inWidth + padInfo.left + padInfo.right}`;
  const height = geometry.effectiveFilterHeight;
  // With a number of pixels around the image TensorFlow.js takes every filter for a square one.
  const width = typeof pad === 'number' ? height : geometry.effectiveFilterWidth;
  throw new ArgumentError(
    name,
    `a filter of at most ${most}`,
    `${height}x${width}`,
    'Pad the image, or take a smaller filter',
  );
}

/**
 * Whether the backend's own kernel writes an output of the size that TensorFlow.js has computed. It finds the size by
 * itself, from padding on all four sides, rounded down: where TensorFlow.js rounds otherwise, or takes a filter for
 * square, it writes too much or lines of another length.
 */
export function isSizedByStock(geometry: Geometry): boolean {
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, padInfo } = geometry;
  const { effectiveFilterHeight, effectiveFilterWidth } = geometry;
  const { top, bottom, left, right } = padInfo;
  const sized = (all: number, filter: number, stride: number): number =>
    Math.floor((all - filter) / stride) + 1;
  return (
    sizes(geometry).every((size) => size > 0) &&
    outHeight === sized(inHeight + top + bottom, effectiveFilterHeight, strideHeight) &&
    outWidth === sized(inWidth + left + right, effectiveFilterWidth, strideWidth)
  );
}

function sizes({ inShape, outShape, filterHeight, filterWidth }: Geometry): readonly number[] {
  return [...inShape, ...outShape, filterHeight, filterWidth];
}

/** Whether the backend's own convolutions are right for such sizes: with 'same' it pads by less than 0 where steps are longer than filters. */
export function isStockRight(geometry: Geometry): boolean {
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = geometry;
  const skips = strideHeight > filterHeight || strideWidth > filterWidth;
  return isSizedByStock(geometry) && !(skips && padInfo.type === 'SAME');
}

/** Sizes in memory, in the order of `assembly/conv/geometry.ts`. */
export function writeGeometry(engine: Engine, geometry: Geometry): number {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = geometry;
  const numbers = [
    ...[inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth],
    ...[strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo.top, padInfo.left],
  ];
  const address = engine.scratch.take('geometry', 4 * numbers.length);
  engine.write(address, numbers);
  return address;
}

/** Whether every pixel of the output comes from the one pixel of the input in its place. */
export function isPointwise({
  filterHeight,
  filterWidth,
  strideHeight,
  strideWidth,
  padInfo,
}: Geometry): boolean {
  const { top, bottom, left, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((size) => size === 1) &&
    top + bottom + left + right === 0
  );
}
