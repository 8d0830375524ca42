import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { usesWinograd } from '../../engine/settings.js';
import { columnsOf, limitsOf } from '../activations.js';
import { TARGET_BYTES } from '../product.js';
import type { Convolution } from './conv2d.js';
import { writeGeometry, type Geometry } from './geometry.js';

/** Side of a tile of the output, and products of matrices between the transforms: 6 × 6. */
const TILE = 4;
const PRODUCTS = 36;

/** With fewer channels the transforms take longer than what they save. Measured: docs/kernels.md. */
const LEAST_CHANNELS = 16;

/** Whether a convolution may and should be done so: 3 × 3, stride 1, no dilation, channels in fours. */
export function suitsWinograd(geometry: Geometry): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const { inChannels, outChannels } = geometry;
  const isShape = filterHeight === 3 && filterWidth === 3;
  const isDense = [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1);
  const isWide = Math.min(inChannels, outChannels) >= LEAST_CHANNELS;
  return usesWinograd() && isShape && isDense && isWide && inChannels % 4 === 0 && outChannels % 4 === 0;
}

/** Bytes of transformed tiles that are worked on at once, to stay in the second cache. */
const BLOCK = 768 * 1024;

/** Winograd's F(4 × 4, 3 × 3) (Lavin and Gray 2015): a quarter of the multiplications of the definition. */
export function winograd(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: number): void {
  const { native, scratch } = engine;
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  const weights = transformedFilter(engine, filter, inChannels, outChannels);
  const panels = native.packedBytes(inChannels, outChannels);
  const bias = epilogue.bias === undefined ? 0 : columnsOf(engine, epilogue.bias, outChannels, 'bias');
  const [low, high] = limitsOf(epilogue.activation) ?? [-Infinity, Infinity];
  const tiles = Math.ceil(outHeight / TILE) * Math.ceil(outWidth / TILE);
  const most = tilesAtOnce(tiles, inChannels + outChannels);
  const input = scratch.take('winograd input', 4 * PRODUCTS * most * inChannels);
  const sums = scratch.take('winograd sums', 4 * PRODUCTS * most * outChannels);
  const work = scratch.take('winograd work', 16 * 40 + 4 * PRODUCTS * inChannels);
  const target = scratch.take('target', TARGET_BYTES);
  const sizes = writeGeometry(engine, geometry);
  for (let image = 0; image < batchSize; image++) {
    const from = engine.address(x) + 4 * image * inHeight * inWidth * inChannels;
    const to = out + 4 * image * outHeight * outWidth * outChannels;
    for (let first = 0; first < tiles; first += most) {
      const count = Math.min(most, tiles - first);
      native.winogradInput(input, from, sizes, first, count, work);
      for (let i = 0; i < PRODUCTS; i++) {
        const a = input + 4 * i * count * inChannels;
        const c = sums + 4 * i * count * outChannels;
        native.gemm(
          count,
          outChannels,
          inChannels,
          a,
          inChannels,
          weights + i * panels,
          c,
          0,
          -Infinity,
          Infinity,
          target,
          0,
        );
      }
      native.winogradOutput(to, sums, sizes, outChannels, first, count, bias, low, high, work);
    }
  }
}

/** As many tiles as fit, in blocks of about the same size. */
function tilesAtOnce(tiles: number, channels: number): number {
  const fit = Math.max(8, Math.floor(BLOCK / (4 * PRODUCTS * channels)));
  return Math.ceil(tiles / Math.ceil(tiles / fit));
}

/** Address of 36 matrices of weights in panels, kept from their second use on. */
function transformedFilter(engine: Engine, filter: TensorInfo, channels: number, filters: number): number {
  const { native, scratch, packed } = engine;
  const panels = native.packedBytes(channels, filters);
  const transform = (to: number): void => {
    const plain = scratch.take('winograd weights', 4 * PRODUCTS * channels * filters);
    const work = scratch.take('winograd work', 16 * 40 + 4 * PRODUCTS * channels);
    native.winogradWeights(plain, engine.address(filter), channels, filters, work);
    for (let i = 0; i < PRODUCTS; i++) {
      native.pack(to + i * panels, plain + 4 * i * channels * filters, channels, filters, filters, 0);
    }
  };
  const kept = packed.of(filter.dataId, 'winograd', PRODUCTS * panels, transform);
  if (kept !== undefined) return kept;
  const to = scratch.take('panels', PRODUCTS * panels);
  transform(to);
  return to;
}
