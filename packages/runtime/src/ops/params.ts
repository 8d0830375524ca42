import type { PairParams } from '../reference/arithmetic.js';
import { multipliersOf, type Multipliers, type OutputStage } from '../reference/fixed-point.js';
import type { AttrReader } from './attrs.js';

/** From what scale and zero point an op takes its input to what others, and between which ends. */
export interface Params {
  readonly x_scale: number;
  readonly x_zero_point: number;
  readonly y_scale: number;
  readonly y_zero_point: number;
  readonly clamp_min: number;
  readonly clamp_max: number;
}

export function paramsOf(given: AttrReader): Params {
  return {
    x_scale: given.scale('x_scale'),
    x_zero_point: given.int8('x_zero_point'),
    y_scale: given.scale('y_scale'),
    y_zero_point: given.int8('y_zero_point'),
    ...given.clamps(),
  };
}

export function pairParamsOf(given: AttrReader): PairParams {
  return {
    a_scale: given.scale('a_scale'),
    a_zero_point: given.int8('a_zero_point'),
    b_scale: given.scale('b_scale'),
    b_zero_point: given.int8('b_zero_point'),
    y_scale: given.scale('y_scale'),
    y_zero_point: given.int8('y_zero_point'),
    ...given.clamps(),
  };
}

/** The end of an op by its multipliers, or by one real number. */
export function stageOf(
  { y_zero_point, clamp_min, clamp_max }: Omit<Params, 'x_scale' | 'x_zero_point' | 'y_scale'>,
  by: Multipliers | number,
): OutputStage {
  return {
    multipliers: typeof by === 'number' ? multipliersOf([by]) : by,
    zeroPoint: y_zero_point,
    clampMin: clamp_min,
    clampMax: clamp_max,
  };
}
