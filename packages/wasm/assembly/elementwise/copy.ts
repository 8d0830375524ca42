// Runs of a few to a few hundred numbers: too short for memory.copy, which engines call as a function.

export function copyNumbers(to: usize, from: usize, count: i32): void {
  for (; count >= 8; count -= 8) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    to += 32;
    from += 32;
  }
  if (count >= 4) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
    count -= 4;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    to += 4;
    from += 4;
  }
}

export function zeroNumbers(to: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    v128.store(to, zero);
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, 0);
    to += 4;
  }
}

/** to += from. */
export function addNumbers(to: usize, from: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    to += 4;
    from += 4;
  }
}
