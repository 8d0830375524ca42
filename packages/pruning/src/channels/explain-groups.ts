import type { LayersOptions } from '@tfjs-optimize/core';
import { channelsOf, type Channels, type Group } from './groups.js';
import { floatModelOf, type ChannelSource } from './source.js';

/** A layer's part in a group. */
export interface GroupPart {
  readonly layer: string;
  /** Whether the channels come out of the layer or go into it. */
  readonly side: 'out' | 'in';
  /** Weights of the layer that are sliced. */
  readonly weights: readonly string[];
  /** How many places of the layer the group takes: behind a flatten several a channel. */
  readonly channels: number;
}

/** Channels that can only be removed together with slices of other layers. */
export interface ChannelGroup {
  /** The layer that makes the channels. */
  readonly name: string;
  /** How many channels there are. */
  readonly channels: number;
  readonly parts: readonly GroupPart[];
  /** Why they stay; undefined where they can be removed. */
  readonly stays?: { readonly node: string; readonly why: string };
}

/** Groups of a model; as text, one a paragraph. */
export interface GroupsExplained {
  readonly groups: readonly ChannelGroup[];
  text(): string;
  toString(): string;
}

/**
 * Tells which slices of which layers go together, and why some cannot be cut. The model is not changed.
 * @param source a float model, or what `loadModel` reads.
 * @param options shapes at which a layers model is traced.
 * @throws `model/stage` for an integer model.
 */
export async function explainGroups(
  source: ChannelSource,
  options: LayersOptions = {},
): Promise<GroupsExplained> {
  const model = await floatModelOf(source, options, 'explainGroups');
  const groups = channelsOf(model).groups.map(groupInfo);
  const text = (): string => groups.map(groupText).join('\n');
  return { groups, text, toString: text };
}

/** A group by the layers that have a part in it. */
export function groupInfo(group: Group): ChannelGroup {
  const own = new Set(group.units);
  const parts = new Map<string, { layer: string; side: 'out' | 'in'; weights: string[]; channels: number }>();
  for (const { uses, weight, roots } of group.members) {
    const channels = roots.reduce((count, root) => count + (own.has(root) ? 1 : 0), 0);
    for (const { layer, side } of uses) {
      const key = `${side} ${layer}`;
      const part = parts.get(key);
      if (part === undefined) parts.set(key, { layer, side, weights: [weight], channels });
      else {
        if (!part.weights.includes(weight)) part.weights.push(weight);
        part.channels = Math.max(part.channels, channels);
      }
    }
  }
  return {
    name: group.name,
    channels: group.units.length,
    parts: [...parts.values()],
    ...(group.lock !== undefined && { stays: group.lock }),
  };
}

function groupText({ name, channels, parts, stays }: ChannelGroup): string {
  const sideText = (side: 'out' | 'in'): string =>
    parts
      .filter((part) => part.side === side)
      .map((part) => (part.channels === channels ? part.layer : `${part.layer} (${part.channels} places)`))
      .join(', ');
  const [out, into] = [sideText('out'), sideText('in')];
  const lines = [
    `${name}: ${channels} ${channels === 1 ? 'channel' : 'channels'}${stays === undefined ? '' : ' that stay'}`,
  ];
  if (stays !== undefined) lines.push(`  each ${stays.why}`);
  if (out !== '') lines.push(`  out of ${out}`);
  if (into !== '') lines.push(`  into ${into}`);
  return lines.join('\n');
}

/** What is in the way of cutting anything, most channels first: for messages. */
export function locksText({ groups }: Channels, most = 3): string {
  const locked = groups.filter((group) => group.lock !== undefined && group.units.length > 1);
  const texts = [...locked]
    .sort((a, b) => b.units.length - a.units.length)
    .slice(0, most)
    .map(({ name, units, lock }) => `${units.length} of '${name}' stay (each ${lock?.why ?? ''})`);
  return texts.join('; ');
}
