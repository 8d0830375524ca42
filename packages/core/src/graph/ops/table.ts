import { fail } from '../../errors.js';
import { getAttr, needAttr, type AttrKind, type AttrValues, type Node } from '../node.js';
import { arithmetic } from './arithmetic.js';
import { basicMath } from './basic-math.js';
import { convolution } from './convolution.js';
import { creation } from './creation.js';
import { dynamicOps, evaluation } from './evaluation.js';
import { frames } from './frames.js';
import { graphOps } from './graph-ops.js';
import { image } from './image.js';
import { logical } from './logical.js';
import { matrices } from './matrices.js';
import type { OpName } from './names.js';
import { normalization } from './normalization.js';
import { OWN_OPS } from './own.js';
import { ragged, sparse, spectral, strings } from './odd-tensors.js';
import { reduction } from './reduction.js';
import { decisionForests, hashTables } from './resources.js';
import type { AttrSpec, InputSpec, OpRow, Trait } from './row.js';
import { sliceJoin } from './slice-join.js';
import { tensorLists } from './tensor-lists.js';
import { transformation } from './transformation.js';

/**
 * The op table: one complete row for every op that stock TensorFlow.js runs in a graph model. Types
 * of attributes are kept, so that {@link opAttrs} is typed by op.
 */
export const OPS = {
  ...arithmetic,
  ...basicMath,
  ...convolution,
  ...creation,
  ...decisionForests,
  ...dynamicOps,
  ...evaluation,
  ...frames,
  ...graphOps,
  ...hashTables,
  ...image,
  ...logical,
  ...matrices,
  ...normalization,
  ...ragged,
  ...reduction,
  ...sliceJoin,
  ...sparse,
  ...spectral,
  ...strings,
  ...tensorLists,
  ...transformation,
} as const satisfies { readonly [K in OpName]: OpRow };

/** Whether the table has a row for an op. */
export function isKnownOp(op: string): op is OpName {
  return Object.hasOwn(OPS, op);
}

/** The row of an op, of stock TensorFlow.js or of a package of ours; undefined for unknown ones. */
export function opRow(op: string): OpRow | undefined {
  if (isKnownOp(op)) return OPS[op];
  return Object.hasOwn(OWN_OPS, op) ? OWN_OPS[op] : undefined;
}

/** Whether an op is known and has a trait. */
export function hasTrait(op: string, trait: Trait): boolean {
  return opRow(op)?.traits.includes(trait) ?? false;
}

const IMPURE: readonly Trait[] = ['source', 'random', 'stateful', 'sideEffect', 'control', 'async'];

/**
 * Whether equal inputs and attributes always make equal outputs and nothing else happens: such nodes
 * may be merged, dropped when nobody reads them, and computed ahead. Unknown ops are not.
 */
export function isPure(op: string): boolean {
  const row = opRow(op);
  return row !== undefined && !row.traits.some((trait) => IMPURE.includes(trait));
}

/** Number of outputs of a node; undefined for unknown ops and where the node does not tell. */
export function outputCount(node: Node): number | undefined {
  const outputs = opRow(node.op)?.outputs;
  return typeof outputs === 'function' ? outputs(node) : outputs;
}

/** What input `index` of a node is for; undefined for unknown ops and inputs too many. */
export function inputSpec(node: Node, index: number): InputSpec | undefined {
  const specs = opRow(node.op)?.inputs;
  if (specs === undefined) return undefined;
  const at = specs.findIndex((spec) => spec.variadic === true);
  if (at < 0 || index < at) return specs[index];
  const after = specs.length - at - 1;
  const fromEnd = node.inputs.length - index;
  return fromEnd <= after ? specs[specs.length - fromEnd] : specs[at];
}

/** Type attributes and hints that any node may have and that say nothing the inputs do not say. */
const COMMON_KINDS: Readonly<Record<string, AttrKind>> = {
  T: 'type',
  N: 'int',
  use_cudnn_on_gpu: 'bool',
  exponential_avg_factor: 'float',
  U: 'type',
  _output_shapes: 'shapes',
};

/** The kind that an attribute of an op has; undefined where the table does not say. */
export function attrKind(op: string, name: string): AttrKind | undefined {
  const attrs = opRow(op)?.attrs;
  if (attrs !== undefined && Object.hasOwn(attrs, name)) return attrs[name]?.kind;
  if (Object.hasOwn(COMMON_KINDS, name)) return COMMON_KINDS[name];
  return /^T[A-Za-z]*$|^(Src|Dst)T$/.test(name) ? 'type' : undefined;
}

/**
 * Whether an attribute says nothing about what a node computes: hints (`_output_shapes`) and types that
 * repeat what the inputs are (`T`), unless the op reads them.
 */
export function isSilentAttr(node: Node, name: string): boolean {
  if (name.startsWith('_')) return true;
  const kind = node.attrs[name]?.kind;
  const attrs = opRow(node.op)?.attrs;
  if ((kind !== 'type' && kind !== 'types') || attrs === undefined) return false;
  return !Object.hasOwn(attrs, name) || attrs[name]?.ignored === true;
}

type ValueOf<S> =
  S extends AttrSpec<infer K, infer N>
    ? N extends 'optional'
      ? AttrValues[K] | undefined
      : AttrValues[K]
    : never;

/** Attributes of an op by name, defaults filled in. */
export type OpAttrs<K extends OpName> = {
  readonly [A in keyof (typeof OPS)[K]['attrs']]: ValueOf<(typeof OPS)[K]['attrs'][A]>;
};

/**
 * The attributes of a node, typed by its op, with defaults filled in.
 * @throws `graph/attribute` where one is missing or of another kind, `graph/op` for a node of another op.
 */
export function opAttrs<K extends OpName>(node: Node, op: K): OpAttrs<K> {
  if (node.op !== op) {
    fail('graph/op', { subject: `node '${node.name}'`, expected: op, got: node.op });
  }
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries<AttrSpec>(OPS[op].attrs)) {
    values[name] = readAttr(node, name, spec);
  }
  return values as OpAttrs<K>;
}

function readAttr(node: Node, name: string, spec: AttrSpec): unknown {
  const isInt = spec.kind === 'float' && node.attrs[name]?.kind === 'int';
  const found = getAttr(node, name, isInt ? 'int' : spec.kind);
  if (found !== undefined || spec.need === 'optional') return found;
  return spec.need === 'default' ? spec.default : needAttr(node, name, spec.kind);
}
