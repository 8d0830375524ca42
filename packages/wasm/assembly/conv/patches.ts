import { addNumbers, copyNumbers, zeroNumbers } from '../elementwise/copy';
import * as G from './geometry';

/**
 * What a filter sees of an image, as rows of a matrix: one for each of `count` pixels of the output from `first` on,
 * in it filterHeight × filterWidth × channels numbers. Outside of the image there are zeros.
 * @param image height × width × channels numbers.
 */
export function patches(to: usize, image: usize, geometry: usize, first: i32, count: i32): void {
  walk(to, image, geometry, first, count, false);
}

/** The reverse: adds rows of such a matrix to the pixels that they were taken from. */
export function addPatches(image: usize, from: usize, geometry: usize, first: i32, count: i32): void {
  walk(from, image, geometry, first, count, true);
}

function walk(rows: usize, image: usize, g: usize, first: i32, count: i32, back: bool): void {
  const height = load<i32>(g, G.HEIGHT);
  const outWidth = load<i32>(g, G.OUT_WIDTH);
  const filterHeight = load<i32>(g, G.FILTER_HEIGHT);
  const step = (<usize>(load<i32>(g, G.FILTER_WIDTH) * load<i32>(g, G.CHANNELS))) << 2;
  const lineStep = (<usize>(load<i32>(g, G.WIDTH) * load<i32>(g, G.CHANNELS))) << 2;
  let outY = first / outWidth;
  let outX = first % outWidth;
  for (; count > 0; count--) {
    const left = outX * load<i32>(g, G.STRIDE_WIDTH) - load<i32>(g, G.PAD_LEFT);
    let y = outY * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP);
    for (let i = 0; i < filterHeight; i++) {
      if (y >= 0 && y < height) line(rows, image + <usize>y * lineStep, g, left, back);
      else if (!back) zeroNumbers(rows, <i32>(step >> 2));
      rows += step;
      y += load<i32>(g, G.DILATION_HEIGHT);
    }
    outX++;
    if (outX === outWidth) {
      outX = 0;
      outY++;
    }
  }
}

/** One line of a filter: a run of pixels where it is not dilated, pixels one by one otherwise. */
function line(row: usize, pixels: usize, g: usize, left: i32, back: bool): void {
  const width = load<i32>(g, G.WIDTH);
  const channels = load<i32>(g, G.CHANNELS);
  const filterWidth = load<i32>(g, G.FILTER_WIDTH);
  const dilation = load<i32>(g, G.DILATION_WIDTH);
  if (dilation === 1) {
    const from = max(left, 0);
    const to = max(from, min(left + filterWidth, width));
    const before = min(from - left, filterWidth) * channels;
    const inside = (to - from) * channels;
    move(
      row,
      before,
      pixels + ((<usize>(from * channels)) << 2),
      inside,
      filterWidth * channels - before - inside,
      back,
    );
    return;
  }
  for (let i = 0; i < filterWidth; i++) {
    const x = left + i * dilation;
    const inside = x >= 0 && x < width;
    move(row, 0, pixels + ((<usize>(x * channels)) << 2), inside ? channels : 0, inside ? 0 : channels, back);
    row += (<usize>channels) << 2;
  }
}

/** Zeros, numbers of the image, zeros; or those numbers added back to the image. */
function move(row: usize, before: i32, pixels: usize, inside: i32, after: i32, back: bool): void {
  const start = row + ((<usize>before) << 2);
  if (back) {
    addNumbers(pixels, start, inside);
    return;
  }
  if (before) zeroNumbers(row, before);
  copyNumbers(start, pixels, inside);
  if (after) zeroNumbers(start + ((<usize>inside) << 2), after);
}
