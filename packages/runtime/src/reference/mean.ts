import { requantizeOne, type OutputStage } from './fixed-point.js';
import { indexes, sizeOf, stridesOf } from './shapes.js';

/**
 * Means over axes: clamp(sum of (x − xZeroPoint) · multiplier + zero point), where the multiplier holds the division by
 * the number of values. Sums are of int32 and wrap.
 * @param axes from 0 to the rank − 1, each once.
 */
export function mean(
  x: Int8Array,
  shape: readonly number[],
  axes: readonly number[],
  xZeroPoint: number,
  stage: OutputStage,
): Int8Array {
  const strides = stridesOf(shape);
  const pick = (list: readonly number[], summed: boolean): number[] =>
    list.filter((_, axis) => axes.includes(axis) === summed);
  const starts = indexes(pick(shape, false), pick(strides, false));
  const offsets = indexes(pick(shape, true), pick(strides, true));
  const out = new Int8Array(sizeOf(pick(shape, false)));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < offsets.length; k++) {
      sum = (sum + (x[(starts[i] as number) + (offsets[k] as number)] as number) - xZeroPoint) | 0;
    }
    out[i] = requantizeOne(sum, stage);
  }
  return out;
}
