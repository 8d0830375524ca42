import { fail } from './errors.js';
import { decodeBytes, encodeValues } from './io/encoding.js';
import { shapeText } from './text/shape.js';

/** Types of values at run time, as TensorFlow.js names them. */
export type DType = 'float32' | 'int32' | 'bool' | 'complex64' | 'string';

/** Bytes of an element in memory. Of strings TensorFlow.js counts the references. */
export const BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  string: 4,
};

/** How a weight's bytes are stored in a file (the `quantization` entry of a weights manifest). */
export type Encoding =
  | { readonly kind: 'plain' }
  | { readonly kind: 'float16' }
  | {
      readonly kind: 'affine';
      readonly dtype: 'uint8' | 'uint16';
      readonly scale: number;
      readonly min: number;
    };

/** Decoded values of a weight. complex64 is interleaved (re, im); bool is 0 or 1. */
export type Values = Float32Array | Int32Array | Uint8Array | readonly string[];

const PLAIN: Encoding = { kind: 'plain' };

/**
 * One immutable constant: its type, shape and stored bytes. Decoding is lazy and not cached, so a
 * weight that no pass touches costs its stored bytes and nothing more, and is written back bit for
 * bit as it was read.
 */
export class Weight {
  private constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    readonly encoding: Encoding,
    /** Little-endian bytes as they stand in a weight file. Never write to them. */
    readonly bytes: Uint8Array,
  ) {}

  /** A weight over values; the array is used as it is, so do not write to it afterwards. */
  static of(values: Values, shape: readonly number[], dtype: DType = inferDType(values)): Weight {
    const size = shape.reduce((a, b) => a * b, 1);
    const expected = dtype === 'complex64' ? size * 2 : size;
    if (values.length !== expected) {
      fail('argument/invalid', {
        subject: 'Weight.of',
        expected: `${expected} values for shape ${shapeText(shape)} of ${dtype}`,
        got: `${values.length}`,
      });
    }
    return new Weight(dtype, [...shape], PLAIN, encodeValues(values, dtype));
  }

  /** A weight over bytes in a stored encoding; used by readers, which have checked the byte count. */
  static stored(dtype: DType, shape: readonly number[], encoding: Encoding, bytes: Uint8Array): Weight {
    return new Weight(dtype, [...shape], encoding, bytes);
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  /** Bytes that it takes once it is decoded: in a tensor, whatever its encoding is. */
  get memoryBytes(): number {
    return this.dtype === 'string' ? this.bytes.byteLength : this.size * BYTES[this.dtype];
  }

  /** Decodes the values. Plain aligned bytes are viewed, not copied: never write to the result. */
  values(): Values {
    return decodeBytes(this.bytes, this.dtype, this.encoding, this.size);
  }

  /** The values as numbers; refuses strings. float32 stays a Float32Array. */
  numbers(): Float32Array | Int32Array | Uint8Array {
    const values = this.values();
    if (Array.isArray(values)) {
      fail('graph/weight', { subject: 'weight', expected: 'numbers', got: 'strings' });
    }
    return values as Float32Array | Int32Array | Uint8Array;
  }
}

function inferDType(values: Values): DType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Int32Array) return 'int32';
  if (values instanceof Uint8Array) return 'bool';
  return 'string';
}

/** All constants of a model by the name of their Const node; immutable, shared between models. */
export class Weights implements Iterable<readonly [string, Weight]> {
  private readonly map: ReadonlyMap<string, Weight>;

  constructor(entries: Iterable<readonly [string, Weight]> = []) {
    this.map = new Map(entries);
  }

  get size(): number {
    return this.map.size;
  }
  has(name: string): boolean {
    return this.map.has(name);
  }
  get(name: string): Weight | undefined {
    return this.map.get(name);
  }
  /** The weight of that name; a missing one is an error. */
  need(name: string): Weight {
    return (
      this.map.get(name) ??
      fail('graph/weight', {
        subject: `weight '${name}'`,
        expected: 'to exist',
        got: 'no weight of that name',
      })
    );
  }
  names(): IterableIterator<string> {
    return this.map.keys() as IterableIterator<string>;
  }
  [Symbol.iterator](): Iterator<readonly [string, Weight]> {
    return this.map[Symbol.iterator]();
  }
  /** A copy with some weights set or (undefined) removed; the rest is shared. */
  with(changes: ReadonlyMap<string, Weight | undefined>): Weights {
    if (!(changes instanceof Map)) {
      fail('argument/invalid', {
        subject: 'weights.with',
        expected: 'a Map from names to weights',
        got: typeof changes,
        advice: 'Call it as weights.with(new Map([[name, weight]]))',
      });
    }
    if (changes.size === 0) return this;
    const next = new Map(this.map);
    for (const [name, weight] of changes as ReadonlyMap<string, Weight | undefined>) {
      if (weight === undefined) next.delete(name);
      else next.set(name, weight);
    }
    return new Weights(next);
  }
}
