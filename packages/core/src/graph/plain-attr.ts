import { fail } from '../errors.js';
import { attr, DTYPE_TO_TF, type Attr } from './node.js';
import type { DType } from '../weights.js';

/** An attribute as a plain value: its kind follows from the value (and from the op table). */
export type PlainAttr =
  Attr | number | boolean | string | readonly number[] | readonly boolean[] | readonly string[];

/** Tags a plain value with the kind that attribute `name` of `op` has. */
export function attrOf(op: string, name: string, value: PlainAttr): Attr {
  if (isTagged(value)) return value;
  switch (typeof value) {
    case 'boolean':
      return attr.bool(value);
    case 'string':
      return isType(value) ? attr.type(value) : attr.string(value);
    case 'number':
      return FLOATS.has(name) || !Number.isInteger(value) ? attr.float(value) : attr.int(value);
    default:
      return listOf(op, name, value);
  }
}

const FLOATS: ReadonlySet<string> = new Set([
  'epsilon',
  'alpha',
  'beta',
  'bias',
  'leakyrelu_alpha',
  'constant_value',
]);

function isTagged(value: PlainAttr): value is Attr {
  return typeof value === 'object' && 'kind' in value;
}

function isType(value: string): value is DType {
  return Object.hasOwn(DTYPE_TO_TF, value);
}

function listOf(
  op: string,
  name: string,
  values: readonly number[] | readonly boolean[] | readonly string[],
): Attr {
  if (values.every((value) => typeof value === 'string')) {
    if (values.length > 0 || name === 'fused_ops') return attr.strings(values);
  }
  if (values.every((value) => typeof value === 'number')) return attr.ints(values);
  if (values.every((value) => typeof value === 'boolean')) return attr.bools(values);
  return fail('graph/attribute', {
    subject: `attribute '${name}' of ${op}`,
    expected: 'a list of one type',
    got: JSON.stringify(values),
  });
}
