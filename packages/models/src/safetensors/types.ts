import { fail, Weight } from '@tfjs-optimize/core';
import { E4M3, E5M2, E8M0, floatsOf8 } from './float8.js';

/** Types of tensors in safetensors files that are read and written here. */
export type TensorType =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'F8_E4M3'
  | 'F8_E5M2'
  | 'F8_E8M0'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL'
  | 'C64';

interface TypeRow {
  /** Of an element. */
  readonly bytes: number;
  /** The tensor's bytes as a weight, which may use them as they are. `subject` is the tensor, for messages. */
  readonly read: (bytes: Uint8Array, shape: readonly number[], subject: string) => Weight;
}

const PLAIN = { kind: 'plain' } as const;

/**
 * What becomes of each type: float32, float16, bfloat16, int8, int32, bool and complex64 stay as they are stored; other
 * floats become float32 (float64 is rounded), other whole numbers int32.
 */
export const TENSOR_TYPES: Readonly<Record<TensorType, TypeRow>> = {
  F64: row(8, (bytes) => Float32Array.from(new Float64Array(aligned(bytes, 8)))),
  F32: stored(4, 'float32', PLAIN),
  F16: stored(2, 'float32', { kind: 'float16' }),
  BF16: stored(2, 'float32', { kind: 'bfloat16' }),
  F8_E4M3: row(1, (bytes) => floatsOf8(bytes, E4M3)),
  F8_E5M2: row(1, (bytes) => floatsOf8(bytes, E5M2)),
  F8_E8M0: row(1, (bytes) => floatsOf8(bytes, E8M0)),
  I64: row(8, (bytes, subject) => wholes(new BigInt64Array(aligned(bytes, 8)), subject)),
  I32: stored(4, 'int32', PLAIN),
  I16: row(2, (bytes) => Int32Array.from(new Int16Array(aligned(bytes, 2)))),
  I8: stored(1, 'int32', { kind: 'int8' }),
  U64: row(8, (bytes, subject) => wholes(new BigUint64Array(aligned(bytes, 8)), subject)),
  U32: row(4, (bytes, subject) => wholes(new Uint32Array(aligned(bytes, 4)), subject)),
  U16: row(2, (bytes) => Int32Array.from(new Uint16Array(aligned(bytes, 2)))),
  U8: row(1, (bytes) => Int32Array.from(bytes)),
  BOOL: {
    bytes: 1,
    read: (data, shape) => Weight.stored('bool', shape, PLAIN, truths(data)),
  },
  C64: stored(8, 'complex64', PLAIN),
};

export function isTensorType(name: unknown): name is TensorType {
  return typeof name === 'string' && Object.hasOwn(TENSOR_TYPES, name);
}

function stored(
  bytes: number,
  dtype: Parameters<typeof Weight.stored>[0],
  encoding: Weight['encoding'],
): TypeRow {
  return { bytes, read: (data, shape) => Weight.stored(dtype, shape, encoding, data) };
}

function row(
  bytes: number,
  decode: (bytes: Uint8Array, subject: string) => Float32Array | Int32Array,
): TypeRow {
  return { bytes, read: (data, shape, subject) => Weight.of(decode(data, subject), shape) };
}

/** Truth as 0 and 1: every other byte is true, as PyTorch takes them. */
function truths(bytes: Uint8Array): Uint8Array {
  return bytes.every((byte) => byte <= 1) ? bytes : bytes.map((byte) => Number(byte !== 0));
}

/** The bytes in a buffer of their own, as wider numbers need them. */
function aligned(bytes: Uint8Array, width: number): ArrayBuffer {
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  const own = isWhole && bytes.byteLength % width === 0 ? bytes : bytes.slice();
  return own.buffer as ArrayBuffer;
}

/** Whole numbers as int32, which is all that TensorFlow.js has. */
function wholes(values: BigInt64Array | BigUint64Array | Uint32Array, subject: string): Int32Array {
  const out = new Int32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(values[i]);
    if (value !== (value | 0)) {
      fail('models/weight', {
        subject: `${subject}, element ${i}`,
        expected: 'a whole number of 32 bits',
        got: String(values[i]),
      });
    }
    out[i] = value;
  }
  return out;
}
