import { addNumbers, zeroNumbers } from '../elementwise/copy';
import { madd } from '../simd';

/** Rows that are summed up before their sum joins the others: errors grow with the blocks only. */
const BLOCK: i32 = 128;

/**
 * Sums over rows of dy and of dy · (x − mean), of which all gradients of a batch normalization are made.
 * @param work memory for two vectors of `columns` numbers.
 */
export function normalSums(
  sums: usize,
  products: usize,
  dy: usize,
  x: usize,
  mean: usize,
  rows: i32,
  columns: i32,
  work: usize,
): void {
  const row = (<usize>columns) << 2;
  zeroNumbers(sums, columns);
  zeroNumbers(products, columns);
  for (; rows > 0; rows -= BLOCK) {
    zeroNumbers(work, 2 * columns);
    let left = min(rows, BLOCK);
    for (; left >= 2; left -= 2) {
      addTwoRows(work, dy, x, mean, columns);
      dy += 2 * row;
      x += 2 * row;
    }
    if (left > 0) {
      addColumns(work, dy, x, mean, 0, columns);
      dy += row;
      x += row;
    }
    addNumbers(sums, work, columns);
    addNumbers(products, work + row, columns);
  }
}

function addTwoRows(work: usize, dy: usize, x: usize, mean: usize, columns: i32): void {
  const row = (<usize>columns) << 2;
  const vectors = (<usize>(columns & ~3)) << 2;
  for (let at: usize = 0; at < vectors; at += 16) {
    const middle = v128.load(mean + at);
    const a = v128.load(dy + at);
    const b = v128.load(dy + row + at);
    const products = madd(
      b,
      f32x4.sub(v128.load(x + row + at), middle),
      f32x4.mul(a, f32x4.sub(v128.load(x + at), middle)),
    );
    v128.store(work + at, f32x4.add(v128.load(work + at), f32x4.add(a, b)));
    v128.store(work + row + at, f32x4.add(v128.load(work + row + at), products));
  }
  addColumns(work, dy, x, mean, columns & ~3, columns);
  addColumns(work, dy + row, x + row, mean, columns & ~3, columns);
}

/** Columns from `first` on of one row. */
function addColumns(work: usize, dy: usize, x: usize, mean: usize, first: i32, columns: i32): void {
  const row = (<usize>columns) << 2;
  for (let column = first; column < columns; column++) {
    const at = (<usize>column) << 2;
    const a = load<f32>(dy + at);
    store<f32>(work + at, load<f32>(work + at) + a);
    store<f32>(work + row + at, load<f32>(work + row + at) + a * (load<f32>(x + at) - load<f32>(mean + at)));
  }
}
