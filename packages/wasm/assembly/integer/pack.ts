import { LANE, PANEL, stepsOf } from './form';

/** Bytes of a k × n matrix of int8 in panels. */
export function integerPackedBytes(k: i32, n: i32): usize {
  return ((n + PANEL - 1) / PANEL) * PANEL * stepsOf(k) * LANE;
}

/**
 * A k × n matrix of int8 in panels of eight columns: for each step along K the numbers of a lane for column 0, for column
 * 1, … Zeros fill the last steps and columns behind the last.
 * @param from k rows of n bytes, `stride` bytes from row to row.
 */
export function integerPack(to: usize, from: usize, k: i32, n: i32, stride: i32): void {
  const steps = stepsOf(k);
  for (let j = 0; j < n; j += PANEL) {
    for (let step = 0; step < steps; step++) {
      for (let column = j; column < j + PANEL; column++) {
        for (let i = step * LANE; i < (step + 1) * LANE; i++) {
          store<i8>(to++, i < k && column < n ? load<i8>(from + <usize>(i * stride + column)) : 0);
        }
      }
    }
  }
}
