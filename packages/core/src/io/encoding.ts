import { channelRun, decodeBfloat16, decodeChannels, decodeInt8 } from '@tfjs-optimize/runtime/format';
import { fail } from '../errors.js';
import type { DType, Encoding, Values } from '../weights.js';

/** Bytes before each string element that give its length (little-endian, unsigned). */
export const STRING_LENGTH_BYTES = 4;

/** Bytes an element takes in a file; undefined for strings, whose length is in the data. */
export function bytesPerElement(dtype: DType, encoding: Encoding): number | undefined {
  switch (encoding.kind) {
    case 'float16':
    case 'bfloat16':
      return 2;
    case 'affine':
      return encoding.dtype === 'uint8' ? 1 : 2;
    case 'int8':
    case 'channels':
      return 1;
    case 'plain':
      return plainBytes(dtype);
  }
}

function plainBytes(dtype: DType): number | undefined {
  switch (dtype) {
    case 'float32':
    case 'int32':
      return 4;
    case 'bool':
      return 1;
    case 'complex64':
      return 8;
    case 'string':
      return undefined;
  }
}

/**
 * Stored bytes to values, bit for bit as `tf.io.decodeWeights` does. Plain numbers at an aligned
 * address are viewed, everything else is copied. Strings are read as UTF-8.
 */
export function decodeBytes(
  bytes: Uint8Array,
  dtype: DType,
  encoding: Encoding,
  shape: readonly number[],
): Values {
  const size = shape.reduce((a, b) => a * b, 1);
  if (dtype === 'string') return decodeStrings(bytes, size);
  const count = dtype === 'complex64' ? 2 * size : size;
  const needed = (bytesPerElement(dtype, encoding) as number) * size;
  if (bytes.byteLength !== needed) {
    fail('graph/weight', {
      subject: `weight of ${size} ${dtype} elements`,
      expected: `${needed} stored bytes`,
      got: `${bytes.byteLength}`,
    });
  }
  switch (encoding.kind) {
    case 'float16':
      return decodeFloat16(viewUint16(bytes));
    case 'bfloat16':
      return decodeBfloat16(bytes);
    case 'affine':
      return decodeAffine(bytes, dtype, encoding);
    case 'int8':
      return decodeInt8(bytes);
    case 'channels': {
      const { axis, scales } = encoding;
      return decodeChannels(bytes, scales, channelRun(shape, axis, scales.length));
    }
    case 'plain':
      return viewPlain(bytes, dtype, count);
  }
}

function viewPlain(bytes: Uint8Array, dtype: DType, count: number): Values {
  if (dtype === 'bool') return bytes;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return dtype === 'int32'
    ? new Int32Array(aligned.buffer, aligned.byteOffset, count)
    : new Float32Array(aligned.buffer, aligned.byteOffset, count);
}

/** Values to plain stored bytes (a view where possible). */
export function encodeValues(values: Values, dtype: DType): Uint8Array {
  const isBytes = ArrayBuffer.isView(values);
  if (isBytes === (dtype === 'string')) {
    fail('argument/invalid', {
      subject: `values of a ${dtype} weight`,
      expected: dtype === 'string' ? 'an array of strings' : 'a typed array',
      got: isBytes ? values.constructor.name : 'an array',
    });
  }
  if (!isBytes) return encodeStrings(values);
  const wanted = STORED_AS[dtype as Exclude<DType, 'string'>];
  if (!(values instanceof wanted)) {
    fail('argument/invalid', {
      subject: `values of a ${dtype} weight`,
      expected: `a ${wanted.name}`,
      got: values.constructor.name,
    });
  }
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const STORED_AS = { float32: Float32Array, complex64: Float32Array, int32: Int32Array, bool: Uint8Array };

function viewUint16(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

/** value = stored * scale + min, computed in double precision; rounded for int32. */
function decodeAffine(bytes: Uint8Array, dtype: DType, encoding: Encoding & { kind: 'affine' }): Values {
  const { scale, min } = encoding;
  const stored = encoding.dtype === 'uint8' ? bytes : viewUint16(bytes);
  if (dtype === 'int32') {
    const out = new Int32Array(stored.length);
    for (let i = 0; i < out.length; i++) out[i] = Math.round((stored[i] as number) * scale + min);
    return out;
  }
  const out = new Float32Array(stored.length);
  for (let i = 0; i < out.length; i++) out[i] = (stored[i] as number) * scale + min;
  return out;
}

let float16Table: Uint32Array | undefined;

/** IEEE 754 half precision to single; exact, NaN payloads included. */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  const table = (float16Table ??= Uint32Array.from({ length: 1 << 16 }, (_, half) => widenHalf(half)));
  const out = new Uint32Array(halves.length);
  for (let i = 0; i < out.length; i++) out[i] = table[halves[i] as number] as number;
  return new Float32Array(out.buffer);
}

/** The bits of the single-precision number that equals a half-precision one. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: mantissa * 2^-24. Move its highest bit to the implicit one's place.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}

/** Bytes that `count` strings take from `offset` on; undefined when the bytes end before they do. */
export function stringsByteLength(bytes: Uint8Array, count: number, offset = 0): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (at + STRING_LENGTH_BYTES > bytes.byteLength) return undefined;
    at += STRING_LENGTH_BYTES + view.getUint32(at, true);
    if (at > bytes.byteLength) return undefined;
  }
  return at - offset;
}

function decodeStrings(bytes: Uint8Array, size: number): readonly string[] {
  if (stringsByteLength(bytes, size) !== bytes.byteLength) {
    fail('graph/weight', {
      subject: `weight of ${size} strings`,
      expected: 'a length before each string, and nothing after the last',
      got: `${bytes.byteLength} bytes that end elsewhere`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const out: string[] = [];
  for (let at = 0; out.length < size;) {
    const start = at + STRING_LENGTH_BYTES;
    at = start + view.getUint32(at, true);
    out.push(decoder.decode(bytes.subarray(start, at)));
  }
  return out;
}

function encodeStrings(values: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const texts = values.map((value) => encoder.encode(value));
  const total = texts.reduce((sum, text) => sum + STRING_LENGTH_BYTES + text.length, 0);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    out.set(text, at + STRING_LENGTH_BYTES);
    at += STRING_LENGTH_BYTES + text.length;
  }
  return out;
}
