import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import {
  conv2dBackpropFilter as filterReference,
  conv2dBackpropInput as inputReference,
} from '../../reference/conv2d-backprop.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';
import { TARGET_BYTES } from '../product.js';
import { runWinograd, suitsWinograd, transformedBytes, transformWeights } from './winograd.js';
import { geometryOf, ofOutput, writeGeometry, type ConvAttrs, type Geometry } from './geometry.js';

/** Rows of patches at once: the sums of a block of a product, so that it adds to the gradient once. */
const ROWS = 256;
/** Numbers of patches at once, which are turned over, too: each 1 MiB. */
const PATCHES = 262_144;

/** The gradient of a convolution by its filter: what the filter saw, turned over, times the gradient of the output. */
export const conv2dBackpropFilter: FastKernel = {
  name: 'Conv2DBackpropFilter',
  run: (engine, inputs, attrs) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = attrs as unknown as { filterShape: number[] };
    const geometry = of(x, dy, x.shape, filterShape, attrs);
    if (geometry === undefined) return undefined;
    const out = engine.output(filterShape, 'float32');
    const { inChannels, outChannels, filterHeight, filterWidth } = geometry;
    const depth = filterHeight * filterWidth * inChannels;
    if (depth * outChannels === 0) return out;
    const { native, scratch } = engine;
    const to = engine.address(out);
    native.zero(to, depth * outChannels);
    const most = rowsAtOnce(geometry, depth);
    const patches = scratch.take('patches', 4 * most * depth);
    const turned = scratch.take('rows', 4 * most * depth);
    const packed = scratch.take('panels', native.packedBytes(most, outChannels));
    const target = scratch.take('target', TARGET_BYTES);
    eachBlock(engine, geometry, most, (sizes, first, count, image, pixel) => {
      native.patches(patches, engine.address(x) + 4 * image, sizes, first, count);
      native.transpose(turned, patches, count, depth, depth);
      native.pack(packed, engine.address(dy) + 4 * pixel * outChannels, count, outChannels, outChannels, 0);
      native.gemm(depth, outChannels, count, turned, count, packed, to, 0, -Infinity, Infinity, target, 1);
    });
    return out;
  },
  reference: filterReference,
};

/** The gradient of a convolution by its input: each pixel's gradient times the filter, added where the filter saw. */
export const conv2dBackpropInput: FastKernel = {
  name: 'Conv2DBackpropInput',
  run: (engine, inputs, attrs) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrs as unknown as { inputShape: number[] };
    const geometry = of(filter, dy, inputShape, filter.shape, attrs);
    if (geometry === undefined) return undefined;
    const out = engine.output(inputShape, 'float32');
    const { inChannels, outChannels, filterHeight, filterWidth } = geometry;
    const depth = filterHeight * filterWidth * inChannels;
    const { native, scratch } = engine;
    const to = engine.address(out);
    native.zero(to, sizeOf(inputShape));
    if (sizeOf(inputShape) * depth === 0 || outChannels === 0) return out;
    if (suitsWinograd(geometry)) {
      byWinograd(engine, geometry, engine.address(dy), engine.address(filter), to);
      return out;
    }
    const most = rowsAtOnce(geometry, depth);
    const patches = scratch.take('patches', 4 * most * depth);
    const target = scratch.take('target', TARGET_BYTES);
    const packed = scratch.take('panels', native.packedBytes(outChannels, depth));
    native.pack(packed, engine.address(filter), outChannels, depth, outChannels, 1);
    eachBlock(engine, geometry, most, (sizes, first, count, image, pixel) => {
      const from = engine.address(dy) + 4 * pixel * outChannels;
      native.gemm(
        count,
        depth,
        outChannels,
        from,
        outChannels,
        packed,
        patches,
        0,
        -Infinity,
        Infinity,
        target,
        0,
      );
      native.addPatches(to + 4 * image, patches, sizes, first, count);
    });
    return out;
  },
  reference: inputReference,
};

/** The gradient by the input of a 3 × 3 convolution is one of its output's gradient, with the filter turned around. */
function byWinograd(engine: Engine, geometry: Geometry, dy: number, filter: number, out: number): void {
  const { native, scratch } = engine;
  const { inChannels, outChannels, padInfo } = geometry;
  const turned = scratch.take('rows', 4 * 9 * inChannels * outChannels);
  const tap = 4 * inChannels * outChannels;
  for (let i = 0; i < 9; i++) {
    native.transpose(turned + (8 - i) * tap, filter + i * tap, inChannels, outChannels, outChannels);
  }
  const weights = scratch.take('panels', transformedBytes(engine, outChannels, inChannels));
  transformWeights(engine, turned, outChannels, inChannels, weights);
  const [top, left] = [2 - padInfo.top, 2 - padInfo.left];
  const turnedAround = {
    ...geometry,
    inHeight: geometry.outHeight,
    inWidth: geometry.outWidth,
    inChannels: outChannels,
    outHeight: geometry.inHeight,
    outWidth: geometry.inWidth,
    outChannels: inChannels,
    // The far sides follow from the sizes.
    padInfo: { ...padInfo, top, left },
  };
  const limits = [-Infinity, Infinity] as const;
  runWinograd(engine, { geometry: turnedAround, images: dy, weights, bias: 0, limits }, out);
}

/** Sizes of the convolution that a gradient is of; undefined where ours cannot do it. */
function of(
  a: TensorInfo,
  dy: TensorInfo,
  input: readonly number[],
  filter: readonly number[],
  attrs: NamedAttrMap,
): Geometry | undefined {
  if (a.dtype !== 'float32' || dy.dtype !== 'float32') return undefined;
  return ofOutput(geometryOf(input, filter, attrs as unknown as ConvAttrs), dy.shape);
}

function rowsAtOnce({ outHeight, outWidth }: Geometry, depth: number): number {
  return Math.max(1, Math.min(outHeight * outWidth, ROWS, Math.max(32, Math.floor(PATCHES / depth))));
}

/**
 * Every pixel of the output, in blocks that do not reach from one image into the next.
 * @param work gets the sizes in memory, the block's pixels within the image, the number of the image's first value and
 *   that of the block's first pixel in the batch.
 */
function eachBlock(
  engine: Engine,
  geometry: Geometry,
  most: number,
  work: (sizes: number, first: number, count: number, image: number, pixel: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const sizes = writeGeometry(engine, geometry);
  const pixels = outHeight * outWidth;
  for (let image = 0; image < batchSize; image++) {
    for (let first = 0; first < pixels; first += most) {
      const count = Math.min(most, pixels - first);
      work(sizes, first, count, image * inHeight * inWidth * inChannels, image * pixels + first);
    }
  }
}
