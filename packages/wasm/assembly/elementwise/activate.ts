import { loadFirst, storeFirst } from '../simd';
import { exp } from './exp';

// Activations by the numbers that `activations.ts` of src/ gives them.
const RELU: i32 = 1;
const RELU6: i32 = 2;
const PRELU: i32 = 3;
const LEAKY_RELU: i32 = 4;
const SIGMOID: i32 = 5;
const ELU: i32 = 6;

/**
 * x = f(x + bias) for rows of numbers, in place.
 * @param bias one number for each column, or 0 for none.
 * @param alpha slope of leakyrelu below 0.
 * @param slopes of prelu, one for each column.
 */
export function activate(
  x: usize,
  rows: i32,
  columns: i32,
  bias: usize,
  kind: i32,
  alpha: f32,
  slopes: usize,
): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const at = (<usize>j) << 2;
      v128.store(
        x,
        apply(
          v128.load(x),
          bias ? v128.load(bias + at) : f32x4.splat(0),
          kind,
          alpha,
          slopes ? v128.load(slopes + at) : f32x4.splat(0),
        ),
      );
      x += 16;
    }
    const rest = columns - j;
    if (rest > 0) {
      const at = (<usize>j) << 2;
      const zero = f32x4.splat(0);
      const y = apply(
        loadFirst(x, rest),
        bias ? loadFirst(bias + at, rest) : zero,
        kind,
        alpha,
        slopes ? loadFirst(slopes + at, rest) : zero,
      );
      storeFirst(x, y, y, rest);
      x += (<usize>rest) << 2;
    }
  }
}

function apply(sum: v128, bias: v128, kind: i32, alpha: f32, slope: v128): v128 {
  const x = f32x4.add(sum, bias);
  const zero = f32x4.splat(0);
  switch (kind) {
    case RELU:
      return f32x4.pmax(x, zero);
    case RELU6:
      return f32x4.pmin(f32x4.pmax(x, zero), f32x4.splat(6));
    case PRELU:
      return v128.bitselect(f32x4.mul(x, slope), x, f32x4.lt(x, zero));
    case LEAKY_RELU:
      return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, f32x4.lt(x, zero));
    case SIGMOID:
      return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
    case ELU:
      return v128.bitselect(f32x4.sub(exp(x), f32x4.splat(1)), x, f32x4.lt(x, zero));
    default:
      return x;
  }
}
