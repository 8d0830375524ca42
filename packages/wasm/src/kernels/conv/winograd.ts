import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { usesWinograd } from '../../engine/settings.js';
import { columnsOf, limitsOf } from '../activations.js';
import { TARGET_BYTES } from '../product.js';
import type { Convolution } from './convolution.js';
import { writeGeometry, type Geometry } from './geometry.js';

/** Side of a tile of the output, and products of matrices between the transforms: 6 × 6. */
const TILE = 4;
const PRODUCTS = 36;

/** With fewer channels the transforms take longer than what they save. Measured: docs/kernels.md. */
const LEAST_CHANNELS = 16;

/** Fewer tiles, and sums by the definition are faster. Measured: docs/kernels.md. */
const LEAST_TILES = 3;

/** Whether a convolution may and should be done so: 3 × 3, stride 1, no dilation, channels in fours. */
export function suitsWinograd(geometry: Geometry): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const { batchSize, outHeight, outWidth, inChannels, outChannels } = geometry;
  // The transformed weights are four times as large: a tile or two do not make up for reading them.
  const isLarge = batchSize * Math.ceil(outHeight / TILE) * Math.ceil(outWidth / TILE) >= LEAST_TILES;
  const isShape = filterHeight === 3 && filterWidth === 3;
  const isDense = [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1);
  const isWide = Math.min(inChannels, outChannels) >= LEAST_CHANNELS;
  return (
    usesWinograd() && isLarge && isShape && isDense && isWide && inChannels % 4 === 0 && outChannels % 4 === 0
  );
}

/** Bytes of transformed tiles that are worked on at once, to stay in the second cache. */
const BLOCK = 768 * 1024;

/** What Winograd's algorithm needs: sizes, addresses of images and transformed weights, and what follows the sums. */
export interface WinogradJob {
  readonly geometry: Geometry;
  readonly images: number;
  readonly weights: number;
  /** Address of a bias for each channel, or 0. */
  readonly bias: number;
  readonly limits: readonly [low: number, high: number];
}

/** Winograd's F(4 × 4, 3 × 3) (Lavin and Gray 2015): a quarter of the multiplications of the definition. */
export function winograd(engine: Engine, { geometry, x, filter, epilogue }: Convolution, out: number): void {
  const { inChannels, outChannels } = geometry;
  const bias = epilogue.bias === undefined ? 0 : columnsOf(engine, epilogue.bias, outChannels, 'bias');
  const weights = transformedFilter(engine, filter, inChannels, outChannels);
  const limits = limitsOf(epilogue.activation) ?? UNLIMITED;
  runWinograd(engine, { geometry, images: engine.address(x), weights, bias, limits }, out);
}

const UNLIMITED = [-Infinity, Infinity] as const;

/** The tiles of all images in blocks: a block may begin in one image and end in another. */
export function runWinograd(
  engine: Engine,
  { geometry, images, weights, bias, limits }: WinogradJob,
  out: number,
): void {
  const { native, scratch } = engine;
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  const [low, high] = limits;
  const panels = native.packedBytes(inChannels, outChannels);
  const tiles = Math.ceil(outHeight / TILE) * Math.ceil(outWidth / TILE);
  const most = tilesAtOnce(batchSize * tiles, inChannels + outChannels);
  const input = scratch.take('winograd input', 4 * PRODUCTS * most * inChannels);
  const sums = scratch.take('winograd sums', 4 * PRODUCTS * most * outChannels);
  const work = scratch.take('winograd work', workBytes(inChannels));
  const target = scratch.take('target', TARGET_BYTES);
  const sizes = writeGeometry(engine, geometry);
  const imageBytes = 4 * inHeight * inWidth * inChannels;
  const outBytes = 4 * outHeight * outWidth * outChannels;
  for (let start = 0; start < batchSize * tiles; start += most) {
    const rows = Math.min(most, batchSize * tiles - start);
    eachImage(start, rows, tiles, (image, first, count, row) => {
      const to = input + 4 * row * inChannels;
      native.winogradInput(to, images + image * imageBytes, sizes, first, count, rows, work);
    });
    for (let i = 0; i < PRODUCTS; i++) {
      const a = input + 4 * i * rows * inChannels;
      const c = sums + 4 * i * rows * outChannels;
      const b = weights + i * panels;
      native.gemm(rows, outChannels, inChannels, a, inChannels, b, c, 0, ...UNLIMITED, target, 0);
    }
    eachImage(start, rows, tiles, (image, first, count, row) => {
      const to = out + image * outBytes;
      const from = sums + 4 * row * outChannels;
      native.winogradOutput(to, from, sizes, outChannels, first, count, rows, bias, low, high, work);
    });
  }
}

/** Tiles from `start` on, counted through the batch, image by image. @param visit gets tiles by their number there. */
function eachImage(
  start: number,
  rows: number,
  tiles: number,
  visit: (image: number, first: number, count: number, row: number) => void,
): void {
  for (let row = 0; row < rows;) {
    const first = (start + row) % tiles;
    const count = Math.min(tiles - first, rows - row);
    visit(Math.floor((start + row) / tiles), first, count, row);
    row += count;
  }
}

/** For 40 vectors and a patch of 6 × 6 pixels. */
function workBytes(channels: number): number {
  return 16 * 40 + 4 * PRODUCTS * channels;
}

/** As many tiles as fit, in blocks of about the same size. */
function tilesAtOnce(tiles: number, channels: number): number {
  const fit = Math.max(8, Math.floor(BLOCK / (4 * PRODUCTS * channels)));
  return Math.ceil(tiles / Math.ceil(tiles / fit));
}

/** Address of 36 matrices of weights in panels, kept from their second use on. */
function transformedFilter(engine: Engine, filter: TensorInfo, channels: number, filters: number): number {
  const bytes = transformedBytes(engine, channels, filters);
  const transform = (to: number): void =>
    transformWeights(engine, engine.address(filter), channels, filters, to);
  const kept = engine.packed.of(filter.dataId, `winograd ${channels}x${filters}`, bytes, transform);
  if (kept !== undefined) return kept;
  const to = engine.scratch.take('panels', bytes);
  transform(to);
  return to;
}

/** Writes 36 matrices of weights in panels, of 3 × 3 × channels × filters numbers at an address. */
export function transformWeights(
  { native, scratch }: Engine,
  from: number,
  channels: number,
  filters: number,
  to: number,
): void {
  const panels = native.packedBytes(channels, filters);
  const plain = scratch.take('winograd weights', 4 * PRODUCTS * channels * filters);
  native.winogradWeights(plain, from, channels, filters, scratch.take('winograd work', workBytes(channels)));
  for (let i = 0; i < PRODUCTS; i++) {
    native.pack(to + i * panels, plain + 4 * i * channels * filters, channels, filters, filters, 0);
  }
}

/** Bytes of {@link transformWeights}. */
export function transformedBytes({ native }: Engine, channels: number, filters: number): number {
  return PRODUCTS * native.packedBytes(channels, filters);
}
