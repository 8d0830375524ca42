/** Bytes one after the other, sixteen at a time: reads and writes up to 15 bytes beyond them. */
// @inline
export function copyOver(to: usize, from: usize, count: i32): void {
  for (; count > 0; count -= 16) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
}

/** Bytes one after the other, no more than `count`: faster than `memory.copy` where they are few. */
export function copyBytes(to: usize, from: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; count > 0; count--) store<u8>(to++, load<u8>(from++));
}
