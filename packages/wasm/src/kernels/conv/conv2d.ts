import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { conv2d as reference } from '../../reference/conv2d.js';
import { columnsOf, finish, limitsOf } from '../activations.js';
import { TARGET_BYTES } from '../product.js';
import { isRight, kernelsOf, type Convolution, type Kind } from './convolution.js';
import { geometryOf, isPointwise, isStockRight, writeGeometry, type ConvAttrs } from './geometry.js';
import { suitsWinograd, winograd } from './winograd.js';

/** `tf.conv2d` and `tf.fused.conv2d`, with filters [height, width, channels, filters]. */
const KIND: Kind = { plain: 'Conv2D', fused: 'FusedConv2D', isDepthwise: false, run, reference };

export const [conv2d, fusedConv2d] = kernelsOf(KIND, { isThreaded: isRight(KIND), isStockFaster });

/** What a filter sees at least where patches pay, in numbers. Measured: docs/kernels.md. */
const LEAST_DEPTH = 100;

/** Whether the backend does it faster, and right: images of a few channels, such as those that a network is given. */
function isStockFaster(inputs: NamedTensorInfoMap, attrs: NamedAttrMap): boolean {
  const { x, filter, bias } = inputs;
  const { activation = 'linear' } = attrs as unknown as ConvAttrs;
  // The backend's relu6 makes 0 of NaN.
  if (['prelu', 'relu6'].includes(activation) || (bias !== undefined && bias.shape.length !== 1))
    return false;
  const geometry = geometryOf(x?.shape ?? [], filter?.shape ?? [], attrs as unknown as ConvAttrs);
  if (geometry === undefined || !isStockRight(geometry)) return false;
  const taps = geometry.filterHeight * geometry.filterWidth;
  return taps > 1 && taps * geometry.inChannels < LEAST_DEPTH;
}

function run(engine: Engine, convolution: Convolution, out: TensorInfo): void {
  const { geometry, epilogue } = convolution;
  if (suitsWinograd(geometry)) winograd(engine, convolution, engine.address(out));
  else byPatches(engine, convolution, engine.address(out));
  const activated = limitsOf(epilogue.activation) !== undefined;
  const { batchSize, outHeight, outWidth, outChannels } = geometry;
  finish(engine, engine.address(out), batchSize * outHeight * outWidth, outChannels, epilogue, {
    biased: true,
    activated,
  });
}

/** Numbers of patches that are made at once: 512 KiB, which stay in the second cache beside the weights. */
const PATCHES = 131_072;
/** Fewer rows would read all weights too often. */
const LEAST_ROWS = 48;

/** As a product of matrices: what the filter sees from each pixel of the output, times the weights. */
function byPatches(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: number): void {
  const { native, scratch } = engine;
  const {
    batchSize,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    filterHeight,
    filterWidth,
  } = geometry;
  const depth = filterHeight * filterWidth * inChannels;
  const packed = packedFilter(engine, filter, depth, outChannels);
  const bias = epilogue.bias === undefined ? 0 : columnsOf(engine, epilogue.bias, outChannels, 'bias');
  const [low, high] = limitsOf(epilogue.activation) ?? [-Infinity, Infinity];
  const target = scratch.take('target', TARGET_BYTES);
  const multiply = (rows: number, a: number, c: number): void =>
    native.gemm(rows, outChannels, depth, a, depth, packed, c, bias, low, high, target, 0);
  const pixels = outHeight * outWidth;
  if (isPointwise(geometry)) return multiply(batchSize * pixels, engine.address(x), out);
  const most = Math.min(pixels, Math.max(LEAST_ROWS, Math.floor(PATCHES / Math.max(depth, 1))));
  const patches = scratch.take('patches', 4 * most * depth);
  const sizes = writeGeometry(engine, geometry);
  for (let image = 0; image < batchSize; image++) {
    const from = engine.address(x) + 4 * image * inHeight * inWidth * inChannels;
    for (let first = 0; first < pixels; first += most) {
      const count = Math.min(most, pixels - first);
      native.patches(patches, from, sizes, first, count);
      multiply(count, patches, out + 4 * (image * pixels + first) * outChannels);
    }
  }
}

/** Address of a filter in panels, kept from its second use on. */
function packedFilter(engine: Engine, filter: TensorInfo, depth: number, outChannels: number): number {
  const { native, scratch, packed } = engine;
  const bytes = native.packedBytes(depth, outChannels);
  const pack = (to: number): void =>
    native.pack(to, engine.address(filter), depth, outChannels, outChannels, 0);
  const kept = packed.of(filter.dataId, `${depth}x${outChannels}`, bytes, pack);
  if (kept !== undefined) return kept;
  const to = scratch.take('panels', bytes);
  pack(to);
  return to;
}
