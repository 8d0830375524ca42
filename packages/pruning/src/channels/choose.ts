import { Cut } from './cut.js';
import type { Channels, Group } from './groups.js';
import type { Importance } from './importance/importance.js';

/** How much of each group may or must go. */
export interface Limits {
  /** Share to remove of a group, from 0 (nothing) to below 1. */
  readonly ratioOf: (group: Group) => number;
  /** Channels that are left are a multiple of this, where the group has as many. */
  readonly roundTo: number;
  /** At most this share of a group goes. */
  readonly maxRatio: number;
  /** Of how many channels these are shares: what a group had at first. */
  readonly wholeOf: (group: Group) => number;
  /** A group of which all would go keeps one channel, rather than all. */
  readonly keepOne?: boolean;
}

/** Why a group keeps all its channels although some were to go. */
export interface Declined {
  readonly why: string;
  /** Whether it is `roundTo` alone that leaves none to remove. */
  readonly byRounding?: boolean;
}

/** What is removed of one group, and its importances at the time. */
export interface Choice {
  readonly group: Group;
  /** Places among the group's units. */
  readonly removed: readonly number[];
  readonly importance: Float64Array | undefined;
  readonly declined?: Declined;
}

/** Choices and the cut that they make together. */
export interface Chosen {
  readonly choices: readonly Choice[];
  readonly cut: Cut;
}

/** The cut that choices make together. */
export function chosenOf({ coupling }: Channels, choices: readonly Choice[]): Chosen {
  const units = choices.flatMap(({ group, removed }) => removed.map((i) => group.units[i] as number));
  return { choices, cut: new Cut(coupling, units) };
}

/** The least that is left of a group where `kept` channels are to stay, and what that is rounded up to. */
interface Left {
  readonly least: number;
  readonly rounded: number;
}

function leftOf(group: Group, kept: number, { roundTo, maxRatio, wholeOf }: Limits): Left {
  const whole = wholeOf(group);
  const least = Math.max(kept, whole - Math.floor(whole * maxRatio));
  return { least, rounded: Math.min(group.units.length, Math.ceil(least / roundTo) * roundTo) };
}

function declined(group: Group, why: string, byRounding = false): Choice {
  return { group, removed: [], importance: undefined, declined: { why, byRounding } };
}

function rounded({ units }: Group, { roundTo }: Limits): string {
  return `what is left of ${units.length} channels is rounded up to a multiple of ${roundTo}`;
}

const UNKNOWN = 'nothing of it tells this importance';

/** From each group its share of least important channels. */
export function chooseByGroup(channels: Channels, importance: Importance, limits: Limits): Chosen {
  const choices = channels.groups.flatMap((group): Choice[] => {
    const ratio = group.lock === undefined ? limits.ratioOf(group) : 0;
    return ratio === 0 ? [] : [shareOf(group, ratio, importance, limits)];
  });
  return chosenOf(channels, choices);
}

function shareOf(group: Group, ratio: number, importance: Importance, limits: Limits): Choice {
  const n = group.units.length;
  // In floating point, as Torch-Pruning has it: of 5 channels 0.8 leave none.
  const kept = Math.floor(limits.wholeOf(group) * (1 - ratio));
  const left = leftOf(group, limits.keepOne === true ? Math.max(1, kept) : kept, limits);
  if (left.rounded < 1) return declined(group, `${ratio} of ${n} channels leaves none`);
  if (left.rounded === n) {
    if (left.least < n) return declined(group, rounded(group, limits), true);
    return declined(group, `${Math.min(ratio, limits.maxRatio)} of ${n} channels is less than one`);
  }
  const values = importance(group);
  if (values === undefined) return declined(group, UNKNOWN);
  return { group, removed: lowest(values, n - left.rounded), importance: values };
}

/** A group as one of those whose channels are compared with each other. */
interface Ranked {
  readonly group: Group;
  readonly values: Float64Array;
  /** At most so many of it go. */
  readonly most: number;
}

/**
 * Least important channels wherever they are, for any ratio, with importances computed once. Each group keeps at least
 * one, and what its limits say.
 */
export function globalChooser(
  channels: Channels,
  importance: Importance,
  limits: Limits,
): (ratio: number) => Chosen {
  const open = channels.groups.filter((group) => group.lock === undefined && limits.ratioOf(group) > 0);
  const untold: Choice[] = [];
  const ranked: Ranked[] = [];
  for (const group of open) {
    const values = importance(group);
    const most = group.units.length - Math.max(1, leftOf(group, 0, limits).least);
    if (values === undefined) untold.push(declined(group, UNKNOWN));
    else ranked.push({ group, values, most });
  }
  const candidates = ranked.flatMap((one) => [...one.values].map((value) => ({ one, value })));
  candidates.sort((a, b) => a.value - b.value);
  const whole = ranked.reduce((sum, { group }) => sum + limits.wholeOf(group), 0);
  return (ratio) => {
    const wanted = Math.max(0, candidates.length - Math.floor(whole * (1 - ratio)));
    const counts = new Map<Ranked, number>();
    for (const { one } of candidates.slice(0, wanted)) {
      counts.set(one, Math.min(one.most, (counts.get(one) ?? 0) + 1));
    }
    const choices = ranked.map((one) => leastOf(one, counts.get(one) ?? 0, limits));
    return chosenOf(channels, [...choices, ...untold]);
  };
}

/** So many channels of a group go, less what rounding leaves. */
function leastOf({ group, values }: Ranked, count: number, limits: Limits): Choice {
  const n = group.units.length;
  const removed = lowest(values, n - leftOf(group, n - count, limits).rounded);
  if (removed.length === 0 && count > 0) return declined(group, rounded(group, limits), true);
  return { group, removed, importance: values };
}

/** Places of the lowest values, in order; of equal ones the first. */
export function lowest(values: Float64Array, count: number): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}
