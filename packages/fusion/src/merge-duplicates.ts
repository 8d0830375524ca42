import { isPure, outputCount, type Draft, type Node, type Weight } from '@tfjs-optimize/core';

/** Constants of at most this many elements are compared. */
const FEW = 64;

/**
 * Two nodes of the same op, inputs, attributes and control dependencies compute the same: readers of
 * the second read the first.
 *
 *     f(x), f(x) → f(x)
 *
 * Nodes are compared after what they read was merged, so equal trees become one. Of constants only
 * small integers and single numbers are merged (shapes, axes, bounds): two layers whose weights
 * happen to be equal stay two layers.
 * @returns pairs of removed and kept node.
 */
export function mergeDuplicates(draft: Draft): readonly (readonly [removed: string, kept: string])[] {
  const first = new Map<string, string>();
  const merged: [string, string][] = [];
  for (const name of draft.names()) {
    const node = draft.node(name);
    if (node === undefined || !isMergeable(node, draft)) continue;
    const key = keyOf(node, draft.weight(name));
    const kept = key === undefined ? undefined : first.get(key);
    if (kept === undefined) {
      if (key !== undefined) first.set(key, name);
      continue;
    }
    draft.redirectAll(name, kept);
    draft.removeIfDead(name);
    merged.push([name, kept]);
  }
  return merged;
}

function isMergeable(node: Node, draft: Draft): boolean {
  if (draft.isOutput(node.name)) return false;
  for (const user of draft.users(node.name)) {
    if (draft.producer(user).controls.includes(node.name)) return false;
  }
  return node.op === 'Const' || (isPure(node.op) && outputCount(node) !== undefined);
}

/** Equal for nodes that compute the same; undefined for constants that are not compared. */
function keyOf(node: Node, weight: Weight | undefined): string | undefined {
  const controls = [...node.controls].sort().join(',');
  if (node.op !== 'Const') {
    const attrs = Object.entries(node.attrs).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([node.op, node.inputs, controls, attrs]);
  }
  if (weight === undefined || weight.size > FEW || weight.dtype === 'string') return undefined;
  if (weight.dtype === 'float32' && weight.shape.length > 0) return undefined;
  return JSON.stringify(['Const', weight.dtype, weight.shape, weight.encoding, [...weight.bytes], controls]);
}
