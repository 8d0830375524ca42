import * as G from '../conv/geometry';
import { finish, SUMS } from './ending';
import { storeFirst } from './store';
import * as T from './target';

/** Sums of so many bytes stay within 16 bits. */
const MOST: i32 = 257;

/** Largest values of windows, padding left out. */
export function maxPoolBytes(to: usize, image: usize, g: usize): void {
  pool(to, image, g, false);
}

/** Means of windows, padding left out of count, halves away from zero (of the int8 values). */
export function avgPoolBytes(to: usize, image: usize, g: usize): void {
  pool(to, image, g, true);
}

// @inline
function pool(to: usize, image: usize, g: usize, isMean: bool): void {
  const channels = load<i32>(g, G.CHANNELS);
  const width = load<i32>(g, G.WIDTH);
  const outWidth = load<i32>(g, G.OUT_WIDTH);
  const windowWidth = load<i32>(g, G.FILTER_WIDTH);
  const lineBytes = <usize>(width * channels);
  for (let outY = 0; outY < load<i32>(g, G.OUT_HEIGHT); outY++) {
    const y = outY * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP);
    const top = max(y, 0);
    const bottom = min(y + load<i32>(g, G.FILTER_HEIGHT), load<i32>(g, G.HEIGHT));
    for (let outX = 0; outX < outWidth; outX++) {
      const x = outX * load<i32>(g, G.STRIDE_WIDTH) - load<i32>(g, G.PAD_LEFT);
      const left = max(x, 0);
      const columns = min(x + windowWidth, width) - left;
      const from = image + <usize>top * lineBytes + <usize>(left * channels);
      if (isMean) means(to, from, bottom - top, columns, channels, lineBytes);
      else most(to, from, bottom - top, columns, channels, lineBytes);
      to += <usize>channels;
    }
  }
}

function most(to: usize, from: usize, rows: i32, columns: i32, channels: i32, lineBytes: usize): void {
  for (let c = 0; c < channels; c += 16) {
    let x = i8x16.splat(0);
    for (let i = 0; i < rows; i++) {
      let p = from + <usize>i * lineBytes + <usize>c;
      for (let j = 0; j < columns; j++) {
        x = i8x16.max_u(x, v128.load(p));
        p += <usize>channels;
      }
    }
    storeFirst(to + c, x, channels - c);
  }
}

function means(to: usize, from: usize, rows: i32, columns: i32, channels: i32, lineBytes: usize): void {
  const count = rows * columns;
  if (count > MOST) {
    for (let c = 0; c < channels; c++)
      store<u8>(to + c, meanOf(from + c, rows, columns, channels, lineBytes));
    return;
  }
  const zeros = i16x8.splat(<i16>(count << 7));
  const divisor = f32x4.splat(<f32>count);
  const half = f32x4.splat(<f32>(count >> 1));
  for (let c = 0; c < channels; c += 8) {
    let x = i16x8.splat(0);
    for (let i = 0; i < rows; i++) {
      let p = from + <usize>i * lineBytes + <usize>c;
      for (let j = 0; j < columns; j++) {
        x = i16x8.add(x, v128.load_ext<u8>(p));
        p += <usize>channels;
      }
    }
    // Unsigned sums less 128 for each are signed ones.
    x = i16x8.sub(x, zeros);
    const low = rounded(i32x4.extend_low_i16x8_s(x), half, divisor);
    const high = rounded(i32x4.extend_high_i16x8_s(x), half, divisor);
    const y = i16x8.add(i16x8.narrow_i32x4_s(low, high), i16x8.splat(128));
    storeFirst(to + c, i8x16.narrow_i16x8_u(y, y), min(channels - c, 8));
  }
}

/** Whole numbers below 2^17 divided by one up to 257: float32 tells whole quotients from all others. */
// @inline
function rounded(sum: v128, half: v128, divisor: v128): v128 {
  const x = f32x4.convert_i32x4_s(sum);
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return i32x4.trunc_sat_f32x4_s(f32x4.div(f32x4.add(x, v128.or(half, sign)), divisor));
}

function meanOf(from: usize, rows: i32, columns: i32, channels: i32, lineBytes: usize): u8 {
  const count = rows * columns;
  let sum = -(count << 7);
  for (let i = 0; i < rows; i++) {
    let p = from + <usize>i * lineBytes;
    for (let j = 0; j < columns; j++) {
      sum += <i32>load<u8>(p);
      p += <usize>channels;
    }
  }
  const half = count >> 1;
  return <u8>((sum < 0 ? sum - half : sum + half) / count + 128);
}

/**
 * Sums of columns over rows, and what becomes of them by the eight equal `record`s.
 * @param target whose zero point and ends are set.
 */
export function meanOfRows(
  to: usize,
  from: usize,
  rows: i32,
  columns: i32,
  record: usize,
  target: usize,
): void {
  store<usize>(target, record, T.COLUMNS);
  for (let c = 0; c < columns; c += 8) {
    let low = i32x4.splat(0);
    let high = i32x4.splat(0);
    let p = from + <usize>c;
    for (let first = 0; first < rows; first += MOST) {
      let x = i16x8.splat(0);
      for (let i = min(rows - first, MOST); i > 0; i--) {
        x = i16x8.add(x, v128.load_ext<u8>(p));
        p += <usize>columns;
      }
      low = i32x4.add(low, i32x4.extend_low_i16x8_u(x));
      high = i32x4.add(high, i32x4.extend_high_i16x8_u(x));
    }
    store<usize>(target, to + c, T.C);
    store<i32>(target, min(8, columns - c), T.WIDTH);
    v128.store(target, low, SUMS);
    v128.store(target, high, SUMS + 16);
    finish(1, target);
  }
}
