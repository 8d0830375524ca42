import { hasTrait, isPlumbing, type Annotations, type Node, type NodeCost } from '@tfjs-optimize/core';

/** Ops that read of their first input as much as they write, however large it is. */
const PICK: readonly string[] = ['Gather', 'GatherV2', 'GatherNd', 'Slice', 'StridedSlice'];

/**
 * Bytes that a node reads and writes if every input, weights included, is read once and every output is
 * written once. Nodes that hand their input on (reshapes, identities, control flow) move nothing; those
 * that ask for a shape read nothing.
 */
export function movedBytes(node: Node, { activationBytes }: NodeCost, annotations: Annotations): number {
  if (isPlumbing(node) || hasTrait(node.op, 'view') || hasTrait(node.op, 'control')) return 0;
  if (hasTrait(node.op, 'readsOnlyShape')) return activationBytes;
  const [first, ...others] = [...new Set(node.inputs)].map((value) => annotations.bytes(value) ?? 0);
  const read = PICK.includes(node.op) ? Math.min(first ?? 0, activationBytes) : (first ?? 0);
  return others.reduce((sum, bytes) => sum + bytes, read + activationBytes);
}
