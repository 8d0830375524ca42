import { nodeOf, type Graph, type Model } from '@tfjs-optimize/core';
import { coupling, type Coupling } from './coupling.js';
import { membersOf, type Member } from './members.js';
import type { Lock } from './units.js';

/** Channels that are coupled alike: each is a slice of the same axes of the same weights. */
export interface Group {
  /** The layer that makes them, as the graph is read from its outputs; unique among the groups. */
  readonly name: string;
  /** The part of that layer. */
  readonly root: Member;
  /** Its channels as units, in the order in which that layer has them. */
  readonly units: Int32Array;
  readonly members: readonly Member[];
  /** Why none of them can be cut; undefined where they can. */
  readonly lock: Lock | undefined;
}

/** All there is to know for removing channels from a model. */
export interface Channels {
  readonly model: Model;
  readonly coupling: Coupling;
  readonly members: readonly Member[];
  /** In the order in which they are dealt with: from the outputs to the inputs. */
  readonly groups: readonly Group[];
}

/**
 * Reads the groups of a model.
 * @param named layers, nodes or weights that may be cut although they are frozen.
 */
export function channelsOf(model: Model, named: readonly string[] = []): Channels {
  const found = coupling(model, named);
  const members = membersOf(model, found);
  return { model, coupling: found, members, groups: groupsOf(model.graph, found, members) };
}

/** Units with the same members and the same reason to stay are a group. */
function groupsOf(graph: Graph, { units }: Coupling, members: readonly Member[]): Group[] {
  const membersOfUnit = new Map<number, number[]>();
  members.forEach(({ roots }, m) => {
    for (const root of roots) {
      const list = membersOfUnit.get(root);
      if (list === undefined) membersOfUnit.set(root, [m]);
      else if (list.at(-1) !== m) list.push(m);
    }
  });
  const grouped = new Map<string, { units: number[]; members: number[]; lock: Lock | undefined }>();
  for (const [root, list] of membersOfUnit) {
    const lock = units.lockOf(root);
    const key = `${list.join()}|${lock?.node ?? ''}|${lock?.why ?? ''}`;
    const found = grouped.get(key);
    if (found === undefined) grouped.set(key, { units: [root], members: list, lock });
    else found.units.push(root);
  }
  const rank = ranks(graph);
  const raw = [...grouped.values()].map((group) => {
    const own = group.members.map((m) => members[m] as Member);
    const root = rootOf(own, rank);
    return { ...group, own, root, rank: rank.get(root.first.node) ?? Number.MAX_SAFE_INTEGER };
  });
  raw.sort((a, b) => a.rank - b.rank || Number(a.lock !== undefined) - Number(b.lock !== undefined));
  const names = new Map<string, number>();
  const nameOf = ({ first: { layer, side } }: Member): string => {
    const plain = side === 'out' ? layer : `into ${layer}`;
    const count = (names.get(plain) ?? 0) + 1;
    names.set(plain, count);
    return count === 1 ? plain : `${plain}#${count}`;
  };
  return raw.map(({ own, root, units: roots, lock }) => ({
    name: nameOf(root),
    root,
    units: inOrder(root, roots),
    members: own,
    lock:
      lock ??
      (roots.length === 1 ? { node: root.first.node, why: 'is the only one of its kind' } : undefined),
  }));
}

/** Kinds of weights that make channels, rather than adjust them. */
const MAKES: ReadonlySet<string> = new Set(['convolution', 'dense', 'embedding']);

/** The member to name a group by: of those that make its channels the first that is met. */
function rootOf(members: readonly Member[], rank: ReadonlyMap<string, number>): Member {
  const makers = members.filter(({ first }) => first.side === 'out' && MAKES.has(first.kind));
  const outs = members.filter(({ first }) => first.side === 'out');
  const from = makers.length > 0 ? makers : outs.length > 0 ? outs : members;
  const at = ({ first }: Member): number => rank.get(first.node) ?? Number.MAX_SAFE_INTEGER;
  return from.reduce((best, one) => (at(one) < at(best) ? one : best));
}

function inOrder({ roots }: Member, units: readonly number[]): Int32Array {
  const wanted = new Set(units);
  const ordered = new Set<number>();
  for (const root of roots) if (wanted.has(root)) ordered.add(root);
  return Int32Array.from(ordered);
}

/** When each node is met on the way from the outputs, the last input of a node first. */
function ranks(graph: Graph): ReadonlyMap<string, number> {
  const rank = new Map<string, number>();
  const pending = graph.outputs.map(nodeOf);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (rank.has(name)) continue;
    rank.set(name, rank.size);
    pending.push(...graph.need(name).inputs.map(nodeOf));
  }
  return rank;
}
