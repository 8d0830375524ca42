import { layerNames, type HalfFormat, type Model, type ValueId } from '@tfjs-optimize/core';
import type { GraphWriter, TfNode } from '../saved-model/ops/graph-writer.js';
import { decide, type Decision } from './decide.js';
import { Flow } from './flow.js';
import type { PrecisionPlan } from './plan.js';
import { rewriteInHalf, type Rewritten } from './rewrite.js';

/** What a node of the written graph that handles floats is computed in. */
export interface NodePrecision {
  /** Its name in the written graph. */
  readonly name: string;
  /** Its op in TensorFlow. */
  readonly op: string;
  /** The node of the model that it was written for, and the layer of that. */
  readonly node: string;
  readonly layer: string;
  readonly precision: 'float32' | HalfFormat;
  readonly why: string;
}

/** A graph in the precisions that were planned. */
export interface Computed extends Rewritten {
  readonly precisions: readonly NodePrecision[];
}

/**
 * The nodes of a written graph in the precisions that a plan gives them. A graph that is computed in float32 stays what
 * it is.
 * @param outputs values that are handed out, which stay float32.
 */
export function inPrecision(
  writer: GraphWriter,
  outputs: readonly ValueId[],
  model: Model,
  { halves, kept }: PrecisionPlan,
): Computed {
  const { nodes } = writer;
  if (halves?.areComputed !== true) return { nodes, asFloat: (value) => value, casts: 0, precisions: [] };
  const flow = new Flow(nodes, outputs, halves.type);
  const decisions = decide(flow, halves.type, kept);
  const rewritten = rewriteInHalf(flow, decisions, halves, writer.names, outputs);
  const layerOf = layerNames(model);
  const isOfFloats = ({ name, inputs }: TfNode): boolean =>
    writer.typeOf(name) === 'float' || inputs.some((value) => writer.typeOf(value) === 'float');
  const precisions = nodes.flatMap((node): NodePrecision[] => {
    if (node.origin === undefined || SILENT.has(node.op) || !isOfFloats(node)) return [];
    const { isHalf, why } = decisions.get(node.name) as Decision;
    const { name, op, origin } = node;
    const precision = isHalf ? halves.format : 'float32';
    return [{ name, op, node: origin, layer: layerOf(origin), precision, why }];
  });
  return { ...rewritten, precisions };
}

/** Ops that compute nothing. */
const SILENT: ReadonlySet<string> = new Set([
  'Cast',
  'Const',
  'Placeholder',
  'VarHandleOp',
  'ReadVariableOp',
]);
