import type { Interval } from '@tfjs-optimize/core';
import type { Verdict } from '../record/measurement.js';

/**
 * What the 95 % interval of a speed-up says: faster or slower when all of it lies on one side of 1,
 * else no difference. Of equals, one in twenty comparisons is so taken for faster or slower.
 */
export function verdict({ low, high }: Pick<Interval, 'low' | 'high'>): Verdict {
  if (low > 1) return 'faster';
  return high < 1 ? 'slower' : 'no difference';
}
