import type { CostRecord } from '../record/cost.js';
import type { ProfileRecord } from '../record/profile.js';

/**
 * Milliseconds of layers whose time is known: not of those with nodes that run as one with nodes of other layers, of which
 * only what is left is told apart.
 */
export function layerTimes(
  { nodes }: Pick<CostRecord, 'nodes'>,
  profile: ProfileRecord,
): ReadonlyMap<string, number> {
  const regionOf = new Map(
    profile.nodes.flatMap(({ members = [], layer }) => members.map((name) => [name, layer])),
  );
  const mixed = new Set(
    nodes.flatMap(({ name, layer }) => ((regionOf.get(name) ?? layer) === layer ? [] : [layer])),
  );
  return new Map(profile.layers.flatMap(({ name, ms }) => (mixed.has(name) ? [] : [[name, ms]])));
}
