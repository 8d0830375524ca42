import { addNumbers, zeroNumbers } from '../elementwise/copy';

/** Rows, or numbers of a row, that are summed up before their sum joins the others: errors grow with the blocks only. */
const BLOCK: i32 = 128;

/**
 * Sums over the middle axis of outer × rows × columns numbers.
 * @param work memory for `columns` numbers.
 */
export function sumMiddle(to: usize, from: usize, outer: i32, rows: i32, columns: i32, work: usize): void {
  for (let i = 0; i < outer; i++) {
    if (columns === 1) store<f32>(to, sumOf(from, rows));
    else sumRows(to, from, rows, columns, work);
    to += (<usize>columns) << 2;
    from += (<usize>(rows * columns)) << 2;
  }
}

function sumRows(to: usize, from: usize, rows: i32, columns: i32, work: usize): void {
  zeroNumbers(to, columns);
  for (let first = 0; first < rows; first += BLOCK) {
    const end = min(first + BLOCK, rows);
    zeroNumbers(work, columns);
    for (let row = first; row < end; row++) {
      addNumbers(work, from, columns);
      from += (<usize>columns) << 2;
    }
    addNumbers(to, work, columns);
  }
}

/** The sum of `count` numbers. */
export function sumOf(from: usize, count: i32): f32 {
  let total: f32 = 0;
  while (count > 0) {
    const block = min(BLOCK * 16, count);
    total += sumOfBlock(from, block);
    from += (<usize>block) << 2;
    count -= block;
  }
  return total;
}

function sumOfBlock(from: usize, count: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; count >= 16; count -= 16) {
    a = f32x4.add(a, v128.load(from));
    b = f32x4.add(b, v128.load(from, 16));
    c = f32x4.add(c, v128.load(from, 32));
    d = f32x4.add(d, v128.load(from, 48));
    from += 64;
  }
  const all = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  let sum =
    f32x4.extract_lane(all, 0) +
    f32x4.extract_lane(all, 1) +
    (f32x4.extract_lane(all, 2) + f32x4.extract_lane(all, 3));
  for (; count > 0; count--) {
    sum += load<f32>(from);
    from += 4;
  }
  return sum;
}

/**
 * Adds each row to the one of `to` that its number in `ids` names; rows whose number names none are left out.
 * @param to segments × columns numbers, zeros before.
 * @param ids a whole number of four bytes for each row.
 */
export function addSegments(
  to: usize,
  from: usize,
  ids: usize,
  rows: i32,
  columns: i32,
  segments: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids + ((<usize>row) << 2));
    if (id >= 0 && id < segments) addNumbers(to + ((<usize>(id * columns)) << 2), from, columns);
    from += (<usize>columns) << 2;
  }
}

/** x · factor, in place. */
export function scale(x: usize, count: i32, factor: f32): void {
  const all = f32x4.splat(factor);
  for (; count >= 4; count -= 4) {
    v128.store(x, f32x4.mul(v128.load(x), all));
    x += 16;
  }
  for (; count > 0; count--) {
    store<f32>(x, load<f32>(x) * factor);
    x += 4;
  }
}
