import { multiplierOf } from '@tfjs-optimize/runtime/format';
import type { PairParams } from '@tfjs-optimize/runtime/reference';
import { BYTE_OF_ZERO } from './value.js';

/** Bits behind the point of results, and how many more those of multipliers have. */
const FRACTION = 16;
const MORE = 10;
/** Halves of multipliers have so many bits. */
const HALF = 15;
/** Multipliers from which on all is computed by definition: those below stay so when they are rounded. */
const MOST = 15;
/** By how many of its last bits a result may be off. */
const ERROR = 8;

/**
 * What `assembly/integer/arithmetic.ts` needs to know of a + sign · b.
 *
 * Multipliers below 16 are below 2^30 as whole numbers, and sums of two products below 2^30 once 10 bits are cut off,
 * with the zero point and all. With r the larger of a_scale / y_scale and b_scale / y_scale, the definition rounds each
 * operand by at most ¾ of 2r / 2^20 and moves the halves of their sum by no more than 2r / 2^20, which together is below
 * 5 units of the last bit. Here the multipliers, the constant and what is cut off come to less than 2. So both round
 * alike what is 8 units or more away from a half.
 */
export function sumNumbers(params: PairParams, sign: 1 | -1): number[] {
  const { a_scale, b_scale, y_scale, a_zero_point, b_zero_point, y_zero_point } = params;
  const [a, b] = [a_scale / y_scale, (sign * b_scale) / y_scale];
  const isWithin = Math.max(a, Math.abs(b)) < MOST;
  const scale = isWithin ? 2 ** (FRACTION + MORE) : 0;
  const [p, q] = [Math.round(a * scale), Math.round(b * scale)];
  const [aZero, bZero] = [a_zero_point + BYTE_OF_ZERO, b_zero_point + BYTE_OF_ZERO];
  const zero = y_zero_point + BYTE_OF_ZERO;
  const half = (zero + 0.5) * 2 ** FRACTION + ERROR;
  const constant = Math.round(half - (p * aZero + q * bZero) / 2 ** MORE);
  // Without a bit to look at, all sums count as next to a half.
  const mask = isWithin ? 2 ** FRACTION - 2 * ERROR : 0;
  const common = 2 * Math.max(a_scale, b_scale);
  const [ofA, ofB] = [multiplierOf(a_scale / common), multiplierOf(b_scale / common)];
  const ofSum = multiplierOf(common / (2 ** 20 * y_scale));
  return [
    ...[pair(p >> HALF, q >> HALF), pair(p & (2 ** HALF - 1), q & (2 ** HALF - 1))],
    ...[constant, mask, aZero, bZero],
    ...[ofA.value, ofA.shift, ofB.value, ofB.shift, ofSum.value, ofSum.shift, sign],
    ...[zero, params.clamp_min + BYTE_OF_ZERO, params.clamp_max + BYTE_OF_ZERO],
  ];
}

/** Two numbers of 16 bits. */
function pair(low: number, high: number): number {
  return (low & 0xffff) | (high << 16);
}
