import { storeFirst } from './store';

/**
 * A row of an image between two others: places and weights in 1/1024.
 * @param above the row before, `below` the one behind, `weight` of that.
 * @param places for each pixel the ones before and behind, and the weight of that, in four bytes each.
 */
export function resizeRow(
  to: usize,
  above: usize,
  below: usize,
  weight: i32,
  places: usize,
  count: i32,
  channels: i32,
): void {
  const upper = i32x4.splat(1024 - weight);
  const lower = i32x4.splat(weight);
  for (let i = 0; i < count; i++) {
    const left = <usize>(load<i32>(places) * channels);
    const right = <usize>(load<i32>(places, 4) * channels);
    const column = load<i32>(places, 8);
    const weights = i32x4.splat(((1024 - column) & 0xffff) | (column << 16));
    for (let c: i32 = 0; c < channels; c += 8) {
      const a = pairs(above + c + left, above + c + right, weights, upper, false);
      const b = pairs(below + c + left, below + c + right, weights, lower, false);
      const d = pairs(above + c + left, above + c + right, weights, upper, true);
      const e = pairs(below + c + left, below + c + right, weights, lower, true);
      const wide = i16x8.add(
        i16x8.narrow_i32x4_s(rounded(i32x4.add(a, b)), rounded(i32x4.add(d, e))),
        i16x8.splat(128),
      );
      storeFirst(to + c, i8x16.narrow_i16x8_u(wide, wide), min(channels - c, 8));
    }
    to += <usize>channels;
    places += 12;
  }
}

/** Four channels between two pixels of a row, times the weight of the row. */
// @inline
function pairs(left: usize, right: usize, weights: v128, row: v128, isSecond: bool): v128 {
  const offset = i16x8.splat(128);
  const x = i16x8.sub(v128.load_ext<u8>(left), offset);
  const y = i16x8.sub(v128.load_ext<u8>(right), offset);
  const both = isSecond
    ? v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
    : v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
  return i32x4.mul(i32x4.dot_i16x8_s(both, weights), row);
}

/** x / 2^20, halves away from zero. */
// @inline
function rounded(x: v128): v128 {
  const sign = i32x4.shr_s(x, 31);
  const size = i32x4.shr_s(i32x4.add(i32x4.abs(x), i32x4.splat(1 << 19)), 20);
  return i32x4.sub(v128.xor(size, sign), sign);
}
