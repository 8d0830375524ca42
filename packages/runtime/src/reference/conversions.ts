import { roundHalfAway } from '../format/rounding.js';
import { requantizeOne, type OutputStage } from './fixed-point.js';

/**
 * q = clamp(round(x / scale) + zeroPoint) to -128 … 127. The quotient is of float32, halves are rounded away from
 * zero, NaN becomes zeroPoint.
 * @param scale a float32 number above 0.
 */
export function quantize(x: Float32Array, scale: number, zeroPoint: number): Int8Array {
  const out = new Int8Array(x.length);
  for (let i = 0; i < out.length; i++) {
    const q = roundHalfAway(Math.fround((x[i] as number) / scale)) + zeroPoint;
    out[i] = q <= -128 ? -128 : q >= 127 ? 127 : Number.isNaN(q) ? zeroPoint : q;
  }
  return out;
}

/** x = (q − zeroPoint) · scale in float32. */
export function dequantize(q: Int8Array, scale: number, zeroPoint: number): Float32Array {
  const out = new Float32Array(q.length);
  for (let i = 0; i < out.length; i++) out[i] = ((q[i] as number) - zeroPoint) * scale;
  return out;
}

/** The same numbers by another scale and zero point: clamp((q − xZeroPoint) · multiplier + zero point). */
export function requantize(q: Int8Array, xZeroPoint: number, stage: OutputStage): Int8Array {
  const out = new Int8Array(q.length);
  for (let i = 0; i < out.length; i++) out[i] = requantizeOne((q[i] as number) - xZeroPoint, stage);
  return out;
}
