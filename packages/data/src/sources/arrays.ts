import { fail, shapeText, valueText } from '@tfjs-optimize/core/plain';
import { checkIndex, type Dataset } from '../dataset.js';
import { numbersOf, sizeOf, type FieldValue, type Numbers, type NumberTypes } from '../sample.js';
import { once, shared } from './shared.js';
import type { ArraysSource, StoredColumn } from './source.js';

/** Numbers of all samples; the first size of the shape counts samples. */
export interface NumberRows {
  readonly values: Numbers | Uint8ClampedArray;
  readonly shape: readonly number[];
  /** What every number is multiplied by as it is read, which makes it a float: 1 / 255 for pixels. */
  readonly scale?: number;
}

/** One field of all samples; an array alone holds one value for each. */
export type ArrayColumn = NumberRows | Numbers | Uint8ClampedArray | readonly number[] | readonly string[];

/**
 * A data set of columns in memory. Worker threads see the same memory: it is copied once, when the first of them starts;
 * changes that come later are not seen by them.
 *
 * @param columns fields by name. Int32Arrays and Uint8Arrays without a shape give whole numbers, other arrays floats.
 * @throws `data/shape` where columns are not of one length or numbers do not fit their shape; `argument/invalid`.
 */
export function arrays(columns: Readonly<Record<string, ArrayColumn>>): Dataset {
  if (typeof columns !== 'object' || columns === null || Object.keys(columns).length === 0) {
    fail('argument/invalid', {
      subject: 'columns',
      expected: 'an object of at least one column',
      got: valueText(columns),
    });
  }
  const stored = Object.entries(columns).map(([name, column]) => [name, storedOf(name, column)] as const);
  return openArrays({ kind: 'arrays', columns: Object.fromEntries(stored) });
}

function storedOf(name: string, column: ArrayColumn): StoredColumn {
  const subject = `column '${name}'`;
  const vector = numbersOf(column);
  if (vector !== undefined) return { values: vector, shape: [vector.length] };
  if (isTexts(column)) return column;
  if (Array.isArray(column)) {
    const strange = column.findIndex((value) => typeof value !== 'number');
    if (strange === -1) return { values: Float32Array.from(column as number[]), shape: [column.length] };
    fail('argument/invalid', {
      subject,
      expected: 'only numbers or only texts',
      got: `${valueText((column as unknown[])[strange])} at ${strange}`,
    });
  }
  const { values: given, shape, scale } = (column ?? {}) as Partial<NumberRows>;
  const values = numbersOf(given);
  if (values === undefined || !isShape(shape)) {
    fail('argument/invalid', {
      subject,
      expected: 'a typed array, a list, or {values, shape} whose first size counts samples',
      got: valueText(column),
    });
  }
  if (sizeOf(shape as number[]) !== values.length) {
    fail('data/shape', {
      subject,
      expected: `${sizeOf(shape as number[])} numbers for shape ${shapeText(shape)}`,
      got: String(values.length),
    });
  }
  if (scale !== undefined && !Number.isFinite(scale)) {
    fail('argument/invalid', {
      subject: `scale of ${subject}`,
      expected: 'a finite number',
      got: valueText(scale),
    });
  }
  return { ...(column as NumberRows), values };
}

function isShape(shape: unknown): boolean {
  return (
    Array.isArray(shape) &&
    shape.length > 0 &&
    shape.every((size) => Number.isInteger(size) && (size as number) >= 0)
  );
}

function isTexts(column: StoredColumn | ArrayColumn): column is readonly string[] {
  return Array.isArray(column) && column.length > 0 && column.every((value) => typeof value === 'string');
}

type Reader = (index: number) => FieldValue;

/** The data set of columns that were looked at before. */
export function openArrays(source: ArraysSource): Dataset {
  const columns = Object.entries(source.columns);
  const length = sameLength(columns);
  const readers = columns.map(([name, column]) => [name, readerOf(column)] as const);
  return {
    length,
    types: typesOf(columns),
    get(index) {
      checkIndex(index, length, 'index');
      const sample: Record<string, FieldValue> = {};
      for (const [name, read] of readers) sample[name] = read(index);
      return sample;
    },
    source: once(() => ({
      kind: 'arrays',
      columns: Object.fromEntries(columns.map(([name, one]) => [name, inShared(one)])),
    })),
  };
}

function inShared(column: StoredColumn): StoredColumn {
  return 'shape' in column ? { ...column, values: shared(column.values) } : column;
}

function typesOf(columns: readonly (readonly [string, StoredColumn])[]): NumberTypes {
  const whole = columns.filter(
    ([, column]) =>
      'shape' in column && !(column.values instanceof Float32Array) && column.scale === undefined,
  );
  return Object.fromEntries(whole.map(([name]) => [name, 'int32'] as const));
}

function sameLength(columns: readonly (readonly [string, StoredColumn])[]): number {
  const lengths = columns.map(([name, column]) => [name, lengthOf(column)] as const);
  const [[first, length]] = lengths as [[string, number]];
  const other = lengths.find(([, each]) => each !== length);
  if (other === undefined) return length;
  return fail('data/shape', {
    subject: `column '${other[0]}'`,
    expected: `${length} samples, as in '${first}'`,
    got: String(other[1]),
  });
}

function lengthOf(column: StoredColumn): number {
  return 'shape' in column ? (column.shape[0] as number) : column.length;
}

function readerOf(column: StoredColumn): Reader {
  if (!('shape' in column)) return (index) => column[index] as string;
  const { values, shape, scale } = column;
  if (shape.length === 1) {
    return scale === undefined
      ? (index) => values[index] as number
      : (index) => (values[index] as number) * scale;
  }
  const inner = shape.slice(1);
  const size = sizeOf(inner);
  return (index) => {
    const row = values.subarray(index * size, (index + 1) * size);
    return { values: scale === undefined ? row : scaled(row, scale), shape: inner };
  };
}

function scaled(row: Numbers, scale: number): Float32Array {
  const floats = new Float32Array(row.length);
  for (let i = 0; i < row.length; i++) floats[i] = (row[i] as number) * scale;
  return floats;
}
