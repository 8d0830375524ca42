import * as G from '../conv/geometry';
import { copyOver } from './copy';

/** Bytes from pixel to pixel: more than the channels that are read where a convolution has groups. */
export const PIXEL: usize = 52;
/** What padding counts as: the zero point of the image as an unsigned byte. */
export const ZERO: usize = 56;
/** Bytes of a number: 1 or 2. */
export const NUMBER: usize = 60;

/**
 * What a filter sees of an image, as rows: one for each of `count` pixels of the output from `first` on, in it
 * filterHeight × filterWidth × channels numbers. Outside of the image lies the zero point.
 * @param g what `conv/geometry.ts` and this file tell.
 * @param step bytes from row to row; up to 15 bytes are written behind the last one.
 */
export function integerPatches(to: usize, image: usize, g: usize, first: i32, count: i32, step: usize): void {
  const height = load<i32>(g, G.HEIGHT);
  const outWidth = load<i32>(g, G.OUT_WIDTH);
  const filterHeight = load<i32>(g, G.FILTER_HEIGHT);
  const numbers = load<i32>(g, G.FILTER_WIDTH) * load<i32>(g, G.CHANNELS);
  const number = load<i32>(g, NUMBER);
  const lineStep = <usize>(load<i32>(g, G.WIDTH) * load<i32>(g, PIXEL) * number);
  const pixelBytes = load<i32>(g, PIXEL) * number;
  const isRun = load<i32>(g, G.DILATION_WIDTH) === 1 && load<i32>(g, PIXEL) === load<i32>(g, G.CHANNELS);
  const lastLeft = load<i32>(g, G.WIDTH) - load<i32>(g, G.FILTER_WIDTH);
  let outY = first / outWidth;
  let outX = first % outWidth;
  for (; count > 0; count--) {
    const left = outX * load<i32>(g, G.STRIDE_WIDTH) - load<i32>(g, G.PAD_LEFT);
    let y = outY * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP);
    let at = to;
    const isInside = isRun && left >= 0 && left <= lastLeft;
    for (let i = 0; i < filterHeight; i++) {
      if (isInside && y >= 0 && y < height)
        copyOver(at, image + <usize>y * lineStep + <usize>(left * pixelBytes), numbers * number);
      else if (y >= 0 && y < height) line(at, image + <usize>y * lineStep, g, left);
      else fill(at, load<u8>(g, ZERO), numbers, number);
      at += <usize>(numbers * number);
      y += load<i32>(g, G.DILATION_HEIGHT);
    }
    to += step;
    outX++;
    if (outX === outWidth) {
      outX = 0;
      outY++;
    }
  }
}

/**
 * One line of a filter, and up to 15 bytes behind it, which the next one overwrites or nobody reads: a run of pixels where they lie side by
 * side, pixels one by one otherwise.
 */
function line(to: usize, pixels: usize, g: usize, left: i32): void {
  const width = load<i32>(g, G.WIDTH);
  const channels = load<i32>(g, G.CHANNELS);
  const filterWidth = load<i32>(g, G.FILTER_WIDTH);
  const pixel = load<i32>(g, PIXEL);
  const dilation = load<i32>(g, G.DILATION_WIDTH);
  const number = load<i32>(g, NUMBER);
  const zero = load<u8>(g, ZERO);
  if (dilation === 1 && pixel === channels) {
    const from = max(left, 0);
    const end = max(from, min(left + filterWidth, width));
    const before = min(from - left, filterWidth) * channels;
    const inside = (end - from) * channels;
    const start = to + <usize>(before * number);
    if (before) fill(to, zero, before, number);
    if (inside) copyOver(start, pixels + <usize>(from * channels * number), inside * number);
    const after = filterWidth * channels - before - inside;
    if (after) fill(start + <usize>(inside * number), zero, after, number);
    return;
  }
  for (let i = 0; i < filterWidth; i++) {
    const x = left + i * dilation;
    if (x >= 0 && x < width) copyOver(to, pixels + <usize>(x * pixel * number), channels * number);
    else fill(to, zero, channels, number);
    to += <usize>(channels * number);
  }
}

function fill(to: usize, value: u8, count: i32, number: i32): void {
  if (number === 1) memory.fill(to, value, count);
  else for (let i = 0; i < count; i++) store<u16>(to + (i << 1), <u16>value);
}
