import { dtypeOfTf, type DType } from '@tfjs-optimize/core';

/** Numbers of TensorFlow's types (`tensorflow/core/framework/types.proto`). */
export const TYPE_NUMBERS = {
  float: 1,
  int32: 3,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  half: 19,
  resource: 20,
  variant: 21,
} as const;

/** A type of TensorFlow, by the name of its enum without `DT_`. */
export type TfType = keyof typeof TYPE_NUMBERS;

/** Whether a text names a type that is written. */
export function isTfType(name: string): name is TfType {
  return Object.hasOwn(TYPE_NUMBERS, name);
}

const OF_DTYPE: Readonly<Record<DType, TfType>> = {
  float32: 'float',
  int32: 'int32',
  bool: 'bool',
  complex64: 'complex64',
  string: 'string',
};

/** TensorFlow's type for one of TensorFlow.js. */
export function tfType(dtype: DType): TfType {
  return OF_DTYPE[dtype];
}

/**
 * The type in which TensorFlow.js holds values of a type that an attribute names (`DT_INT64` is int32, `DT_UINT8`, too);
 * undefined where it cannot.
 */
export function heldType(name: string): TfType | undefined {
  if (name === 'DT_RESOURCE') return 'resource';
  if (name === 'DT_VARIANT') return 'variant';
  const dtype = dtypeOfTf(name);
  return dtype === undefined ? undefined : OF_DTYPE[dtype];
}

/** Numbers from narrow to wide: what is narrower can be cast to what is wider. */
const WIDTHS: readonly TfType[] = ['bool', 'int32', 'int64', 'bfloat16', 'half', 'float', 'complex64'];

/** TensorFlow.js has none of these: nothing is widened to them. */
const FOREIGN: readonly TfType[] = ['int64', 'bfloat16', 'half'];

/** The narrowest type, of those allowed, that holds values of all types given; undefined where there is none. */
export function commonType(types: readonly TfType[], allowed?: readonly TfType[]): TfType | undefined {
  const [first] = types;
  if (first === undefined) return undefined;
  const isAllowed = (type: TfType): boolean => allowed === undefined || allowed.includes(type);
  if (types.every((type) => type === first) && isAllowed(first)) return first;
  const widest = Math.max(...types.map((type) => WIDTHS.indexOf(type)));
  if (types.some((type) => !WIDTHS.includes(type))) return undefined;
  return WIDTHS.slice(widest).find((type) => !FOREIGN.includes(type) && isAllowed(type));
}
