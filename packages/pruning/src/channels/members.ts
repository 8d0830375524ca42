import { layerNames, type Model } from '@tfjs-optimize/core';
import type { Coupling } from './coupling.js';
import type { Role } from './site.js';

/** One axis of one weight: slices of it go with slices of others. */
export interface Member {
  readonly weight: string;
  readonly axis: number;
  /** What reads it first, by which it is named. */
  readonly first: Use;
  /** All that read it: several where it is shared. */
  readonly uses: readonly Use[];
  /** The unit that stands for each position. */
  readonly roots: Int32Array;
}

/** A layer that reads an axis of a weight, and what for. */
export interface Use extends Role {
  readonly layer: string;
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
      const untold: Role = { node, side: 'out', kind: 'other' };
      const uses = (roles.get(axis) ?? [untold]).map((role) => ({ ...role, layer: layerOf(role.node) }));
      const [first = { ...untold, layer: layerOf(node) }] = uses;
      members.push({ weight, axis: at, first, uses, roots: axis.map((unit) => units.find(unit)) });
    });
  }
  return members;
}
