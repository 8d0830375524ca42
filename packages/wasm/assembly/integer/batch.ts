import { LANE, PANEL, STEP, stepsOf } from './form';
import * as T from './target';

/** From an unsigned byte of q + 128 to q, in each of eight. */
const FLIP: u64 = 0x8080808080808080;

/**
 * Panels as `pack.ts` makes them, of a k × n matrix of unsigned bytes that was just computed: they become int8 values.
 * Reads up to seven bytes beyond rows.
 */
export function packBytes(to: usize, from: usize, k: i32, n: i32): void {
  const row = <usize>n;
  for (let j = 0; j < n; j += PANEL) {
    let p = from + <usize>j;
    for (let i = 0; i < stepsOf(k) * LANE; i += LANE) {
      // Rows behind the last become zeros.
      const x0 = eight(p, i < k);
      const x1 = eight(p + row, i + 1 < k);
      const low = v128.shuffle<i8>(x0, x1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      if (LANE === 2) v128.store(to, low);
      else {
        const x2 = eight(p + 2 * row, i + 2 < k);
        const x3 = eight(p + 3 * row, i + 3 < k);
        const high = v128.shuffle<i8>(x2, x3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        v128.store(to, v128.shuffle<i16>(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(to, v128.shuffle<i16>(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      }
      to += STEP;
      p += <usize>LANE * row;
    }
  }
}

function eight(from: usize, isThere: bool): v128 {
  return isThere ? v128.xor(v128.load64_zero(from), i64x2.splat(FLIP)) : i64x2.splat(0);
}

/** The same of an n × k matrix, turned. */
export function packTurned(to: usize, from: usize, k: i32, n: i32): void {
  const whole = k / LANE;
  const rest = <usize>(stepsOf(k) - whole) * STEP;
  for (let j = 0; j < n; j += PANEL) {
    const width = min(PANEL, n - j);
    for (let i = 0; i < whole; i++) {
      let p = from + <usize>(j * k + i * LANE);
      for (let c = 0; c < width; c++) {
        if (LANE === 2) store<u16>(to + <usize>(c * LANE), load<u16>(p) ^ (<u16>FLIP));
        else store<u32>(to + <usize>(c * LANE), load<u32>(p) ^ (<u32>FLIP));
        p += <usize>k;
      }
      to += STEP;
    }
    memory.fill(to, 0, rest);
    for (let c = 0; c < width; c++) {
      for (let i = whole * LANE; i < k; i++) {
        store<u8>(
          to + <usize>(c * LANE + i - whole * LANE),
          load<u8>(from + <usize>((j + c) * k + i)) ^ (<u8>FLIP),
        );
      }
    }
    to += rest;
  }
}

/** For each row of k bytes: `factor` times their sum. */
export function sumsOfRows(to: usize, from: usize, rows: i32, k: i32, factor: i32): void {
  for (; rows > 0; rows--) {
    let sums = i32x4.splat(0);
    let i = 0;
    for (; i + 16 <= k; i += 16) {
      sums = i32x4.add(
        sums,
        i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(from + i))),
      );
    }
    let sum =
      i32x4.extract_lane(sums, 0) +
      i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) +
      i32x4.extract_lane(sums, 3);
    for (; i < k; i++) sum += <i32>load<u8>(from + i);
    store<i32>(to, factor * sum);
    to += 4;
    from += <usize>k;
  }
}

/** For each of n columns of k bytes: `factor` times their sum. */
export function sumsOfColumns(to: usize, from: usize, k: i32, n: i32, factor: i32): void {
  for (let j = 0; j < n; j++) store<i32>(to + ((<usize>j) << 2), 0);
  for (let i = 0; i < k; i++) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const at = to + ((<usize>j) << 2);
      const x = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from + j)));
      v128.store(at, i32x4.add(v128.load(at), x));
    }
    for (; j < n; j++) {
      const at = to + ((<usize>j) << 2);
      store<i32>(at, load<i32>(at) + <i32>load<u8>(from + j));
    }
    from += <usize>n;
  }
  for (let j = 0; j < n; j++) store<i32>(to + ((<usize>j) << 2), factor * load<i32>(to + ((<usize>j) << 2)));
}

/** Writes what sums of columns begin with: `start` and what is told of each. */
export function setBiases(columns: usize, sums: usize, n: i32, start: i32): void {
  for (let j = 0; j < n; j++) {
    const record = columns + <usize>(j / PANEL) * T.COLUMNS_BYTES;
    store<i32>(record + ((<usize>(j % PANEL)) << 2), start + load<i32>(sums + ((<usize>j) << 2)), T.BIAS);
  }
}
