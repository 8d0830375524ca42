/** The whole number next to x, halves away from zero. Exact for float32 numbers; NaN and infinities stay. */
export function roundHalfAway(x: number): number {
  return x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
}
