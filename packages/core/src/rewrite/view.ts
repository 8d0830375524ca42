import type { Node, ValueId } from '../graph/node.js';
import type { TensorType } from '../graph/ops/row.js';
import type { Weight } from '../weights.js';

/** What patterns and rules may look at: the graph as it stands in the middle of a rewrite. */
export interface GraphView {
  /** The node of that name, or undefined. */
  node(name: string): Node | undefined;
  /** The node that makes a value. */
  producer(value: ValueId): Node;
  /** Names of the nodes that read an output of a node or wait for it. */
  users(name: string): ReadonlySet<string>;
  /** Whether any output of a node is handed out by the model. */
  isOutput(name: string): boolean;
  /** Whether the model hands out an output of the node beside its first one. */
  handsOutMore(name: string): boolean;
  /** Shape, type and, for small values, elements, as far as they are known without running the graph. */
  type(value: ValueId): TensorType;
  /** The weight behind a value that a Const node makes; undefined for every other value. */
  weight(value: ValueId): Weight | undefined;
}

/** `true`, or a phrase that tells why not ("its output has another user"). */
export type Verdict = true | string;
