import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { depthwiseConv2d as reference } from '../../reference/depthwise.js';
import { columnsOf, finish, limitsOf } from '../activations.js';
import { kernelsOf, type Convolution } from './convolution.js';
import { writeGeometry, type Geometry } from './geometry.js';

/** `tf.depthwiseConv2d` and `tf.fused.depthwiseConv2d`, with filters [height, width, channels, multiplier]. */
export const [depthwiseConv2d, fusedDepthwiseConv2d] = kernelsOf({
  plain: 'DepthwiseConv2dNative',
  fused: 'FusedDepthwiseConv2D',
  isDepthwise: true,
  run: (engine, convolution, out) =>
    (suits(convolution.geometry) ? inGroups : plainly)(engine, convolution, out),
  isLeft: (geometry) => !suits(geometry),
  reference,
});

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
