import { layerNames, type Model } from '@tfjs-optimize/core';
import type { Coupling } from './coupling.js';
import type { Role, WeightKind } from './site.js';

/** One axis of one weight: slices of it go with slices of others. */
export interface Member {
  readonly weight: string;
  readonly axis: number;
  readonly layer: string;
  /** Whether channels come out of the layer here or go into it. */
  readonly side: 'out' | 'in';
  readonly kind: WeightKind;
  /** The node that reads it first. */
  readonly node: string;
  /** All that read it: several where it is shared. */
  readonly uses: readonly Use[];
  /** The unit that stands for each position. */
  readonly roots: Int32Array;
}

/** A layer that reads an axis of a weight. */
export interface Use {
  readonly layer: string;
  readonly node: string;
  readonly side: 'out' | 'in';
}

/** Whether channels come out here of a layer, a node or a weight of some name. */
export function comesOut({ weight, uses }: Member, wanted: string): boolean {
  return uses.some(({ side, layer, node }) => side === 'out' && [layer, node, weight].includes(wanted));
}

/** Axes of all weights whose positions are units, in the order of the graph. */
export function membersOf(model: Model, { units, labels, roles, places }: Coupling): Member[] {
  const layerOf = layerNames(model);
  const members: Member[] = [];
  for (const [weight] of model.weights) {
    (labels.get(weight) ?? []).forEach((axis, at) => {
      if (axis === null || places.has(axis)) return;
      const node = model.graph.users(weight)[0]?.name ?? weight;
      const [first, ...others] = roles.get(axis) ?? [{ node, side: 'out', kind: 'other' } as const];
      const useOf = ({ node: reader, side }: Role): Use => ({ layer: layerOf(reader), node: reader, side });
      const use = useOf(first as Role);
      members.push({
        weight,
        axis: at,
        ...use,
        kind: (first as Role).kind,
        uses: [use, ...others.map(useOf)],
        roots: axis.map((unit) => units.find(unit)),
      });
    });
  }
  return members;
}
