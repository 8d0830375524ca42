import * as T from './ending';
import { dynamicRow } from './rows';

// Depthwise convolutions of images in numbers of 16 bits, with zeros around them: only the build without relaxed SIMD has
// such numbers.

/**
 * Lines of floats as whole numbers, each channel as often as it has filters.
 * @param to the first pixel; lines are `lineStep` bytes apart and pixels `pixelStep`.
 * @param line memory for the numbers of a line.
 */
export function dynamicLines(
  to: usize,
  x: usize,
  params: usize,
  height: i32,
  width: i32,
  channels: i32,
  multiplier: i32,
  lineStep: usize,
  pixelStep: usize,
  kind: i32,
  most: i32,
  line: usize,
): void {
  const isWhole = (<usize>channels) << 1 === pixelStep;
  for (; height > 0; height--) {
    const numbers = width * channels;
    dynamicRow(isWhole ? to : line, 4, x, params, numbers, kind, most);
    if (!isWhole) place(to, line, width, channels, multiplier, pixelStep);
    x += (<usize>numbers) << 2;
    to += lineStep;
  }
}

function place(to: usize, from: usize, width: i32, channels: i32, multiplier: i32, pixelStep: usize): void {
  for (; width > 0; width--) {
    let at = to;
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < multiplier; i++) {
        store<u16>(at, load<u16>(from));
        at += 2;
      }
      from += 2;
    }
    to += pixelStep;
  }
}

/**
 * One image by a filter for each channel.
 * @param image see `dynamicLines`, whole vectors of channels, of which `channels` are wanted.
 * @param down bytes from the first pixel of a line of windows to that of the next, `right` from window to window.
 * @param taps where the pixels of a window lie, in pairs, in bytes from its first.
 * @param weights for each eight channels, for each pair two numbers of 16 bits for each channel.
 * @param columns and `target` as of `dynamicGemm`; what is set in the target steps from eight channels to the next.
 */
export function dynamicDepthwise(
  to: usize,
  image: usize,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  down: usize,
  right: usize,
  taps: usize,
  pairs: i32,
  weights: usize,
  columns: usize,
  params: usize,
  target: usize,
): void {
  const end = taps + ((<usize>pairs) << 3);
  store<usize>(target, params, T.ROW);
  for (; outHeight > 0; outHeight--) {
    let from = image;
    for (let i = 0; i < outWidth; i++) {
      let w = weights;
      store<usize>(target, to, T.C);
      store<usize>(target, columns, T.COLUMNS);
      for (let c = 0; c < channels; c += 8) {
        const pixel = from + ((<usize>c) << 1);
        let x = i32x4.splat(0);
        let y = i32x4.splat(0);
        for (let tap = taps; tap < end; tap += 8) {
          const a = v128.load(pixel + load<usize>(tap));
          const b = v128.load(pixel + load<usize>(tap, 4));
          const low = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
          const high = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
          x = i32x4.add(x, i32x4.dot_i16x8_s(low, v128.load(w)));
          y = i32x4.add(y, i32x4.dot_i16x8_s(high, v128.load(w, 16)));
          w += 32;
        }
        store<i32>(target, min(8, channels - c), T.WIDTH);
        v128.store(target, x, T.SUMS);
        v128.store(target, y, T.SUMS + 16);
        T.finish(1, target);
        store<usize>(target, load<usize>(target, T.COLUMNS) + T.COLUMNS_BYTES, T.COLUMNS);
      }
      from += right;
      to += (<usize>channels) << 2;
    }
    image += down;
  }
}
