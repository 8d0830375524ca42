import { fail } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import type { DType } from '../weights.js';

/**
 * A value of the graph: `node` for the first output of a node, `node:k` for output k > 0. This is
 * the normal form; `node:0` never occurs. Control dependencies are kept apart, in `controls`.
 */
export type ValueId = string;

/** Sizes of a tensor; -1 where a size is known only at run time. */
export type Shape = readonly number[];

/**
 * One attribute, tagged with its TensorFlow kind so that it is written as it was read. `raw` keeps
 * kinds that no pass looks into (tensor, func, mixed lists) as their JSON.
 */
export type Attr = {
  readonly [K in AttrKind]: { readonly kind: K; readonly value: AttrValues[K] };
}[AttrKind];

/** The type of an attribute's value by its kind. */
export interface AttrValues {
  readonly int: number;
  readonly float: number;
  readonly bool: boolean;
  readonly string: string;
  readonly type: string;
  readonly shape: Shape | null;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly bools: readonly boolean[];
  readonly strings: readonly string[];
  readonly types: readonly string[];
  readonly shapes: readonly (Shape | null)[];
  readonly raw: Json;
}

/** Kinds of attribute. */
export type AttrKind = keyof AttrValues;

export type Attrs = Readonly<Record<string, Attr>>;

/** One operation. Immutable; op, input and attribute names are those of the graph-model format. */
export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly ValueId[];
  /** Names of nodes that must run before this one without passing it a value. */
  readonly controls: readonly string[];
  readonly attrs: Attrs;
  /** The rule or layer that made this node; for explanations only, not saved. */
  readonly origin?: string;
  /** Other fields of the file's node (`device`, `experimentalType`), written back as they were read. */
  readonly fields?: JsonObject;
}

/** Node with defaults filled in. */
export function makeNode(node: Pick<Node, 'name' | 'op'> & Partial<Node>): Node {
  return { inputs: [], controls: [], attrs: {}, ...node };
}

/** Constructors for attributes: `attr.ints([1, 2, 2, 1])`. */
export const attr = {
  int: (value: number): Attr => ({ kind: 'int', value }),
  float: (value: number): Attr => ({ kind: 'float', value }),
  bool: (value: boolean): Attr => ({ kind: 'bool', value }),
  string: (value: string): Attr => ({ kind: 'string', value }),
  /** A TensorFlow type by its TensorFlow.js name. */
  type: (value: DType): Attr => ({ kind: 'type', value: DTYPE_TO_TF[value] }),
  shape: (value: Shape | null): Attr => ({ kind: 'shape', value }),
  ints: (value: readonly number[]): Attr => ({ kind: 'ints', value }),
  floats: (value: readonly number[]): Attr => ({ kind: 'floats', value }),
  bools: (value: readonly boolean[]): Attr => ({ kind: 'bools', value }),
  strings: (value: readonly string[]): Attr => ({ kind: 'strings', value }),
} as const;

/** Value of an attribute, or undefined when the node does not have it; another kind is an error. */
export function getAttr<K extends AttrKind>(node: Node, name: string, kind: K): AttrValues[K] | undefined {
  const found = Object.hasOwn(node.attrs, name) ? node.attrs[name] : undefined;
  if (found === undefined) return undefined;
  if (found.kind !== kind) {
    fail('graph/attribute', {
      subject: `node '${node.name}' (${node.op})`,
      expected: `attribute '${name}' of kind ${kind}`,
      got: found.kind,
    });
  }
  return found.value as AttrValues[K];
}

/** Value of an attribute that must be there. */
export function needAttr<K extends AttrKind>(node: Node, name: string, kind: K): AttrValues[K] {
  return (
    getAttr(node, name, kind) ??
    fail('graph/attribute', {
      subject: `node '${node.name}' (${node.op})`,
      expected: `attribute '${name}'`,
      got: 'none of that name',
    })
  );
}

/** TensorFlow's type enum names by TensorFlow.js' names. */
export const DTYPE_TO_TF: Readonly<Record<DType, string>> = {
  float32: 'DT_FLOAT',
  int32: 'DT_INT32',
  bool: 'DT_BOOL',
  complex64: 'DT_COMPLEX64',
  string: 'DT_STRING',
};

const TF_TO_DTYPE: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'float32',
  DT_HALF: 'float32',
  DT_DOUBLE: 'float32',
  DT_INT32: 'int32',
  DT_INT64: 'int32',
  DT_INT8: 'int32',
  DT_UINT8: 'int32',
  DT_BOOL: 'bool',
  DT_COMPLEX64: 'complex64',
  DT_COMPLEX128: 'complex64',
  DT_STRING: 'string',
};

/** How TensorFlow.js represents a TensorFlow type at run time; undefined if it cannot. */
export function dtypeOfTf(name: string): DType | undefined {
  return Object.hasOwn(TF_TO_DTYPE, name) ? TF_TO_DTYPE[name] : undefined;
}

/** The node that makes a value. */
export function nodeOf(value: ValueId): string {
  return splitValue(value)[0];
}

/** A value as node name and output index. */
export function splitValue(value: ValueId): readonly [node: string, index: number] {
  const at = value.lastIndexOf(':');
  if (at < 0) return [value, 0];
  return [value.slice(0, at), Number(value.slice(at + 1))];
}

/** The value that is output `index` of a node. */
export function valueId(node: string, index = 0): ValueId {
  return index === 0 ? node : `${node}:${index}`;
}
