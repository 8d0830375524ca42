/** Numbers of one field: floats, whole numbers, or bytes such as pixels. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** Numbers with a shape, whose sizes multiply to their count. */
export interface Field {
  readonly values: Numbers;
  readonly shape: readonly number[];
}

/** What one field of a sample may be. A typed array alone is a vector. */
export type FieldValue = number | string | Numbers | Field;

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

/** Numbers of a field with their shape. @returns undefined for what holds none. */
export function fieldOf(value: unknown): Field | undefined {
  if (isNumbers(value)) return { values: value, shape: [value.length] };
  if (typeof value !== 'object' || value === null) return undefined;
  const { values, shape } = value as Partial<Field>;
  if (!isNumbers(values) || !Array.isArray(shape)) return undefined;
  return sizeOf(shape as number[]) === values.length ? (value as Field) : undefined;
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
