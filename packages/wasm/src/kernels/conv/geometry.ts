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
 * @throws `argument/invalid` for a filter that does not fit into its image.
 */
export function geometryOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: ConvAttrs,
  depthwise = false,
): Geometry | undefined {
  // Layers give null for what is not set.
  const { strides, pad, dataFormat, dimRoundingMode } = attrs;
  if ((dataFormat ?? 'NHWC') !== 'NHWC' || x[3] !== filter[2]) return undefined;
  const geometry = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    attrs.dilations ?? 1,
    pad,
    dimRoundingMode ?? undefined,
    depthwise,
    'channelsLast',
  );
  if (geometry.outShape.some((size) => size < 0)) {
    // The backend would compute something of a size below 0, and spoil its memory.
    const { inHeight, inWidth, effectiveFilterHeight, effectiveFilterWidth } = geometry;
    throw new ArgumentError(
      'convolution',
      `a filter of at most the image with its padding, ${inHeight} × ${inWidth}`,
      `one that sees ${effectiveFilterHeight} × ${effectiveFilterWidth}`,
      'Pad the image or take a smaller filter',
    );
  }
  return geometry;
}

/**
 * The sizes of a convolution or pooling whose gradient is asked for. TensorFlow.js does not tell gradients how sizes
 * were rounded: the gradient of the output has as many pixels as the output had. Undefined where it is of another.
 */
export function ofOutput(geometry: Geometry | undefined, dy: readonly number[]): Geometry | undefined {
  if (geometry === undefined) return undefined;
  const [batch, outHeight, outWidth, channels] = dy as [number, number, number, number];
  if (batch !== geometry.batchSize || channels !== geometry.outChannels) return undefined;
  return { ...geometry, outHeight, outWidth, outShape: [batch, outHeight, outWidth, channels] };
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
