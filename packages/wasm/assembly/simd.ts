// Vector arithmetic that the two builds do in their own way.

/** a · b + c, rounded once in the build with relaxed SIMD (where the engine has such an instruction) and twice without. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** x held within [low, high]; NaN stays NaN. */
export function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, low), high);
}

/** The first `count` numbers of eight, the rest of memory untouched. */
export function storeFirst(to: usize, a: v128, b: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, a);
    to += 16;
    count -= 4;
    a = b;
  }
  if (count & 2) {
    v128.store64_lane(to, a, 0);
    to += 8;
    a = v128.shuffle<i64>(a, a, 1, 1);
  }
  if (count & 1) v128.store32_lane(to, a, 0);
}

/** The first `count` numbers of eight, zeros behind; nothing beyond them is read. Gives the lower four. */
export function loadFirst(from: usize, count: i32): v128 {
  if (count >= 4) return v128.load(from);
  let x = f32x4.splat(0);
  if (count > 0) x = f32x4.replace_lane(x, 0, load<f32>(from));
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(from, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(from, 8));
  return x;
}
