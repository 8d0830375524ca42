import { multiplierOf, type Multiplier } from '../format/multiplier.js';
import { multiply, requantizeOne, type OutputStage } from './fixed-point.js';

/** Bits by which sums are widened before they are brought to one scale. */
const WIDENED = 20;

/** How two values of int8 become a sum or difference of int8, by TensorFlow Lite's reference. */
export interface SumStage {
  readonly aZeroPoint: number;
  readonly bZeroPoint: number;
  readonly aMultiplier: Multiplier;
  readonly bMultiplier: Multiplier;
  readonly stage: OutputStage;
}

/**
 * From what scales and zero points an op takes two inputs to what others, and between which ends. Scales are float32
 * numbers above 0.
 */
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

/** Both operands are brought to twice the larger scale, in 20 bits more. */
export function sumStage(params: PairParams): SumStage {
  const common = 2 * Math.max(params.a_scale, params.b_scale);
  const { value, shift } = multiplierOf(common / (2 ** WIDENED * params.y_scale));
  return {
    aZeroPoint: params.a_zero_point,
    bZeroPoint: params.b_zero_point,
    aMultiplier: multiplierOf(params.a_scale / common),
    bMultiplier: multiplierOf(params.b_scale / common),
    stage: {
      multipliers: { values: Int32Array.of(value), shifts: Int32Array.of(shift) },
      zeroPoint: params.y_zero_point,
      clampMin: params.clamp_min,
      clampMax: params.clamp_max,
    },
  };
}

/**
 * a + sign · b, element by element.
 * @param aIndexes which element of a makes each element of the result; the same for `bIndexes` and b.
 */
export function add(
  a: Int8Array,
  b: Int8Array,
  aIndexes: Int32Array,
  bIndexes: Int32Array,
  sign: 1 | -1,
  { aZeroPoint, bZeroPoint, aMultiplier, bMultiplier, stage }: SumStage,
): Int8Array {
  // Few values come many times: each is brought to the common scale once.
  const aScaled = scaledValues(aZeroPoint, aMultiplier);
  const bScaled = scaledValues(bZeroPoint, bMultiplier);
  const out = new Int8Array(aIndexes.length);
  for (let i = 0; i < out.length; i++) {
    const p = aScaled[(a[aIndexes[i] as number] as number) + 128] as number;
    const q = bScaled[(b[bIndexes[i] as number] as number) + 128] as number;
    out[i] = requantizeOne(p + sign * q, stage);
  }
  return out;
}

function scaledValues(zeroPoint: number, { value, shift }: Multiplier): Int32Array {
  return Int32Array.from({ length: 256 }, (_, i) =>
    multiply((i - 128 - zeroPoint) * 2 ** WIDENED, value, shift),
  );
}

/** a · b, element by element: clamp((a − aZeroPoint) · (b − bZeroPoint) · multiplier + zero point). */
export function mul(
  a: Int8Array,
  b: Int8Array,
  aIndexes: Int32Array,
  bIndexes: Int32Array,
  aZeroPoint: number,
  bZeroPoint: number,
  stage: OutputStage,
): Int8Array {
  const out = new Int8Array(aIndexes.length);
  for (let i = 0; i < out.length; i++) {
    const p = (a[aIndexes[i] as number] as number) - aZeroPoint;
    const q = (b[bIndexes[i] as number] as number) - bZeroPoint;
    out[i] = requantizeOne(p * q, stage);
  }
  return out;
}
