import { loadFirst } from '../simd';

/** Columns of a panel, the width of the tiles. */
export const PANEL: i32 = 8;

/** Bytes of a k × n matrix in panels. */
export function packedBytes(k: i32, n: i32): usize {
  return (((n + PANEL - 1) / PANEL) * PANEL * k) << 2;
}

/**
 * A k × n matrix in panels of eight columns, each row of a panel in one piece: what a tile reads runs through
 * memory from one end to the other. Columns behind the last are zeros.
 * @param from k rows of n numbers, or with `transposed` n rows of k; `stride` numbers from row to row.
 */
export function pack(to: usize, from: usize, k: i32, n: i32, stride: i32, transposed: bool): void {
  for (let j = 0; j < n; j += PANEL) {
    const width = min(PANEL, n - j);
    if (transposed) packColumns(to, from + ((j * stride) << 2), k, width, stride);
    else packRows(to, from + (j << 2), k, width, stride);
    to += (PANEL * k) << 2;
  }
}

function packRows(to: usize, from: usize, k: i32, width: i32, stride: i32): void {
  const step = (<usize>stride) << 2;
  if (width === PANEL) {
    for (let i = 0; i < k; i++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += step;
      to += 32;
    }
    return;
  }
  for (let i = 0; i < k; i++) {
    v128.store(to, loadFirst(from, width));
    v128.store(to, loadFirst(from + 16, width - 4), 16);
    from += step;
    to += 32;
  }
}

/** Rows of the source are columns of the panel: blocks of 4 × 4 are turned over in registers. */
function packColumns(to: usize, from: usize, k: i32, width: i32, stride: i32): void {
  const step = (<usize>stride) << 2;
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    turn(to, 32, from + (i << 2), step, min(4, width));
    turn(to + 16, 32, from + (i << 2) + 4 * step, step, max(0, width - 4));
    to += 128;
  }
  for (; i < k; i++) {
    for (let j = 0; j < PANEL; j++) {
      store<f32>(to + (j << 2), j < width ? load<f32>(from + (i << 2) + <usize>j * step) : 0);
    }
    to += 32;
  }
}

/** A 4 × 4 block turned over; of the source only `rows` rows are read, the others count as zeros. */
export function turn(to: usize, toStep: usize, from: usize, fromStep: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  const a = rows > 0 ? v128.load(from) : zero;
  const b = rows > 1 ? v128.load(from + fromStep) : zero;
  const c = rows > 2 ? v128.load(from + 2 * fromStep) : zero;
  const d = rows > 3 ? v128.load(from + 3 * fromStep) : zero;
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}

/**
 * A matrix turned over: `rows` rows of `columns` numbers become `columns` rows of `rows`, without gaps.
 * @param stride numbers from row to row of the source.
 */
export function transpose(to: usize, from: usize, rows: i32, columns: i32, stride: i32): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let i = 0; i < wholeRows; i += 4) {
    for (let j = 0; j < wholeColumns; j += 4) {
      turn(to + ((j * rows + i) << 2), rows << 2, from + ((i * stride + j) << 2), stride << 2, 4);
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let j = i < wholeRows ? wholeColumns : 0; j < columns; j++) {
      store<f32>(to + ((j * rows + i) << 2), load<f32>(from + ((i * stride + j) << 2)));
    }
  }
}
