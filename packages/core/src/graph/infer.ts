import { isOptimizeError } from '../errors.js';
import type { Violation } from '../facts.js';
import type { DType, Weight, Weights } from '../weights.js';
import type { Graph } from './graph.js';
import { knownValues, MAX_KNOWN_VALUES } from './known-values.js';
import { nodeOf, splitValue, type Node, type Shape, type ValueId } from './node.js';
import { opRow } from './ops/table.js';
import type { TensorType } from './ops/row.js';
import { OpView, UNKNOWN } from './ops/view.js';

/** What {@link inferShapes} found. */
export interface InferredShapes {
  /** Sizes with -1 for unknown ones; undefined where even the rank is unknown. */
  shape(value: ValueId): Shape | undefined;
  dtype(value: ValueId): DType | undefined;
  /** All that is known of a value, elements of small ones included. */
  type(value: ValueId): TensorType;
  /** Nodes whose inputs do not fit each other; their outputs are taken as unknown. */
  readonly contradictions: readonly Violation[];
}

/**
 * Shapes and types of all values as far as they follow from the graph, without running it. Shapes
 * that a graph computes (`Shape` → `StridedSlice` → `Pack` → `Reshape`) are followed, unknown sizes
 * included. Sound for models that run: what is found is what a run will show.
 *
 * @param inputShapes shapes of placeholders by name, in place of what their attributes say; -1 for
 *   unknown sizes.
 */
export function inferShapes(
  graph: Graph,
  weights: Weights,
  inputShapes: ReadonlyMap<string, Shape> = new Map(),
): InferredShapes {
  let before: Types = new Map();
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const inferred = inferOnce(graph, weights, inputShapes, before);
    if (inferred.isStable) return inferred;
    before = inferred.types;
  }
  return inferOnce(graph, weights, inputShapes, undefined);
}

type Types = ReadonlyMap<string, readonly TensorType[]>;

/** Turns after which what comes round a loop is taken as unknown instead. */
const MAX_TURNS = 8;

/**
 * One walk over the graph. What comes round a loop (`NextIteration` to `Merge`) is taken to be what
 * the walk before found, at first nothing: so a loop's values get the shape that all its turns agree on
 * once that no longer changes.
 *
 * @param before types of the walk before; undefined takes all that comes round as unknown.
 */
function inferOnce(
  graph: Graph,
  weights: Weights,
  inputShapes: ReadonlyMap<string, Shape>,
  before: Types | undefined,
): InferredShapes & { readonly types: Types; readonly isStable: boolean } {
  const types = new Map<string, readonly TensorType[]>();
  const contradictions: Violation[] = [];
  const comesRound: string[] = [];
  const typeOf = (value: ValueId): TensorType => {
    const [name, index] = splitValue(value);
    return types.get(name)?.[index] ?? UNKNOWN;
  };
  const inputTypes = (node: Node): TensorType[] =>
    node.inputs.flatMap((value) => {
      if (node.op !== 'Merge' || types.has(nodeOf(value))) return [typeOf(value)];
      comesRound.push(nodeOf(value));
      if (before === undefined) return [UNKNOWN];
      return before.get(nodeOf(value)) ?? [];
    });
  for (const node of graph) {
    if (node.op === 'Const') types.set(node.name, [constType(node, weights)]);
    else types.set(node.name, inferNode(node, inputTypes(node), inputShapes, contradictions));
  }
  return {
    types,
    isStable: comesRound.every((name) => isSameType(before?.get(name)?.[0], types.get(name)?.[0])),
    shape: (value) => typeOf(value).shape,
    dtype: (value) => typeOf(value).dtype,
    type: typeOf,
    contradictions,
  };
}

function isSameType(a: TensorType | undefined, b: TensorType | undefined): boolean {
  return a !== undefined && a.dtype === b?.dtype && a.shape?.join() === b?.shape?.join();
}

function constType(node: Node, weights: Weights): TensorType {
  return weightType(weights.get(node.name));
}

/** The type of a constant. */
export function weightType(weight: Weight | undefined): TensorType {
  if (weight === undefined) return UNKNOWN;
  const { dtype, shape } = weight;
  const isSmall = weight.size <= MAX_KNOWN_VALUES && dtype !== 'string' && dtype !== 'complex64';
  return isSmall ? { dtype, shape, values: Array.from(weight.numbers()) } : { dtype, shape };
}

/** Types of the outputs of one node by those of its inputs; empty where nothing is known. */
export function inferNode(
  node: Node,
  inputs: readonly TensorType[],
  inputShapes: ReadonlyMap<string, Shape> = new Map(),
  contradictions: Violation[] = [],
): readonly TensorType[] {
  const rule = opRow(node.op)?.shape;
  if (rule === undefined || rule.kind === 'at-run-time') return [];
  try {
    const outputs = rule.infer(new OpView(node, inputs));
    const given = inputShapes.get(node.name);
    if (given !== undefined) return outputs.map(({ dtype }) => ({ dtype, shape: given }));
    return outputs.map((output) => withValues(node, inputs, output));
  } catch (error) {
    if (!isOptimizeError(error)) throw error;
    contradictions.push({ subject: node.name, message: error.message });
    return [];
  }
}

function withValues(node: Node, inputs: readonly TensorType[], output: TensorType): TensorType {
  if (output.values !== undefined) {
    return output.values.length <= MAX_KNOWN_VALUES ? output : { dtype: output.dtype, shape: output.shape };
  }
  const values = knownValues(node, inputs, output);
  return values === undefined ? output : { ...output, values };
}
