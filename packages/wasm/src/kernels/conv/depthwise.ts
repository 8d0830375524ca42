import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { depthwiseConv2d as reference } from '../../reference/depthwise.js';
import { canFinish, columnsOf, finish, limitsOf, PLAIN, type Epilogue } from '../activations.js';
import type { FastKernel } from '../kernel.js';
import { finishStretched, stretchedEnding } from '../stretched-ending.js';
import type { Convolution } from './conv2d.js';
import { geometryOf, isStockRight, writeGeometry, type ConvAttrs, type Geometry } from './geometry.js';

/** `tf.depthwiseConv2d`. */
export const depthwiseConv2d: FastKernel = {
  name: 'DepthwiseConv2dNative',
  run: (engine, inputs, attrs) => convolve(engine, inputs, attrs, PLAIN),
  isStockRight: isRight,
  reference,
};

/** `tf.fused.depthwiseConv2d`: with a bias and an activation. */
export const fusedDepthwiseConv2d: FastKernel = {
  name: 'FusedDepthwiseConv2D',
  run: (engine, inputs, attrs) => {
    const { bias, preluActivationWeights: slopes } = inputs;
    const { activation = 'linear', leakyreluAlpha } = attrs as unknown as ConvAttrs;
    return convolve(engine, inputs, attrs, { bias, activation, alpha: leakyreluAlpha ?? 0.2, slopes });
  },
  isStockRight: isRight,
  reference,
};

function convolve(
  engine: Engine,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
  epilogue: Epilogue,
): TensorInfo | undefined {
  const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
  if (x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const geometry = geometryOf(x.shape, filter.shape, attrs as unknown as ConvAttrs, true);
  if (geometry === undefined) return undefined;
  const isColumns = canFinish(epilogue, geometry.outChannels);
  const places = isColumns ? undefined : stretchedEnding(epilogue, geometry.outShape);
  if (!isColumns && places === undefined) return undefined;
  const isFast = suits(geometry);
  if (!isFast && places === undefined && isStockRight(geometry)) return undefined;
  const out = engine.output(geometry.outShape, 'float32');
  if (geometry.outShape.includes(0)) return out;
  const work = { geometry, x, filter, epilogue: places === undefined ? epilogue : PLAIN };
  (isFast ? inGroups : plainly)(engine, work, out);
  if (places !== undefined) finishStretched(engine, out, epilogue, places);
  return out;
}

/** Sizes that the backend does right, and those that it refuses. */
function isRight({ x, filter }: NamedTensorInfoMap, attrs: NamedAttrMap): boolean {
  if (x === undefined || filter === undefined) return true;
  const geometry = geometryOf(x.shape, filter.shape, attrs as unknown as ConvAttrs, true);
  return geometry === undefined || isStockRight(geometry);
}

/** Sizes that networks have seldom and the backend gets wrong, pixel by pixel. */
function plainly(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: TensorInfo): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  const { native } = engine;
  const to = engine.address(out);
  const pixels = outHeight * outWidth;
  native.zero(to, batchSize * pixels * outChannels);
  const sizes = writeGeometry(engine, geometry);
  for (let image = 0; image < batchSize; image++) {
    const from = engine.address(x) + 4 * image * inHeight * inWidth * inChannels;
    const at = to + 4 * image * pixels * outChannels;
    native.depthwisePlain(at, from, engine.address(filter), sizes, filter.shape[3] as number);
  }
  finish(engine, to, batchSize * pixels, outChannels, epilogue, { biased: false, activated: false });
}

/** Outputs in groups that share what they read. */
function inGroups(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: TensorInfo): void {
  const { native, scratch } = engine;
  const { batchSize, inHeight, inWidth, inChannels: channels, outHeight, outWidth, filterHeight } = geometry;
  const weights = packedFilter(engine, filter, filterHeight ** 2, channels);
  const zeros = scratch.take('zeros', 4 * inWidth * channels);
  native.zero(zeros, inWidth * channels);
  const bias = epilogue.bias === undefined ? zeros : columnsOf(engine, epilogue.bias, channels, 'bias');
  const [low, high] = limitsOf(epilogue.activation) ?? [-Infinity, Infinity];
  const work = scratch.take('depthwise', 32 + 4 * filterHeight ** 2 * channels);
  const sizes = writeGeometry(engine, geometry);
  for (let image = 0; image < batchSize; image++) {
    const from = engine.address(x) + 4 * image * inHeight * inWidth * channels;
    const to = engine.address(out) + 4 * image * outHeight * outWidth * channels;
    native.depthwise(to, from, sizes, weights, bias, low, high, zeros, work);
  }
  finish(engine, engine.address(out), batchSize * outHeight * outWidth, channels, epilogue, {
    biased: true,
    activated: limitsOf(epilogue.activation) !== undefined,
  });
}

/** Square filters of the sizes that networks have, one a channel, and channels in fours; others are left to the backend where it is right. */
function suits(geometry: Geometry): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const { inChannels, outChannels } = geometry;
  return (
    filterHeight === filterWidth &&
    (filterHeight === 3 || filterHeight === 5) &&
    strideHeight === strideWidth &&
    strideHeight <= 2 &&
    dilationHeight === 1 &&
    dilationWidth === 1 &&
    inChannels === outChannels &&
    inChannels % 4 === 0
  );
}

function packedFilter(engine: Engine, filter: TensorInfo, taps: number, channels: number): number {
  const { native, packed, scratch } = engine;
  const bytes = 4 * taps * channels;
  const pack = (to: number): void => native.packDepthwise(to, engine.address(filter), taps, channels);
  const kept = packed.of(filter.dataId, `depthwise ${taps}x${channels}`, bytes, pack);
  if (kept !== undefined) return kept;
  const to = scratch.take('panels', bytes);
  pack(to);
  return to;
}
