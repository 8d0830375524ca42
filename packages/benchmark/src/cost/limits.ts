import { layerTimes } from '../profile/layer-times.js';
import type { CostRecord, LayerLimitRecord, RooflineRecord } from '../record/cost.js';
import type { ProfileRecord } from '../record/profile.js';

/**
 * Holds the time of each layer against what the machine could do (the roofline model of Williams,
 * Waterman and Patterson 2009): a node takes at least as long as its arithmetic at the arithmetic rate
 * and as its data at the memory rate, and nodes run one after the other. Layers that took no time, and
 * those with nodes whose arithmetic is not counted or that run as one with nodes of other layers, are left out.
 *
 * A share above 1 means that data stayed in caches, or that a kernel saves arithmetic: costs count windows
 * over padding in full, which kernels skip (4 % of a 3 x 3 convolution at 28 x 28). Of a loop the cost of
 * one turn is known and the time of all.
 */
export function layerLimits(
  cost: CostRecord,
  profile: ProfileRecord,
  roofline: RooflineRecord,
): LayerLimitRecord[] {
  const limits = new Map<string, { arithmeticMs: number; memoryMs: number; limitMs: number }>();
  const unknown = new Set<string>();
  for (const { layer, flops, movedBytes, uncounted } of cost.nodes) {
    if (uncounted !== undefined) unknown.add(layer);
    const arithmeticMs = (1000 * flops) / roofline.flopsPerSecond;
    const memoryMs = (1000 * movedBytes) / roofline.bytesPerSecond;
    const sums = limits.get(layer) ?? { arithmeticMs: 0, memoryMs: 0, limitMs: 0 };
    sums.limitMs += Math.max(arithmeticMs, memoryMs);
    // What bounds a layer is what bounds most of its time.
    if (arithmeticMs > memoryMs) sums.arithmeticMs += arithmeticMs;
    else sums.memoryMs += memoryMs;
    limits.set(layer, sums);
  }
  return [...layerTimes(cost, profile)].flatMap(([name, ms]): LayerLimitRecord[] => {
    const sums = limits.get(name);
    if (sums === undefined || sums.limitMs === 0 || ms === 0 || unknown.has(name)) return [];
    const { arithmeticMs, memoryMs, limitMs } = sums;
    const bound = arithmeticMs > memoryMs ? 'arithmetic' : 'memory';
    return [{ name, ms, limitMs, reached: limitMs / ms, bound }];
  });
}
