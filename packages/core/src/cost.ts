import type { Annotations } from './annotate.js';
import { liveNodes } from './graph/live.js';
import type { Node } from './graph/node.js';
import type { TensorType, WorkRule } from './graph/ops/row.js';
import { inputSpec, opRow } from './graph/ops/table.js';
import { OpView, UNKNOWN } from './graph/ops/view.js';
import type { Model } from './model.js';
import { peakActivations, type PeakActivations } from './peak.js';
import { BYTES, type Weight } from './weights.js';

/** Arithmetic of one node in one run. */
export interface NodeCost {
  readonly name: string;
  readonly op: string;
  /** Multiply-accumulates of convolutions and matrix products. */
  readonly macs: number;
  /** Floating-point operations, two for each multiply-accumulate. */
  readonly flops: number;
  /** Elements of the constants that this node reads first of all nodes. */
  readonly parameters: number;
  /** Bytes of its outputs. */
  readonly activationBytes: number;
  /** Why its arithmetic is not counted, where it is not. */
  readonly uncounted?: string;
}

/** Size and arithmetic of a model; see {@link cost}. */
export interface Cost {
  /**
   * Elements of trained constants, counted as the literature does: float tensors that compute values, and
   * the int8 and int32 weights of integer graphs. Scalars (a factor, an epsilon), other integers, mean and
   * variance of batch normalization, scales and numbers that ops read (clip bounds) are none.
   */
  readonly parameters: number;
  readonly nonZeroParameters: number;
  /** Bytes of all weights as they are stored, and as TensorFlow.js holds them in memory. */
  readonly weightBytes: { readonly stored: number; readonly memory: number };
  readonly macs: number;
  readonly flops: number;
  /** Bytes of all values that a run makes, inputs included and constants not. */
  readonly activationBytes: number;
  readonly peak: PeakActivations;
  /** By node, in topological order; constants and dead nodes are left out. */
  readonly nodes: readonly NodeCost[];
  /** Nodes whose arithmetic is not counted and therefore missing in the sums. */
  readonly uncounted: readonly NodeCost[];
}

/**
 * Counts a model's parameters, arithmetic and memory at the shapes of an annotated run.
 *
 * Conventions: a multiply-accumulate (MAC) is two floating-point operations; convolutions count their
 * windows as if no padding were there to skip, as is usual; an elementwise op counts one operation for
 * each output element whatever its function, batch normalization two, softmax five; pools and
 * reductions count one for each element they look at; moving data counts nothing. The rule of each op
 * is in the op table. Of a loop one turn is counted.
 */
export function cost(model: Model, annotations: Annotations): Cost {
  const live = liveNodes(model.graph);
  const parameters = parameterNames(model);
  const unread = new Set(parameters);
  const nodes: NodeCost[] = [];
  for (const node of model.graph) {
    if (live.has(node.name) && node.op !== 'Const') nodes.push(nodeCost(node, model, annotations, unread));
  }
  const sum = (of: (node: NodeCost) => number): number => nodes.reduce((total, node) => total + of(node), 0);
  return {
    ...weightCost(model, parameters),
    macs: sum((node) => node.macs),
    flops: sum((node) => node.flops),
    activationBytes: sum((node) => node.activationBytes),
    peak: peakActivations(model.graph, annotations, live),
    nodes,
    uncounted: nodes.filter((node) => node.uncounted !== undefined),
  };
}

function nodeCost(node: Node, model: Model, annotations: Annotations, unread: Set<string>): NodeCost {
  const outputs = outputTypes(node, annotations);
  const view = new OpView(
    node,
    node.inputs.map((value) => annotations.get(value) ?? UNKNOWN),
    outputs,
  );
  const work = workOf(view, opRow(node.op)?.work);
  return {
    name: node.name,
    op: node.op,
    parameters: newParameters(node, model, unread),
    activationBytes: outputs.reduce((bytes, type) => bytes + bytesOf(type), 0),
    ...work,
  };
}

type WorkCost = Pick<NodeCost, 'macs' | 'flops' | 'uncounted'>;

const NO_WORK: WorkCost = { macs: 0, flops: 0 };

function workOf(view: OpView, rule: WorkRule | undefined): WorkCost {
  if (rule === undefined) return { ...NO_WORK, uncounted: `unknown op ${view.node.op}` };
  if (rule.kind === 'none') return NO_WORK;
  if (rule.kind === 'at-run-time') return { ...NO_WORK, uncounted: rule.why };
  // A branch that was not taken did nothing.
  if (view.outputShape === undefined) return NO_WORK;
  return rule.count(view) ?? { ...NO_WORK, uncounted: 'the shape of an input is unknown' };
}

function outputTypes(node: Node, annotations: Annotations): TensorType[] {
  const types: TensorType[] = [];
  for (let i = 0; ; i++) {
    const annotation = annotations.get(i === 0 ? node.name : `${node.name}:${i}`);
    // Of the outputs of a Switch the first may be missing.
    if (annotation === undefined && i > 0) return types;
    types.push(annotation ?? UNKNOWN);
  }
}

function bytesOf({ shape, dtype }: TensorType): number {
  return shape === undefined || dtype === undefined ? 0 : shape.reduce((a, b) => a * b, 1) * BYTES[dtype];
}

/** Weights that several nodes share count at the first. */
function newParameters(node: Node, model: Model, parameters: Set<string>): number {
  let size = 0;
  for (const value of node.inputs) if (parameters.delete(value)) size += model.weights.need(value).size;
  return size;
}

/** Names of the weights that count as parameters; see {@link Cost.parameters} for which do. */
export function parameterNames(model: Model): ReadonlySet<string> {
  const live = liveNodes(model.graph);
  const names = new Set<string>();
  for (const node of model.graph) {
    if (!live.has(node.name)) continue;
    node.inputs.forEach((value, i) => {
      const role = inputSpec(node, i)?.role ?? 'tensor';
      const weight = role === 'tensor' || role === 'weight' ? model.weights.get(value) : undefined;
      // Weights of whole numbers stand where ops take weights; elsewhere whole numbers are sizes and indexes.
      const isTrained = weight !== undefined && (isFloat(weight) || role === 'weight');
      if (isTrained && weight.shape.length > 0) names.add(value);
    });
  }
  return names;
}

function isFloat(weight: Weight): boolean {
  return weight.dtype === 'float32' || weight.dtype === 'complex64';
}

function weightCost(
  model: Model,
  names: ReadonlySet<string>,
): Pick<Cost, 'parameters' | 'nonZeroParameters' | 'weightBytes'> {
  let parameters = 0;
  let nonZeroParameters = 0;
  let stored = 0;
  let memory = 0;
  for (const [name, weight] of model.weights) {
    stored += weight.storedBytes;
    memory += weight.memoryBytes;
    if (!names.has(name)) continue;
    parameters += weight.size;
    nonZeroParameters += countNonZero(weight);
  }
  return { parameters, nonZeroParameters, weightBytes: { stored, memory } };
}

/** Elements of a weight that are not zero; a complex number is one element. NaN is not zero. */
export function countNonZero(weight: Weight): number {
  const values = weight.numbers();
  let count = 0;
  if (weight.dtype === 'complex64') {
    for (let i = 0; i < values.length; i += 2) if (values[i] !== 0 || values[i + 1] !== 0) count++;
    return count;
  }
  for (const value of values) if (value !== 0) count++;
  return count;
}
