import { loadFirst, storeFirst } from '../simd';
import { erf } from './erf';
import { exp } from './exp';
import { log } from './log';
import { tanh } from './tanh';

// Functions by the numbers that `unary.ts` of src/ gives them.
const EXP: i32 = 0;
const LOG: i32 = 1;
const TANH: i32 = 2;
const ERF: i32 = 3;
const SQRT: i32 = 4;
const RSQRT: i32 = 5;

/** f of each of `count` numbers. */
export function unary(to: usize, from: usize, count: i32, kind: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, apply(v128.load(from), kind));
    to += 16;
    from += 16;
  }
  if (count > 0) {
    const y = apply(loadFirst(from, count), kind);
    storeFirst(to, y, y, count);
  }
}

function apply(x: v128, kind: i32): v128 {
  switch (kind) {
    case EXP:
      return exp(x);
    case LOG:
      return log(x);
    case TANH:
      return tanh(x);
    case ERF:
      return erf(x);
    case SQRT:
      return f32x4.sqrt(x);
    case RSQRT:
      return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
    default:
      return x;
  }
}

/** The larger of each two numbers, or the smaller; NaN where one is NaN. `single`: b is one number for all. */
export function extremes(to: usize, a: usize, b: usize, count: i32, single: bool, larger: bool): void {
  const all = single ? v128.load_splat<f32>(b) : f32x4.splat(0);
  for (; count > 0; count -= 4) {
    const x = loadFirst(a, count);
    const y = single ? all : loadFirst(b, count);
    const result = larger ? f32x4.max(x, y) : f32x4.min(x, y);
    if (count >= 4) v128.store(to, result);
    else storeFirst(to, result, result, count);
    to += 16;
    a += 16;
    b += 16;
  }
}
