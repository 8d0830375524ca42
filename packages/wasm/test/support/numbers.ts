import { Random } from '@tfjs-optimize/core';

/** Numbers from -4 to 4. */
export function uniform(shape: readonly number[], seed: number): number[] {
  const random = Random.of(seed);
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 8 * random.uniform() - 4);
}
