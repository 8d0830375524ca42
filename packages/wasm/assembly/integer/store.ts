/** The first `count` of 16 bytes, the rest of memory untouched. */
// @inline
export function storeFirst(to: usize, x: v128, count: i32): void {
  if (count >= 16) v128.store(to, x);
  else storeFewer(to, x, count);
}

function storeFewer(to: usize, x: v128, count: i32): void {
  if (count & 8) {
    v128.store64_lane(to, x, 0);
    x = v128.shuffle<i64>(x, x, 1, 1);
    to += 8;
  }
  if (count & 4) {
    v128.store32_lane(to, x, 0);
    x = v128.shuffle<i32>(x, x, 1, 1, 2, 3);
    to += 4;
  }
  if (count & 2) {
    v128.store16_lane(to, x, 0);
    x = v128.shuffle<i16>(x, x, 1, 1, 2, 3, 4, 5, 6, 7);
    to += 2;
  }
  if (count & 1) v128.store8_lane(to, x, 0);
}
