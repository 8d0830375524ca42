import { stepsOf } from './form';

/** Rows of a tile. */
const TILE: i32 = 6;

/**
 * Rows of k bytes as tiles of the plain form read them, of 16 bits each: the first two numbers of each of six rows, their
 * next two, …, up to a whole round of steps whatever is there. A last tile of fewer rows is as long as they are. Reads up
 * to seven bytes beyond rows.
 */
export function layRows(to: usize, from: usize, m: i32, k: i32, fromStep: usize): void {
  const steps = stepsOf(k);
  for (; m >= TILE; m -= TILE) {
    laySix(to, from, steps, fromStep);
    from += <usize>TILE * fromStep;
    to += (<usize>(TILE * steps)) << 2;
  }
  const step = (<usize>m) << 2;
  for (let row = 0; row < m; row++) {
    let at = to + ((<usize>row) << 2);
    for (let i = 0; i < steps; i += 2) {
      const x = i16x8.extend_low_i8x16_u(v128.load32_zero(from + 2 * i));
      v128.store32_lane(at, x, 0);
      v128.store32_lane(at + step, x, 1);
      at += 2 * step;
    }
    from += fromStep;
  }
}

function laySix(to: usize, from: usize, steps: i32, fromStep: usize): void {
  for (; steps > 0; steps -= 4) {
    const x0 = v128.load_ext<u8>(from);
    const x1 = v128.load_ext<u8>(from + fromStep);
    const x2 = v128.load_ext<u8>(from + 2 * fromStep);
    const x3 = v128.load_ext<u8>(from + 3 * fromStep);
    const x4 = v128.load_ext<u8>(from + 4 * fromStep);
    const x5 = v128.load_ext<u8>(from + 5 * fromStep);
    const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(x4, x5, 0, 4, 1, 5);
    v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(to, v128.shuffle<i64>(c, a, 0, 3), 16);
    v128.store(to, v128.shuffle<i64>(b, c, 1, 3), 32);
    if (steps > 2) {
      const d = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
      const e = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
      const f = v128.shuffle<i32>(x4, x5, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<i64>(d, e, 0, 2), 48);
      v128.store(to, v128.shuffle<i64>(f, d, 0, 3), 64);
      v128.store(to, v128.shuffle<i64>(e, f, 1, 3), 80);
    }
    from += 8;
    to += 96;
  }
}
