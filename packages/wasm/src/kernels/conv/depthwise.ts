import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { depthwiseConv2d as reference } from '../../reference/depthwise.js';
import { sizeOf } from '../../reference/values.js';
import { canFinish, columnsOf, finish, limitsOf, PLAIN, type Done, type Epilogue } from '../activations.js';
import type { FastKernel } from '../kernel.js';
import { finishStretched, stretchedEnding } from '../stretched-ending.js';
import type { Convolution } from './conv2d.js';
import { geometryOf, writeGeometry, type ConvAttrs, type Geometry } from './geometry.js';

/** `tf.depthwiseConv2d`. */
export const depthwiseConv2d: FastKernel = {
  name: 'DepthwiseConv2dNative',
  run: (engine, inputs, attrs) => convolve(engine, inputs, attrs, PLAIN),
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
  const places = canFinish(epilogue, geometry.outChannels)
    ? undefined
    : stretchedEnding(epilogue, geometry.outShape);
  if (places === undefined && !canFinish(epilogue, geometry.outChannels)) return undefined;
  const isOurs =
    suits(geometry) || places !== undefined || !isStockRight(geometry, attrs as unknown as ConvAttrs);
  if (!isOurs) return undefined;
  const out = engine.output(geometry.outShape, 'float32');
  if (geometry.outShape.includes(0)) return out;
  const work = { geometry, x, filter, epilogue: places === undefined ? epilogue : PLAIN };
  if (suits(geometry)) byGroups(engine, work, out);
  else byTaps(engine, work, out);
  if (places !== undefined) finishStretched(engine, out, epilogue, places);
  return out;
}

/** Filters, strides and padding that networks have: four neighbouring outputs at once. */
function byGroups(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: TensorInfo): void {
  const { native, scratch } = engine;
  const { inWidth, inChannels: channels, filterHeight } = geometry;
  const weights = packedFilter(engine, filter, filterHeight ** 2, channels);
  const zeros = scratch.take('zeros', 4 * inWidth * channels);
  native.zero(zeros, inWidth * channels);
  const bias = epilogue.bias === undefined ? zeros : columnsOf(engine, epilogue.bias, channels, 'bias');
  const [low, high] = limitsOf(epilogue.activation) ?? [-Infinity, Infinity];
  const work = scratch.take('depthwise', 32 + 4 * filterHeight ** 2 * channels);
  eachImage(engine, geometry, x, out, (to, from, sizes) =>
    native.depthwise(to, from, sizes, weights, bias, low, high, zeros, work),
  );
  const activated = limitsOf(epilogue.activation) !== undefined;
  end(engine, geometry, out, epilogue, { biased: true, activated });
}

/** What the backend would compute wrongly: one tap of the filter after the other. */
function byTaps(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: TensorInfo): void {
  const { native } = engine;
  native.zero(engine.address(out), sizeOf(out.shape));
  const multiplier = geometry.outChannels / geometry.inChannels;
  eachImage(engine, geometry, x, out, (to, from, sizes) =>
    native.depthwiseAny(to, from, engine.address(filter), sizes, multiplier),
  );
  end(engine, geometry, out, epilogue, { biased: false, activated: false });
}

function eachImage(
  engine: Engine,
  geometry: Geometry,
  x: TensorInfo,
  out: TensorInfo,
  work: (to: number, from: number, sizes: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  const sizes = writeGeometry(engine, geometry);
  for (let image = 0; image < batchSize; image++) {
    const from = engine.address(x) + 4 * image * inHeight * inWidth * inChannels;
    work(engine.address(out) + 4 * image * outHeight * outWidth * outChannels, from, sizes);
  }
}

function end(engine: Engine, geometry: Geometry, out: TensorInfo, epilogue: Epilogue, done: Done): void {
  const { batchSize, outHeight, outWidth, outChannels } = geometry;
  finish(engine, engine.address(out), batchSize * outHeight * outWidth, outChannels, epilogue, done);
}

/**
 * Whether the backend does it right. With strides above the filter's size it gives zeros; with padding by numbers it
 * reads beyond its memory for filters with a side of 1 and for small images, and gives zeros where sizes are rounded up;
 * of no channels it divides by zero.
 */
function isStockRight(geometry: Geometry, { pad }: ConvAttrs): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, inShape, outShape } = geometry;
  return (
    strideHeight <= filterHeight &&
    strideWidth <= filterWidth &&
    (pad === 'same' || pad === 'valid') &&
    ![...inShape, ...outShape].includes(0)
  );
}

/** Square filters of the sizes that networks have, one a channel, and channels in fours; others are left to the backend. */
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
