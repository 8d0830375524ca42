import * as tf from '@tensorflow/tfjs';
import { isSizedByStock, type Geometry } from '../conv/geometry.js';

/** Attributes of the kernels of pooling. */
export interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
}

/** Sizes of a pooling of images [batch, height, width, channels]. */
export function poolGeometry(
  x: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): Geometry {
  return tf.backend_util.computePool2DInfo(
    x as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode ?? undefined,
  );
}

/** Whether the backend's own pooling is right for such sizes: in windows that see nothing it finds the lowest number, or 0. */
export function isPoolRight(geometry: Geometry): boolean {
  const { filterHeight, filterWidth, padInfo } = geometry;
  const { top, bottom, left, right } = padInfo;
  const isSeen = Math.max(top, bottom) < filterHeight && Math.max(left, right) < filterWidth;
  return isSeen && isSizedByStock(geometry);
}
