import { nodeOf, type Model, type Node, type ValueId } from '@tfjs-optimize/core';
import { isConstant } from './kernels.js';

const NORMS: ReadonlySet<string> = new Set(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']);
/** Ops that static quantization takes into the layer before, by one input. */
const UNARY: ReadonlySet<string> = new Set(['Relu', 'Relu6', 'ClipByValue', 'Identity']);
const BINARY: ReadonlySet<string> = new Set(['BiasAdd', 'Add', 'AddV2', 'Sub', 'Mul']);

/**
 * The value that leaves what becomes one step of whole numbers with a kernel: bias, batch normalization, activation. They are
 * followed as long as what is given has one reader that can be taken into the same step.
 */
export function endOfChain(model: Model, kernel: Node, known: Map<string, boolean>): ValueId {
  const outputs = new Set(model.signature.outputs.map(({ value }) => value));
  let end: ValueId = kernel.name;
  let hasNorm = false;
  for (;;) {
    const users = model.graph.users(nodeOf(end));
    const [next] = users;
    if (next === undefined || users.length > 1 || outputs.has(end)) return end;
    if (!follows(model, next, end, known) || (hasNorm && NORMS.has(next.op))) return end;
    hasNorm ||= NORMS.has(next.op);
    end = next.name;
  }
}

function follows(model: Model, node: Node, value: ValueId, known: Map<string, boolean>): boolean {
  if (node.inputs.filter((input) => input === value).length !== 1) return false;
  const constant = (input: ValueId): boolean => input === value || isConstant(model, input, known);
  if (UNARY.has(node.op) || NORMS.has(node.op))
    return node.inputs[0] === value && node.inputs.every(constant);
  return BINARY.has(node.op) && node.inputs.every(constant);
}
