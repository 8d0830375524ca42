/** table[byte], 256 bytes. */
export function lookUpBytes(to: usize, from: usize, count: i32, table: usize): void {
  for (; count >= 8; count -= 8) {
    store<u8>(to, load<u8>(table + load<u8>(from)));
    store<u8>(to, load<u8>(table + load<u8>(from, 1)), 1);
    store<u8>(to, load<u8>(table + load<u8>(from, 2)), 2);
    store<u8>(to, load<u8>(table + load<u8>(from, 3)), 3);
    store<u8>(to, load<u8>(table + load<u8>(from, 4)), 4);
    store<u8>(to, load<u8>(table + load<u8>(from, 5)), 5);
    store<u8>(to, load<u8>(table + load<u8>(from, 6)), 6);
    store<u8>(to, load<u8>(table + load<u8>(from, 7)), 7);
    to += 8;
    from += 8;
  }
  for (; count > 0; count--) store<u8>(to++, load<u8>(table + load<u8>(from++)));
}

/** The largest of bytes. */
function largest(from: usize, count: i32): i32 {
  let most: i32 = 0;
  if (count >= 16) {
    let x = v128.load(from);
    for (let i = 16; i + 16 <= count; i += 16) x = i8x16.max_u(x, v128.load(from + i));
    x = i8x16.max_u(x, v128.load(from + count - 16));
    x = i8x16.max_u(x, v128.shuffle<i64>(x, x, 1, 1));
    x = i8x16.max_u(x, v128.shuffle<i32>(x, x, 1, 1, 2, 3));
    for (let i = 0; i < 4; i++) {
      most = max(most, i8x16.extract_lane_u(x, 0));
      x = v128.shuffle<i8>(x, x, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    return most;
  }
  for (let i = 0; i < count; i++) most = max(most, <i32>load<u8>(from + i));
  return most;
}

/**
 * Softmax of rows, in whole numbers below 2^53, which double precision holds: no quotient of them is rounded up to a whole
 * number that it does not reach.
 * @param table 256 int32 numbers: exponentials of steps below the largest.
 * @param work four bytes for each number of a row, and 16.
 */
export function softmaxBytes(to: usize, from: usize, rows: i32, columns: i32, table: usize, work: usize): void {
  for (; rows > 0; rows--) {
    const most = largest(from, columns);
    let sum: i64 = 0;
    for (let i = 0; i < columns; i++) {
      const e = load<i32>(table + (<usize>(most - <i32>load<u8>(from + i)) << 2));
      sum += e;
      store<i32>(work + (<usize>i << 2), e);
    }
    const whole = f64x2.splat(<f64>sum);
    const divisor = f64x2.splat(2 * <f64>sum);
    const factor = f64x2.splat(512);
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const e = v128.load(work + (<usize>i << 2));
      const low = f64x2.div(f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(e), factor), whole), divisor);
      const upper = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(e, e, 2, 3, 2, 3));
      const high = f64x2.div(f64x2.add(f64x2.mul(upper, factor), whole), divisor);
      store<u8>(to + i, toByte(f64x2.extract_lane(low, 0)));
      store<u8>(to + i, toByte(f64x2.extract_lane(low, 1)), 1);
      store<u8>(to + i, toByte(f64x2.extract_lane(high, 0)), 2);
      store<u8>(to + i, toByte(f64x2.extract_lane(high, 1)), 3);
    }
    for (; i < columns; i++) {
      const e = <f64>load<i32>(work + (<usize>i << 2));
      store<u8>(to + i, toByte((512 * e + <f64>sum) / (2 * <f64>sum)));
    }
    from += columns;
    to += columns;
  }
}

// @ts-ignore: decorator
@inline
function toByte(x: f64): u8 {
  return <u8>min(<i32>x, 255);
}
