/** How numbers halfway between two whole numbers are rounded. */
export type Rounding = 'even' | 'away';

/** The nearest whole number; halves go to the even one (IEEE 754's default, PyTorch, ONNX). */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** The nearest whole number; halves go away from zero (C's `round`, TensorFlow Lite). */
export function roundHalfAway(x: number): number {
  const below = Math.floor(Math.abs(x));
  const magnitude = Math.abs(x) - below < 0.5 ? below : below + 1;
  return x < 0 ? -magnitude : magnitude;
}

/** The function that rounds that way. */
export function rounder(rounding: Rounding): (x: number) => number {
  return rounding === 'even' ? roundHalfEven : roundHalfAway;
}
