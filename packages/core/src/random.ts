/** Numbers uniform in [0, 1), the same sequence for a seed on every machine. */
export type RandomStream = () => number;

/** Mulberry32: 32 bits of state, enough for shuffles, samples and tests; not for secrets. */
export function randomStream(seed: number): RandomStream {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
