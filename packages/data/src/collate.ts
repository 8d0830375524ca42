import { fail, importFunction, shapeText, valueText } from '@tfjs-optimize/core/plain';
import { isModuleRef, type ModuleRef } from './dataset.js';
import {
  fieldOf,
  sizeOf,
  type BatchField,
  type BatchFields,
  type Field,
  type NumberTypes,
  type Sample,
} from './sample.js';

/**
 * Makes one batch of samples. The first size of every field must count them. Its arrays are given away: threads hand them
 * over without a copy.
 * @param options of a {@link ModuleRef}.
 */
export type Collate = (samples: readonly Sample[], options?: unknown) => BatchFields;

/** The function itself. */
export async function collateOf(option: Collate | ModuleRef | undefined): Promise<Collate | undefined> {
  if (!isModuleRef(option)) return option;
  const found = (await importFunction(String(option.module), option.export)) as Collate;
  return (samples) => found(samples, option.options);
}

/**
 * Stacks samples: each field becomes one array with one more size in front.
 * @param indices of the samples in their data set, for messages.
 * @throws `data/shape` naming the field and the sample that differs from the first of the batch.
 */
export function stack(
  samples: readonly Sample[],
  types: NumberTypes = {},
  indices?: ArrayLike<number>,
): BatchFields {
  const [first] = samples as [Sample];
  const nameOf = (row: number): string => `sample ${indices?.[row] ?? row}`;
  samples.forEach((sample, row) => checkNames(first, sample, nameOf, row));
  const fields = Object.entries(first).map(([name, value]) => {
    const column = samples.map((sample) => sample[name]);
    const where = (row: number): string => `field '${name}' of ${nameOf(row)}`;
    if (typeof value === 'number') return [name, numbers(column, types[name], where)] as const;
    if (typeof value === 'string') return [name, texts(column, where)] as const;
    return [name, rows(column, where)] as const;
  });
  return Object.fromEntries(fields);
}

type Where = (row: number) => string;

function checkNames(first: Sample, sample: Sample, nameOf: Where, row: number): void {
  if (typeof sample !== 'object' || sample === null || Object.keys(sample).length === 0) {
    fail('data/shape', {
      subject: nameOf(row),
      expected: 'an object of at least one field',
      got: valueText(sample),
    });
  }
  const names = Object.keys(first);
  const own = Object.keys(sample);
  if (own.length === names.length && own.every((name) => name in first)) return;
  fail('data/shape', {
    subject: nameOf(row),
    expected: `the fields ${names.join(', ')} of ${nameOf(0)}`,
    got: own.join(', '),
  });
}

function numbers(
  column: readonly unknown[],
  type: 'float32' | 'int32' = 'float32',
  where: Where,
): BatchField {
  const values = type === 'int32' ? new Int32Array(column.length) : new Float32Array(column.length);
  column.forEach((value, row) => {
    const fits = typeof value === 'number' && (type === 'float32' || Number.isInteger(value));
    if (!fits) {
      const expected = type === 'int32' ? 'a whole number' : `a number, as in ${where(0)}`;
      fail('data/shape', { subject: where(row), expected, got: valueText(value) });
    }
    values[row] = value;
  });
  return { values, shape: [column.length] };
}

function texts(column: readonly unknown[], where: Where): BatchField {
  const strange = column.findIndex((value) => typeof value !== 'string');
  if (strange !== -1) {
    fail('data/shape', {
      subject: where(strange),
      expected: `a text, as in ${where(0)}`,
      got: valueText(column[strange]),
    });
  }
  return { values: column as readonly string[], shape: [column.length] };
}

function rows(column: readonly unknown[], where: Where): BatchField {
  const first = fieldAt(column, 0, where);
  const size = sizeOf(first.shape);
  const Type = first.values.constructor as new (length: number) => Field['values'];
  const values = new Type(size * column.length);
  for (let row = 0; row < column.length; row++) {
    const field = fieldAt(column, row, where);
    checkAlike(first, field, where, row);
    values.set(field.values, row * size);
  }
  return { values, shape: [column.length, ...first.shape] };
}

function fieldAt(column: readonly unknown[], row: number, where: Where): Field {
  const field = fieldOf(column[row]);
  if (field !== undefined) return field;
  return fail('data/shape', {
    subject: where(row),
    expected: 'a number, a text, a Float32Array, Int32Array or Uint8Array, or {values, shape} that agree',
    got: valueText(column[row]),
  });
}

function checkAlike(first: Field, field: Field, where: Where, row: number): void {
  const isSameShape =
    field.shape.length === first.shape.length && field.shape.every((size, i) => size === first.shape[i]);
  if (isSameShape && field.values.constructor === first.values.constructor) return;
  const text = ({ values, shape }: Field): string =>
    `${values.constructor.name} of shape ${shapeText(shape)}`;
  fail('data/shape', {
    subject: where(row),
    expected: `${text(first)}, as in ${where(0)}`,
    got: text(field),
    advice: 'Bring samples to one shape by a transform, or collate them by code of your own',
  });
}
