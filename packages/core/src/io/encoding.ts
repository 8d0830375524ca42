import { fail } from '../errors.js';
import type { DType, Encoding, Values } from '../weights.js';

// Owned by io: byte counts, float16 tables, affine decoding, strings (4-byte length prefix each).

/** Bytes an element takes in a file; undefined for strings, whose length is in the data. */
export function bytesPerElement(dtype: DType, encoding: Encoding): number | undefined {
  if (encoding.kind === 'float16') return 2;
  if (encoding.kind === 'affine') return encoding.dtype === 'uint8' ? 1 : 2;
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

/** Stored bytes to values. Plain aligned numbers are viewed, everything else is copied. */
export function decodeBytes(bytes: Uint8Array, dtype: DType, encoding: Encoding, size: number): Values {
  void size;
  if (encoding.kind !== 'plain')
    fail('internal', { subject: 'decodeBytes', expected: 'plain', got: encoding.kind });
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  switch (dtype) {
    case 'float32':
    case 'complex64':
      return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
    case 'int32':
      return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
    case 'bool':
      return bytes;
    case 'string':
      return fail('internal', { subject: 'decodeBytes', expected: 'numbers', got: 'strings' });
  }
}

/** Values to plain stored bytes (a view where possible). */
export function encodeValues(values: Values, dtype: DType): Uint8Array {
  if (ArrayBuffer.isView(values)) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return fail('internal', { subject: 'encodeValues', expected: 'numbers', got: dtype });
}
