/** Kinds of whole numbers that activations become at run time. */
export const ACTIVATIONS = ['uint8', 'uint7', 'int8', 'int16'] as const;

/**
 * A kind of whole numbers that activations become at run time:
 * - `uint8`: 0 to 255, affine, as ONNX defines DynamicQuantizeLinear;
 * - `uint7`: 0 to 127, affine, as PyTorch's dynamic quantization on fbgemm (`reduce_range`);
 * - `int8`: -127 to 127, symmetric;
 * - `int16`: symmetric, up to ±32767: as far as no sum of products can leave int32 (see {@link largestInt16}).
 */
export type Activation = (typeof ACTIVATIONS)[number];

/** A step between whole numbers, a float32, and the whole number that stands for 0. */
export interface DynamicParams {
  readonly scale: number;
  readonly zeroPoint: number;
}

const { fround } = Math;

/** Added and taken away again it leaves a double of up to 2^51 rounded to a whole number, halves to even. */
const ROUNDING = 1.5 * 2 ** 52;

function roundHalfEven(value: number): number {
  return value + ROUNDING - ROUNDING;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/**
 * The largest number of `int16` activations where `terms` products are summed: the sum of as many products of two such
 * numbers, or of one and an int8 weight, stays within int32. At most 32767; at least 127, as of `int8`.
 * @param isPair whether both factors are activations.
 */
export function largestInt16(terms: number, isPair = false): number {
  return clamp(Math.floor(isPair ? Math.sqrt(0x7fffffff / terms) : 0xffffff / terms), 127, 32767);
}

/**
 * Step and zero point for values from `low` to `high`, both finite. The range is widened to contain 0. A range of
 * nothing but 0 has scale 1 (`uint7`: 0.1, as in PyTorch) and zero point 0.
 * @param largest the largest number of a symmetric kind.
 */
export function dynamicParams(
  low: number,
  high: number,
  activation: Activation,
  largest = 127,
): DynamicParams {
  const [min, max] = [Math.min(low, 0), Math.max(high, 0)];
  if (activation.startsWith('int'))
    return { scale: fround(Math.max(-min, max) / largest) || 1, zeroPoint: 0 };
  return activation === 'uint8' ? affine(min, max) : reduced(min, max);
}

/** All of it in float32, as ONNX Runtime does. */
function affine(min: number, max: number): DynamicParams {
  const range = fround(max - min);
  // Beyond float32 there is nothing to agree with; in double precision the step is finite.
  const scale = fround((range < Infinity ? range : max - min) / 255);
  // Also of ranges so small that the step vanishes.
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: roundHalfEven(clamp(fround(-fround(min / scale)), 0, 255)) };
}

/** The least step, below which products of scales are too small for float32, as fbgemm finds. */
const LEAST_SCALE = fround(6.1e-5);

/** In double precision, as PyTorch's ChooseQuantizationParams; the step is rounded to float32 when it is used. */
function reduced(min: number, max: number): DynamicParams {
  let scale = (max - min) / 127;
  // Of ranges of nothing but 0, and of those so small that the step or its reciprocal is none in float32.
  if (fround(1 / fround(scale)) === Infinity) scale = 0.1;
  const [below, above] = [-min / scale, max / scale];
  // The zero point that one end asks for; the end with the larger error gives way.
  const zero = -below < 127 - above ? below : 127 - above;
  // A step that is widened widens the range alike: the zero point stays.
  return { scale: fround(Math.max(scale, LEAST_SCALE)), zeroPoint: roundHalfEven(clamp(zero, 0, 127)) };
}

/** Rows of values as whole numbers. */
export interface QuantizedRows {
  /** The whole numbers less the zero point of their row, so that 0 stands for 0: from -255 to 255, of `int16` wider. */
  readonly values: Int16Array;
  /** The step of each row; NaN where a value of the row is not finite. */
  readonly scales: Float32Array;
  /** The zero point of each row. */
  readonly zeroPoints: Int32Array;
}

/** How activations are put into whole numbers. */
export interface DynamicOptions {
  /** `row`: each row by its own range; `tensor`: all of them by one. */
  readonly mode: 'tensor' | 'row';
  readonly activation: Activation;
}

/**
 * Puts rows of floats into whole numbers.
 *
 * A row with NaN or an infinity in it has no range: its scale becomes NaN, and so does all that is computed of it. It
 * does not count for the range of the others.
 *
 * @param x values of all rows, one row after the other.
 * @param size values of a row.
 * @param largest the largest number of `int16`, see {@link largestInt16}.
 */
export function quantizeRows(
  x: Float32Array,
  size: number,
  { mode, activation }: DynamicOptions,
  largest = 127,
): QuantizedRows {
  const rows = size === 0 ? 0 : x.length / size;
  const [lows, highs] = rangesOf(x, rows, size);
  const values = new Int16Array(x.length);
  const scales = new Float32Array(rows);
  const zeroPoints = new Int32Array(rows);
  const most = activation === 'int16' ? largest : activation === 'uint8' ? 255 : 127;
  const ofRange = (low: number, high: number): DynamicParams => dynamicParams(low, high, activation, most);
  const whole = mode === 'tensor' ? ofRange(least(lows, Math.min), least(highs, Math.max)) : undefined;
  for (let row = 0; row < rows; row++) {
    const low = lows[row] as number;
    if (low !== low) {
      scales[row] = NaN;
      continue;
    }
    const params = whole ?? ofRange(low, highs[row] as number);
    scales[row] = params.scale;
    zeroPoints[row] = params.zeroPoint;
    fill(x, values, row * size, (row + 1) * size, params, activation, most);
  }
  return { values, scales, zeroPoints };
}

/** The least and the largest value of each row; NaN where one is not finite. */
function rangesOf(x: Float32Array, rows: number, size: number): [Float32Array, Float32Array] {
  const lows = new Float32Array(rows);
  const highs = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let [low, high, rest] = [Infinity, -Infinity, 0];
    for (let i = row * size; i < (row + 1) * size; i++) {
      const value = x[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
      // 0 for finite values, else NaN for good.
      rest += value - value;
    }
    lows[row] = low + rest;
    highs[row] = high + rest;
  }
  return [lows, highs];
}

function least(values: Float32Array, pick: (a: number, b: number) => number): number {
  return values.reduce((best, value) => (value === value ? pick(best, value) : best), 0);
}

function fill(
  x: Float32Array,
  out: Int16Array,
  start: number,
  end: number,
  { scale, zeroPoint }: DynamicParams,
  activation: Activation,
  high: number,
): void {
  const low = activation.startsWith('int') ? -high : 0;
  if (activation === 'uint7') {
    // One multiplication and addition, rounded once to float32: fbgemm's vector instruction.
    const inverse = fround(1 / scale);
    for (let i = start; i < end; i++) {
      const q = roundHalfEven(fround((x[i] as number) * inverse + zeroPoint));
      out[i] = clamp(q, low, high) - zeroPoint;
    }
    return;
  }
  for (let i = start; i < end; i++) {
    const q = roundHalfEven(fround((x[i] as number) / scale)) + zeroPoint;
    out[i] = clamp(q, low, high) - zeroPoint;
  }
}
