import { LANE } from './form';

/** First bytes of as many lines as a lane has numbers, then second bytes, … Reads up to 15 bytes beyond lines. */
export function interleave(to: usize, a: usize, b: usize, c: usize, d: usize, count: i32): void {
  if (LANE === 2) pairs(to, a, b, count);
  else fours(to, a, b, c, d, count);
}

function pairs(to: usize, a: usize, b: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    v128.store(to, v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(to, v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
    a += 16;
    b += 16;
    to += 32;
  }
  for (; count > 0; count--) {
    store<u8>(to, load<u8>(a++));
    store<u8>(to, load<u8>(b++), 1);
    to += 2;
  }
}

function fours(to: usize, a: usize, b: usize, c: usize, d: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    const z = v128.load(c);
    const w = v128.load(d);
    const x0 = v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const x1 = v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const z0 = v128.shuffle<i8>(z, w, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const z1 = v128.shuffle<i8>(z, w, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(to, v128.shuffle<i16>(x0, z0, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(x0, z0, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    v128.store(to, v128.shuffle<i16>(x1, z1, 0, 8, 1, 9, 2, 10, 3, 11), 32);
    v128.store(to, v128.shuffle<i16>(x1, z1, 4, 12, 5, 13, 6, 14, 7, 15), 48);
    a += 16;
    b += 16;
    c += 16;
    d += 16;
    to += 64;
  }
  for (; count > 0; count--) {
    store<u8>(to, load<u8>(a++));
    store<u8>(to, load<u8>(b++), 1);
    store<u8>(to, load<u8>(c++), 2);
    store<u8>(to, load<u8>(d++), 3);
    to += 4;
  }
}

/** Each byte `times` times. */
export function repeatBytes(to: usize, from: usize, count: i32, times: i32): void {
  for (let i = 0; i < count; i++) {
    const byte = load<u8>(from + i);
    for (let k = 0; k < times; k++) store<u8>(to++, byte);
  }
}
