/** Weights of a panel with 16 bits a number: done once for all tiles that meet it. */
export function widen(to: usize, from: usize, count: usize): void {
  for (const end = from + count; from < end; from += 16) {
    const x = v128.load(from);
    v128.store(to, i16x8.extend_low_i8x16_s(x));
    v128.store(to, i16x8.extend_high_i8x16_s(x), 16);
    to += 32;
  }
}
