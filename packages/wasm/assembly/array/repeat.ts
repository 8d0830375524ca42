import { copyNumbers } from '../elementwise/copy';

/** Numbers from which memory.copy is the faster: engines call it as a function. */
const LONG: i32 = 512;

/** Each of `blocks` runs of `size` numbers, `times` times one behind the other. */
export function repeat(to: usize, from: usize, blocks: i32, size: i32, times: i32): void {
  const bytes = (<usize>size) << 2;
  for (let i = 0; i < blocks; i++) {
    if (size === 1) fill(to, load<f32>(from), times);
    else {
      let at = to;
      for (let j = 0; j < times; j++) {
        if (size < LONG) copyNumbers(at, from, size);
        else memory.copy(at, from, bytes);
        at += bytes;
      }
    }
    to += <usize>times * bytes;
    from += bytes;
  }
}

function fill(to: usize, value: f32, count: i32): void {
  const all = f32x4.splat(value);
  for (; count >= 4; count -= 4) {
    v128.store(to, all);
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, value);
    to += 4;
  }
}
