import { A_BYTES, LANE } from './form';

/** Unsigned bytes as tiles read them: as they are with relaxed SIMD, of 16 bits without. Writes no more than `count`. */
export function widen(to: usize, from: usize, count: i32): void {
  if (A_BYTES === 1) copyBytes(to, from, count);
  else widenBytes(to, from, count);
}

/** Bytes one after the other, no more than `count`: faster than `memory.copy` where they are few. */
export function copyBytes(to: usize, from: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; count > 0; count--) store<u8>(to++, load<u8>(from++));
}

function widenBytes(to: usize, from: usize, count: i32): void {
  for (; count >= 8; count -= 8) {
    v128.store(to, v128.load_ext<u8>(from));
    to += 16;
    from += 8;
  }
  for (; count > 0; count--) {
    store<u16>(to, <u16>load<u8>(from++));
    to += 2;
  }
}

/** Rows of k bytes as tiles read them, each up to a whole step. */
export function widenRows(to: usize, from: usize, m: i32, k: i32, fromStep: usize): void {
  const toStep = <usize>(((k + LANE - 1) / LANE) * LANE * A_BYTES);
  for (; m > 0; m--) {
    widen(to, from, k);
    from += fromStep;
    to += toStep;
  }
}
