import { fail } from '../errors.js';
import { attr, DTYPE_TO_TF, type Attr, type AttrKind } from './node.js';
import { attrKind } from './ops/table.js';
import type { DType } from '../weights.js';

/** An attribute as a plain value: its kind follows from the value (and from the op table). */
export type PlainAttr =
  Attr | number | boolean | string | readonly number[] | readonly boolean[] | readonly string[];

/**
 * Tags a plain value with the kind that attribute `name` of `op` has in the op table. Where the table
 * says nothing the kind follows from the value: integers are `int`, names of TensorFlow.js types
 * `type`, lists of numbers `ints`.
 */
export function attrOf(op: string, name: string, value: PlainAttr): Attr {
  if (isTagged(value)) return value;
  const kind = attrKind(op, name) ?? kindOf(value);
  const fits = kind !== undefined && kind !== 'raw' ? FITS[kind](value) : false;
  if (!fits) {
    fail('graph/attribute', {
      subject: `attribute '${name}' of ${op}`,
      expected: kind === undefined ? 'a list of one type' : `a value of kind ${kind}`,
      got: JSON.stringify(value),
    });
  }
  if (kind === 'type') return isType(value) ? attr.type(value) : ({ kind, value } as Attr);
  return { kind, value } as Attr;
}

function isTagged(value: PlainAttr): value is Attr {
  return typeof value === 'object' && 'kind' in value;
}

function isType(value: PlainAttr): value is DType {
  return typeof value === 'string' && Object.hasOwn(DTYPE_TO_TF, value);
}

function kindOf(value: PlainAttr): AttrKind | undefined {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return isType(value) ? 'type' : 'string';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return LIST_KINDS.find((kind) => FITS[kind](value));
}

const LIST_KINDS = ['ints', 'floats', 'strings', 'bools'] as const;

const isList = (value: PlainAttr, fits: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(fits);
const isString = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

const FITS: Readonly<Record<Exclude<AttrKind, 'raw'>, (value: PlainAttr) => boolean>> = {
  int: Number.isInteger,
  float: isNumber,
  bool: isBoolean,
  string: isString,
  type: (value) => isType(value) || (typeof value === 'string' && value.startsWith('DT_')),
  shape: (value) => isList(value, Number.isInteger),
  ints: (value) => isList(value, Number.isInteger),
  floats: (value) => isList(value, isNumber),
  bools: (value) => isList(value, isBoolean),
  strings: (value) => isList(value, isString),
  types: (value) => isList(value, isString),
  shapes: () => false,
};
