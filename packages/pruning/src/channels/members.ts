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
  /** The unit that stands for each position. */
  readonly roots: Int32Array;
}

/** Axes of all weights whose positions are units, in the order of the graph. */
export function membersOf(model: Model, { units, labels, roles, places }: Coupling): Member[] {
  const layerOf = layerNames(model);
  const members: Member[] = [];
  for (const [weight] of model.weights) {
    (labels.get(weight) ?? []).forEach((axis, at) => {
      if (axis === null || places.has(axis)) return;
      const role: Role | undefined = roles.get(axis)?.[0];
      const node = role?.node ?? model.graph.users(weight)[0]?.name ?? weight;
      members.push({
        weight,
        axis: at,
        layer: layerOf(node),
        side: role?.side ?? 'out',
        kind: role?.kind ?? 'other',
        node,
        roots: axis.map((unit) => units.find(unit)),
      });
    });
  }
  return members;
}
