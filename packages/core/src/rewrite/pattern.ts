import type { Attr, Node, ValueId } from '../graph/node.js';
import type { Weight } from '../weights.js';
import type { GraphView, Verdict } from './view.js';

/**
 * What a value, and the nodes behind it, must look like. A pattern is data: it is matched from its
 * root, the last node, towards the inputs. Build one with {@link any}, {@link constant}, {@link op},
 * {@link oneOf} and {@link optional}.
 */
export type Pattern = AnyPattern | ConstantPattern | OpPattern | OneOfPattern;

/** Any value. */
export interface AnyPattern {
  readonly kind: 'any';
  readonly as?: string;
  readonly where?: (value: ValueId, view: GraphView) => Verdict;
}

/** A value made by a Const node. */
export interface ConstantPattern {
  readonly kind: 'constant';
  readonly as?: string;
  readonly where?: (weight: Weight, view: GraphView) => Verdict;
}

/** A value made by a node of one of these ops. */
export interface OpPattern extends OpPatternOptions {
  readonly kind: 'op';
  readonly ops: readonly string[];
}

/** Alternatives, tried in order. */
export interface OneOfPattern {
  readonly kind: 'oneOf';
  readonly patterns: readonly Pattern[];
}

/** Condition on one attribute; it sees undefined where the node does not have it. */
export type AttrTest = (found: Attr | undefined) => Verdict;

/** What an op pattern asks of the node beside its op. */
export interface OpPatternOptions {
  /** Name under which the match gives the node. */
  readonly as?: string;
  /** Patterns of the leading inputs; left out, inputs are not looked at. */
  readonly inputs?: readonly Pattern[];
  /** Takes the inputs behind the listed ones, any number of them; each may have to fit a pattern. */
  readonly rest?: { readonly as?: string; readonly each?: AnyPattern | ConstantPattern };
  /** Try the listed inputs in every order, as for AddV2 and Mul. */
  readonly anyOrder?: boolean;
  readonly attrs?: Readonly<Record<string, AttrTest>>;
  /** Which output of the node the value must be; 0 unless told. */
  readonly output?: number;
  readonly where?: (node: Node, view: GraphView) => Verdict;
  /** Look at the node but leave it in the graph: it may have other users and may be an output. */
  readonly keep?: boolean;
}

/** Any value, captured under a name. One name twice in a pattern means the same value twice. */
export function any(as?: string, where?: AnyPattern['where']): AnyPattern {
  return { kind: 'any', ...(as !== undefined && { as }), ...(where && { where }) };
}

/** A constant, captured under a name. */
export function constant(as?: string, where?: ConstantPattern['where']): ConstantPattern {
  return { kind: 'constant', ...(as !== undefined && { as }), ...(where && { where }) };
}

/** A node of one of these ops. */
export function op(ops: string | readonly string[], options: OpPatternOptions = {}): OpPattern {
  return { kind: 'op', ops: typeof ops === 'string' ? [ops] : ops, ...options };
}

/** The first of these patterns that fits. */
export function oneOf(...patterns: readonly Pattern[]): OneOfPattern {
  return { kind: 'oneOf', patterns };
}

/** `inner` with a node around it, or `inner` alone: `optional((x) => op('Pad', {inputs: [x]}), conv)`. */
export function optional(wrap: (inner: Pattern) => Pattern, inner: Pattern): OneOfPattern {
  return oneOf(wrap(inner), inner);
}

/** The attribute equals `wanted`; a node without it counts as having `fallback`. */
export function attrIs(wanted: Attr['value'], fallback?: Attr['value']): AttrTest {
  const text = JSON.stringify(wanted);
  return (found) => {
    const value = found === undefined ? fallback : found.value;
    return JSON.stringify(value) === text || `is ${JSON.stringify(value) ?? 'missing'}, not ${text}`;
  };
}

/** Ops that the root of a pattern may have; undefined when it may be anything. */
export function rootOps(pattern: Pattern): readonly string[] | undefined {
  if (pattern.kind === 'op') return pattern.ops;
  if (pattern.kind !== 'oneOf') return undefined;
  const ops = pattern.patterns.map(rootOps);
  return ops.includes(undefined) ? undefined : [...new Set((ops as string[][]).flat())];
}
