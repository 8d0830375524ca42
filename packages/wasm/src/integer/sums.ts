import { multiplierOf } from '@tfjs-optimize/runtime/format';
import { BYTE_OF_ZERO } from './value.js';

/** Scales, zero points and clamps of a sum of two values, as kernels get them. */
export interface PairParams {
  readonly a_scale: number;
  readonly a_zero_point: number;
  readonly b_scale: number;
  readonly b_zero_point: number;
  readonly y_scale: number;
  readonly y_zero_point: number;
  readonly clamp_min: number;
  readonly clamp_max: number;
}

/** Bits behind the point of multipliers that those of a result do not have. */
const MORE = 10;
/** Bits behind the point of results, where no multiplier is 1 or more. */
const FRACTION = 20;
/** Halves of multipliers have so many bits. */
const HALF = 15;

/**
 * What `assembly/integer/arithmetic.ts` needs to know of a + sign · b.
 *
 * With r the larger of a_scale / y_scale and b_scale / y_scale, below 2^e, results have F = 20 − e bits behind the point
 * (20 where e is below 0), and multipliers 10 more: they stay below 2^30, sums of two products below 2^30 once 10 bits are
 * cut off, with the zero point and all. Units of the last bit are 2r / 2^20 or half of it or more. The definition rounds
 * each operand by at most ¾ of 2r / 2^20, which is below 3 units together, and moves the halves of their sum by no more
 * than 2r / 2^20, below 2 units. Here the multipliers, the constant and what is cut off come to less than 2. So both
 * round alike what is 8 units or more away from a half.
 */
export function sumNumbers(params: PairParams, sign: 1 | -1): number[] {
  const { a_scale, b_scale, y_scale, a_zero_point, b_zero_point, y_zero_point } = params;
  const [a, b] = [a_scale / y_scale, (sign * b_scale) / y_scale];
  const exponent = Math.max(Math.ceil(Math.log2(Math.max(a, Math.abs(b)) * (1 + 2 ** -20))), 0);
  // Without bits behind the point all sums are near a half: all are computed by definition.
  const fraction = Math.max(FRACTION - exponent, 0);
  const isWithin = exponent <= FRACTION;
  const scale = isWithin ? 2 ** (fraction + MORE) : 0;
  const [p, q] = [Math.round(a * scale), Math.round(b * scale)];
  const [aZero, bZero] = [a_zero_point + BYTE_OF_ZERO, b_zero_point + BYTE_OF_ZERO];
  const zero = y_zero_point + BYTE_OF_ZERO;
  const constant = (zero + 0.5) * 2 ** fraction - (p * aZero + q * bZero) / 2 ** MORE;
  const common = 2 * Math.max(a_scale, b_scale);
  const [ofA, ofB] = [multiplierOf(a_scale / common), multiplierOf(b_scale / common)];
  const ofSum = multiplierOf(common / (2 ** 20 * y_scale));
  return [
    ...[pair(p >> HALF, q >> HALF), pair(p & (2 ** HALF - 1), q & (2 ** HALF - 1))],
    ...[isWithin ? Math.round(constant) : 0, fraction, aZero, bZero],
    ...[ofA.value, ofA.shift, ofB.value, ofB.shift, ofSum.value, ofSum.shift, sign],
    ...[zero, params.clamp_min + BYTE_OF_ZERO, params.clamp_max + BYTE_OF_ZERO],
  ];
}

/** Two numbers of 16 bits. */
function pair(low: number, high: number): number {
  return (low & 0xffff) | (high << 16);
}
