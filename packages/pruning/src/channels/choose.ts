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

/** What is removed of one group, and its importances at the time. */
export interface Choice {
  readonly group: Group;
  /** Places among the group's units. */
  readonly removed: readonly number[];
  readonly importance: Float64Array | undefined;
  /** Why nothing is removed although it was asked for. */
  readonly declined?: string;
}

/** Choices and the cut that they make together. */
export interface Chosen {
  readonly choices: readonly Choice[];
  readonly cut: Cut;
}

/** How many channels of a group are left: what is not removed, rounded up. */
export function leftOf(group: Group, kept: number, { roundTo, maxRatio, wholeOf }: Limits): number {
  const whole = wholeOf(group);
  const least = Math.max(kept, whole - Math.floor(whole * maxRatio));
  return Math.min(group.units.length, Math.ceil(least / roundTo) * roundTo);
}

/** From each group its share of least important channels. */
export function chooseByGroup(channels: Channels, importance: Importance, limits: Limits): Chosen {
  const cut = new Cut(channels.coupling);
  const choices: Choice[] = [];
  for (const group of channels.groups) {
    const ratio = group.lock === undefined ? limits.ratioOf(group) : 0;
    if (ratio === 0) continue;
    const n = group.units.length;
    // In floating point, as Torch-Pruning has it: of 5 channels 0.8 leave none.
    const kept = Math.floor(limits.wholeOf(group) * (1 - ratio));
    const left = leftOf(group, limits.keepOne === true ? Math.max(1, kept) : kept, limits);
    if (left < 1) {
      choices.push({
        group,
        removed: [],
        importance: undefined,
        declined: `${ratio} of ${n} channels leaves none`,
      });
      continue;
    }
    if (left === n) {
      const why =
        limits.roundTo > 1
          ? `what is left of ${n} channels is rounded up to a multiple of ${limits.roundTo}`
          : `${ratio} of ${n} channels is less than one`;
      choices.push({ group, removed: [], importance: undefined, declined: why });
      continue;
    }
    const values = importance(group);
    if (values === undefined) {
      choices.push({
        group,
        removed: [],
        importance: values,
        declined: 'nothing of it tells this importance',
      });
      continue;
    }
    const removed = lowest(values, n - left);
    cut.add(removed.map((i) => group.units[i] as number));
    choices.push({ group, removed, importance: values });
  }
  return { choices, cut };
}

/** A channel and where it stands. */
interface Candidate {
  readonly group: number;
  readonly unit: number;
  readonly value: number;
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
  const groups = channels.groups.filter((group) => group.lock === undefined && limits.ratioOf(group) > 0);
  const values = groups.map((group) => importance(group));
  const candidates: Candidate[] = values.flatMap((list, group) =>
    [...(list ?? [])].map((value, unit) => ({ group, unit, value })),
  );
  const whole = groups.reduce(
    (sum, group, g) => sum + (values[g] === undefined ? 0 : limits.wholeOf(group)),
    0,
  );
  candidates.sort((a, b) => a.value - b.value);
  return (ratio) => {
    const wanted = Math.max(0, candidates.length - Math.floor(whole * (1 - ratio)));
    const counts = groups.map(() => 0);
    const most = groups.map((group) => group.units.length - Math.max(1, leftOf(group, 0, limits)));
    for (const { group } of candidates.slice(0, wanted)) {
      if ((counts[group] as number) < (most[group] as number)) counts[group] = (counts[group] as number) + 1;
    }
    const cut = new Cut(channels.coupling);
    const choices = groups.map((group, g): Choice => {
      const n = group.units.length;
      const list = values[g];
      if (list === undefined)
        return { group, removed: [], importance: list, declined: 'nothing of it tells this importance' };
      const removed = lowest(list, n - leftOf(group, n - (counts[g] as number), limits));
      cut.add(removed.map((i) => group.units[i] as number));
      return { group, removed, importance: list };
    });
    return { choices, cut };
  };
}

/** Places of the lowest values, in order; of equal ones the first. */
export function lowest(values: Float64Array, count: number): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}
