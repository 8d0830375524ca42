/** Numbers of one field: floats, whole numbers, or bytes such as pixels. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** Numbers with a shape, whose sizes multiply to their count. */
export interface Field {
  readonly values: Numbers;
  readonly shape: readonly number[];
}

/** What one field of a sample may be. A typed array alone is a vector; pixels of a canvas are bytes. */
export type FieldValue = number | string | Numbers | Uint8ClampedArray | Field | PixelField;

/** Pixels of a canvas with a shape. */
export interface PixelField {
  readonly values: Uint8ClampedArray;
  readonly shape: readonly number[];
}

/**
 * One example: fields by name, such as `{ image, label }`. Never tensors: worker threads have none, and typed arrays
 * go from thread to thread without copies.
 */
export type Sample = Readonly<Record<string, FieldValue>>;

/** Fields of a batch; the first size of each counts samples. */
export type BatchFields = Readonly<Record<string, BatchField>>;

/** One field of all samples of a batch. */
export interface BatchField {
  readonly values: Numbers | readonly string[];
  readonly shape: readonly number[];
}

/** What plain numbers of a field are in a batch: floats unless told. */
export type NumberTypes = Readonly<Record<string, 'float32' | 'int32'>>;

export function isNumbers(value: unknown): value is Numbers {
  return value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array;
}

/** Numbers as they are stacked: kinds of bytes, as Buffers and pixels of a canvas, as a Uint8Array of the same memory. */
export function numbersOf(value: unknown): Numbers | undefined {
  if (
    value instanceof Uint8ClampedArray ||
    (value instanceof Uint8Array && value.constructor !== Uint8Array)
  ) {
    return new Uint8Array(value.buffer, value.byteOffset, value.length);
  }
  return isNumbers(value) ? value : undefined;
}

/** Numbers of a field with their shape. @returns undefined for what holds none. */
export function fieldOf(value: unknown): Field | undefined {
  const vector = numbersOf(value);
  if (vector !== undefined) return { values: vector, shape: [vector.length] };
  if (typeof value !== 'object' || value === null) return undefined;
  const { values: given, shape } = value as Partial<Field>;
  const values = numbersOf(given);
  if (values === undefined || !Array.isArray(shape)) return undefined;
  if (sizeOf(shape as number[]) !== values.length) return undefined;
  return values === given ? (value as Field) : { values, shape: shape as number[] };
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The same numbers alone in their buffer: a copy where that holds more, of which threads would copy all. */
export function alone(values: Numbers): Numbers {
  if (values.byteLength === values.buffer.byteLength) return values;
  // Not `slice`, which gives no copy of a Buffer.
  return values instanceof Uint8Array ? new Uint8Array(values) : values.slice();
}
