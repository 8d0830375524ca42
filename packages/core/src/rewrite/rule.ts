import type { Attrs, Node, ValueId } from '../graph/node.js';
import type { WeightMove } from '../facts.js';
import type { Weight } from '../weights.js';
import type { Match } from './match.js';
import type { Pattern } from './pattern.js';
import type { GraphView } from './view.js';

/** One rewrite: when the pattern fits, `apply` says what takes its place, or why nothing does. */
export interface Rule {
  /** Unique, in kebab case: `fold-batch-norm`. */
  readonly name: string;
  /** The identity it relies on, in the symbols its code uses: `(x ∗ W)·s + t = x ∗ (W·s) + t`. */
  readonly identity: string;
  /** What is taken into another node, for explanations: "batch norm", or a word for the node that is. */
  readonly takes?: string | ((taken: Node) => string);
  /**
   * Which node of a match takes another: `last` (unless told), where the last node that the pattern
   * matches takes the root that follows it; `root`, where the root takes what stands in front of it.
   */
  readonly taker?: 'last' | 'root';
  readonly pattern: Pattern;
  readonly apply: (match: Match, context: RuleContext) => Outcome;
}

/** A constant that the elements of a new one are those of, and where they went; see {@link WeightMove}. */
export interface Origin {
  readonly weight: ValueId;
  readonly place?: WeightMove['place'];
}

/** What a rule decided. */
export type Outcome =
  /** A new node takes the root's name. */
  | { readonly kind: 'node'; readonly op: string; readonly inputs: readonly ValueId[]; readonly attrs: Attrs }
  /** An existing value takes the root's place; a root that must keep its name becomes an Identity. */
  | { readonly kind: 'value'; readonly value: ValueId }
  /** The root becomes a Const. */
  | { readonly kind: 'constant'; readonly weight: Weight; readonly of: readonly Origin[] }
  /** Nothing changes, and why: a phrase about `node` (the root unless told); see {@link decline}. */
  | {
      readonly kind: 'declined';
      readonly reason: string;
      readonly node: Node | undefined;
      readonly group: string | undefined;
    };

/** The root is replaced by this node. */
export function replaceBy(op: string, inputs: readonly ValueId[], attrs: Attrs = {}): Outcome {
  return { kind: 'node', op, inputs, attrs };
}

/** Readers of the root read this value instead. */
export function replaceByValue(value: ValueId): Outcome {
  return { kind: 'value', value };
}

/**
 * The root becomes a constant.
 * @param of the constants that its elements are those of: what facts say of these holds of it, too.
 */
export function replaceByConstant(weight: Weight, of: readonly Origin[] = []): Outcome {
  return { kind: 'constant', weight, of };
}

/**
 * The rule does not apply; `reason` is a phrase about `node`: "its variance is negative". Nodes that
 * give the same reason are noted together; where a reason has numbers of its own, `group` is the phrase
 * for all of them.
 */
export function decline(reason: string, node?: Node, group?: string): Outcome {
  return { kind: 'declined', reason, node, group };
}

/** How a rule makes a constant. */
export interface ConstantOptions {
  readonly name: string;
  readonly instead?: ValueId;
  readonly of?: Origin;
}

/** What a rule can do beside looking: make nodes and constants that its outcome refers to. */
export interface RuleContext extends GraphView {
  /** Makes an inner node of the replacement; `name` is a wish, kept when it is free. */
  make(op: string, inputs: readonly ValueId[], attrs: Attrs, name: string): ValueId;
  /**
   * Makes a constant. With `instead` it takes the name of that constant when nothing else uses it
   * any more, so that a changed weight keeps its name; otherwise a name near `name`. `of` is the constant that its
   * elements are those of: what facts say of that one holds of the new one, too.
   */
  constant(weight: Weight, options: ConstantOptions): ValueId;
}
