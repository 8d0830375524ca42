import { copyNumbers, zeroNumbers } from '../elementwise/copy';
import { clamp } from '../simd';
import * as G from './geometry';
import { inputLine, outputLine, weightLine } from './winograd-transforms';

// Convolutions with 3 × 3 filters, stride 1 and no dilation by Winograd's F(4 × 4, 3 × 3): the output in tiles of 4 × 4,
// for each a patch of 6 × 6 of the input; between the transforms 36 products of matrices. Channels come in fours.

/** Side of a tile of the output. */
const TILE: i32 = 4;
/** Side of the patch of the input that it needs. */
const SIDE: i32 = 6;

/**
 * Transformed weights: 36 matrices of `channels` × `filters` numbers.
 * @param from 3 × 3 × channels × filters numbers.
 * @param work memory for 24 float64.
 */
export function winogradWeights(to: usize, from: usize, channels: i32, filters: i32, work: usize): void {
  const matrix = (<usize>(channels * filters)) << 2;
  const half = work;
  const whole = work + 144;
  for (let i = 0; i < channels * filters; i++) {
    const at = from + ((<usize>i) << 2);
    for (let x = 0; x < 3; x++) {
      const column = at + <usize>x * matrix;
      weightLine(
        half + (x << 3),
        24,
        load<f32>(column),
        load<f32>(column + 3 * matrix),
        load<f32>(column + 6 * matrix),
      );
    }
    for (let y = 0; y < SIDE; y++) {
      const line = half + <usize>y * 24;
      weightLine(whole, 8, load<f64>(line), load<f64>(line, 8), load<f64>(line, 16));
      for (let x = 0; x < SIDE; x++) {
        store<f32>(to + <usize>(y * SIDE + x) * matrix + ((<usize>i) << 2), <f32>load<f64>(whole + (x << 3)));
      }
    }
  }
}

/**
 * Transformed input of `count` tiles of an image from tile `first` on: rows of 36 matrices of `rows` × channels
 * numbers, which may hold tiles of other images, too.
 * @param to address of the first tile's row in the first matrix.
 * @param work memory for 36 vectors and 36 × channels numbers.
 */
export function winogradInput(
  to: usize,
  image: usize,
  g: usize,
  first: i32,
  count: i32,
  rows: i32,
  work: usize,
): void {
  const height = load<i32>(g, G.HEIGHT);
  const width = load<i32>(g, G.WIDTH);
  const channels = load<i32>(g, G.CHANNELS);
  const across = (load<i32>(g, G.OUT_WIDTH) + TILE - 1) / TILE;
  const pixel = (<usize>channels) << 2;
  const matrix = <usize>rows * pixel;
  const gathered = work + 576;
  for (let i = 0; i < count; i++) {
    const tile = first + i;
    const top = (tile / across) * TILE - load<i32>(g, G.PAD_TOP);
    const left = (tile % across) * TILE - load<i32>(g, G.PAD_LEFT);
    let from = image + <usize>(top * width + left) * pixel;
    let line = <usize>width * pixel;
    if (top < 0 || left < 0 || top + SIDE > height || left + SIDE > width) {
      gather(gathered, image, height, width, channels, top, left);
      from = gathered;
      line = <usize>SIDE * pixel;
    }
    let out = to + <usize>i * pixel;
    for (let c = 0; c < channels; c += 4) {
      for (let x: usize = 0; x < 6; x++) inputLine(work + (x << 4), 96, from + x * pixel, line);
      for (let y: usize = 0; y < 6; y++) inputLine(out + y * 6 * matrix, matrix, work + y * 96, 16);
      from += 16;
      out += 16;
    }
  }
}

/** A patch of 6 × 6 pixels, zeros outside of the image. */
function gather(to: usize, image: usize, height: i32, width: i32, channels: i32, top: i32, left: i32): void {
  const from = max(left, 0);
  const end = max(from, min(left + SIDE, width));
  const before = min(from - left, SIDE) * channels;
  const inside = (end - from) * channels;
  for (let y = top; y < top + SIDE; y++) {
    if (y < 0 || y >= height) zeroNumbers(to, SIDE * channels);
    else {
      zeroNumbers(to, before);
      copyNumbers(
        to + ((<usize>before) << 2),
        image + ((<usize>((y * width + from) * channels)) << 2),
        inside,
      );
      zeroNumbers(to + ((<usize>(before + inside)) << 2), SIDE * channels - before - inside);
    }
    to += (<usize>(SIDE * channels)) << 2;
  }
}

/**
 * The output of `count` tiles of an image from tile `first` on, held within [low, high].
 * @param from address of the first tile's row in the first of 36 matrices of `all` × filters numbers.
 * @param bias one number for each filter, or 0.
 * @param work memory for 40 vectors.
 */
export function winogradOutput(
  image: usize,
  from: usize,
  g: usize,
  filters: i32,
  first: i32,
  count: i32,
  all: i32,
  bias: usize,
  low: f32,
  high: f32,
  work: usize,
): void {
  const outHeight = load<i32>(g, G.OUT_HEIGHT);
  const outWidth = load<i32>(g, G.OUT_WIDTH);
  const across = (outWidth + TILE - 1) / TILE;
  const pixel = (<usize>filters) << 2;
  const matrix = <usize>all * pixel;
  const tile = work + 384;
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  for (let i = 0; i < count; i++) {
    const top = ((first + i) / across) * TILE;
    const left = ((first + i) % across) * TILE;
    const rows = min(TILE, outHeight - top);
    const columns = min(TILE, outWidth - left);
    const out = image + <usize>(top * outWidth + left) * pixel;
    const sums = from + <usize>i * pixel;
    for (let k = 0; k < filters; k += 4) {
      const at = (<usize>k) << 2;
      for (let x: usize = 0; x < 6; x++) outputLine(work + (x << 4), 96, sums + at + x * matrix, 6 * matrix);
      const add = bias ? v128.load(bias + at) : f32x4.splat(0);
      for (let y = 0; y < rows; y++) {
        outputLine(tile, 16, work + <usize>y * 96, 16);
        let to = out + <usize>(y * outWidth) * pixel + at;
        for (let x = 0; x < columns; x++) {
          v128.store(to, clamp(f32x4.add(v128.load(tile + ((<usize>x) << 4)), add), least, most));
          to += pixel;
        }
      }
    }
  }
}
