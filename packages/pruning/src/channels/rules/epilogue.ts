import { getAttr } from '@tfjs-optimize/core';
import type { Axis, Site } from '../site.js';

/** Bias and slopes of a fused convolution or product follow its output. */
export function followOutput(site: Site, out: Axis): void {
  const [first] = getAttr(site.node, 'fused_ops', 'strings') ?? [];
  for (let input = 2; input < site.node.inputs.length; input++) {
    const rank = site.shape(input)?.length ?? 0;
    const axis = site.axis(input, -1);
    const why = `is broadcast over others at ${site.where}`;
    site.lockInput(input, why, [rank - 1]);
    if (axis?.length === out?.length) site.unite(out, axis);
    else site.lock(axis, why);
    site.role(input, rank - 1, 'out', input === 2 && first === 'BiasAdd' ? 'bias' : 'other');
  }
}
