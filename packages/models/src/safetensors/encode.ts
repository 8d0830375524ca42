import { encodeFloat16, encodeBfloat16, fail, tooLargeForHalf, type Weight } from '@tfjs-optimize/core';
import { E4M3, E5M2, type Float8 } from './float8.js';
import type { TensorType } from './types.js';

/** Types that floats can be written in. */
export type FloatType = 'F64' | 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2';

/** A tensor as it is to stand in a file. */
export interface EncodedTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * A weight as safetensors bytes: in the type that it is stored in, where the format has that, else decoded.
 * @param floats what float32 weights are rounded to (to the nearest, ties to even), whatever they are stored in.
 * @throws `models/weight` for strings, and for numbers that the type of floats does not reach.
 */
export function encodeTensor(name: string, weight: Weight, floats?: FloatType): EncodedTensor {
  const { shape, dtype, encoding, bytes } = weight;
  if (dtype === 'string') {
    fail('models/weight', { subject: `tensor '${name}'`, expected: 'numbers', got: 'strings' });
  }
  if (dtype === 'float32' && floats !== undefined) {
    return {
      ...{ name, shape, type: floats },
      bytes: bytesOf(FLOATS[floats](weight.numbers() as Float32Array, name)),
    };
  }
  const type = storedType(weight);
  const kept = encoding.kind !== 'affine' && encoding.kind !== 'channels';
  return { name, shape, type, bytes: kept ? bytes : bytesOf(weight.numbers()) };
}

function storedType({ dtype, encoding }: Weight): TensorType {
  if (encoding.kind === 'float16') return 'F16';
  if (encoding.kind === 'bfloat16') return 'BF16';
  if (encoding.kind === 'int8') return 'I8';
  return ({ float32: 'F32', int32: 'I32', bool: 'BOOL', complex64: 'C64', string: 'U8' } as const)[dtype];
}

const FLOATS: Readonly<
  Record<
    FloatType,
    (values: Float32Array, name: string) => Uint8Array | Uint16Array | Float32Array | Float64Array
  >
> = {
  F64: (values) => Float64Array.from(values),
  F32: (values) => values,
  F16: (values, name) => {
    refuseLarge(tooLargeForHalf(values, 'float16'), name, 'F16');
    return encodeFloat16(values);
  },
  BF16: (values, name) => {
    refuseLarge(tooLargeForHalf(values, 'bfloat16'), name, 'BF16');
    return encodeBfloat16(values);
  },
  F8_E4M3: (values, name) => encodeFloat8(values, E4M3, name, 'F8_E4M3'),
  F8_E5M2: (values, name) => encodeFloat8(values, E5M2, name, 'F8_E5M2'),
};

function refuseLarge(value: number | undefined, name: string, type: FloatType): void {
  if (value === undefined) return;
  fail('models/weight', {
    subject: `tensor '${name}'`,
    expected: `numbers that ${type} has`,
    got: `${value}`,
    advice: 'Write it in a type with a larger range',
  });
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The nearest floats of 8 bits, ties to the even byte. Infinities stay where the format has them. */
function encodeFloat8(values: Float32Array, format: Float8, name: string, type: FloatType): Uint8Array {
  const finite = format.subarray(0, 128).findLastIndex(Number.isFinite);
  const max = format[finite] as number;
  const end = max + (max - (format[finite - 1] as number)) / 2;
  const infinity = format.indexOf(Infinity);
  return Uint8Array.from(values, (value) => {
    const sign = value < 0 || Object.is(value, -0) ? 128 : 0;
    if (Number.isNaN(value)) return 127;
    const size = Math.abs(value);
    if (size === Infinity && infinity >= 0) return sign | infinity;
    if (size >= end) refuseLarge(value, name, type);
    return sign | nearestIn(size, format, finite);
  });
}

/** Index of the nearest of the first numbers of a table, which rise; ties to the even index. */
function nearestIn(size: number, table: Float8, last: number): number {
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as number) <= size) low = middle;
    else high = middle;
  }
  const below = size - (table[low] as number);
  const above = (table[high] as number) - size;
  if (below === above) return low % 2 === 0 ? low : high;
  return below < above ? low : high;
}
