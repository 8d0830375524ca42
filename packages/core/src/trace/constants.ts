import type { Values } from '../weights.js';
import type { MadeValue } from './align.js';
import { combine, isVarying, mergeNumber, type Num } from './numbers.js';

/** What a value made from JavaScript numbers is in a graph. */
export type MadeForm =
  /** The same at every size. */
  | { readonly kind: 'constant'; readonly values: Values }
  /** One number everywhere; only the shape depends on sizes. */
  | { readonly kind: 'filled'; readonly value: number | string }
  /** A single number that depends on sizes. */
  | { readonly kind: 'size'; readonly size: Num }
  /** start, start + step, … along the one axis that is longer than 1. */
  | { readonly kind: 'range'; readonly start: number; readonly step: number; readonly limit: Num }
  /** One block of constants, repeated along axes of unknown size in front of it. */
  | { readonly kind: 'repeated'; readonly block: Values; readonly shape: readonly number[] }
  /** The identity matrix. */
  | { readonly kind: 'identity'; readonly size: Num };

/** Where numbers come from, for messages. */
export function madeBy(made: MadeValue | undefined): string {
  return made?.op === undefined ? 'made in JavaScript' : `made in tf.${made.op}`;
}

/** Whether it was drawn by chance, or two runs at the same sizes made different values. */
export function isRandom({ values: [first], again, random }: MadeValue): boolean {
  return random || (first !== undefined && again !== undefined && !sameValues(first, again));
}

/**
 * Recognizes what a value is. Undefined where its values depend on sizes in a way that has no name.
 */
export function recognize(made: MadeValue): MadeForm | undefined {
  const values = made.values.filter((v): v is Values => v !== undefined);
  if (values.length < made.values.length) return undefined;
  const first = values[0] as Values;
  if (!made.shape.some(isVarying) && values.every((other) => sameValues(first, other))) {
    return { kind: 'constant', values: first };
  }
  const filling = first[0] ?? 0;
  if (values.every((list) => list.every((value: number | string) => Object.is(value, filling)))) {
    return { kind: 'filled', value: filling };
  }
  if (typeof filling === 'string') return undefined;
  const numbers = values as readonly (Float32Array | Int32Array | Uint8Array)[];
  return size(numbers) ?? range(made, numbers) ?? repeated(made, numbers) ?? identity(made, numbers);
}

function sameValues(a: Values, b: Values): boolean {
  return a.length === b.length && a.every((value: number | string, i: number) => Object.is(value, b[i]));
}

type Numbers = Float32Array | Int32Array | Uint8Array;

function size(values: readonly Numbers[]): MadeForm | undefined {
  if (values.some((list) => list.length !== 1 || !Number.isInteger(list[0]))) return undefined;
  return { kind: 'size', size: mergeNumber(values.map((list) => list[0] as number)) };
}

function range(made: MadeValue, values: readonly Numbers[]): MadeForm | undefined {
  const long = made.shape.filter((length) => length !== 1);
  const [length] = long;
  if (long.length !== 1 || length === undefined) return undefined;
  const [start = 0, second = 0] = values[0] as Numbers;
  const step = second - start;
  if (!Number.isInteger(start) || !Number.isInteger(step) || step === 0) return undefined;
  if (!values.every((list) => list.every((value, i) => value === start + i * step))) return undefined;
  return { kind: 'range', start, step, limit: combine([length], (n) => start + n * step) };
}

function repeated(made: MadeValue, values: readonly Numbers[]): MadeForm | undefined {
  const known = made.shape.slice(made.shape.findLastIndex(isVarying) + 1) as number[];
  const size = known.reduce((a, b) => a * b, 1);
  if (known.length === made.shape.length || size < 2) return undefined;
  const block = (values[0] as Numbers).slice(0, size);
  if (!values.every((list) => list.every((value, i) => Object.is(value, block[i % size])))) return undefined;
  return { kind: 'repeated', block, shape: known };
}

function identity(made: MadeValue, values: readonly Numbers[]): MadeForm | undefined {
  const [rows, columns] = made.shape;
  if (made.shape.length !== 2 || !isVarying(rows) || !isVarying(columns) || rows.key !== columns.key)
    return undefined;
  const holds = values.every((list, k) => {
    const n = rows.at[k] as number;
    return list.every((value, i) => value === (Math.floor(i / n) === i % n ? 1 : 0));
  });
  return holds ? { kind: 'identity', size: rows } : undefined;
}
