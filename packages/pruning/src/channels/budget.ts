import { fail } from '@tfjs-optimize/core';
import { chosenOf, type Choice, type Chosen } from './choose.js';
import { locksText } from './explain-groups.js';
import type { ChannelFigures, Counter } from './figures.js';
import type { Channels } from './groups.js';
import type { ChannelBudget } from './options.js';

/** A budget as a number of one figure. */
export interface Target {
  readonly figure: keyof ChannelFigures;
  readonly most: number;
}

/** What a budget means for a model of these figures: up to 1 it is a share of what the model costs. */
export function targetOf(budget: ChannelBudget, before: ChannelFigures, subject: string): Target {
  const given = Object.entries(budget) as [keyof ChannelFigures, number | undefined][];
  const [figure, wanted = 1] = given.find(([, value]) => value !== undefined) ?? ['parameters' as const];
  const now = before[figure];
  if (now === undefined) {
    fail('argument/missing', {
      subject: `${subject}: budget of ${figure}`,
      expected: 'inputs of known sizes, for counting operations',
      got: 'unknown ones',
      advice: 'Give inputShapes, or a budget of parameters or bytes',
    });
  }
  return { figure, most: wanted <= 1 ? wanted * now : wanted };
}

/** Steps of bisection: ratios are told apart to a millionth. */
const STEPS = 20;

/**
 * The smallest ratio that meets a budget, by bisection: with a larger ratio no group keeps more.
 * @param choose what a ratio removes; which channels of a group go does not matter here.
 * @throws `pruning/budget` telling how far it got and what is in the way.
 */
export function ratioFor(
  channels: Channels,
  count: Counter,
  choose: (ratio: number) => Chosen,
  { figure, most }: Target,
  subject: string,
): number {
  const costAt = (ratio: number): number => count(choose(ratio).cut)[figure] as number;
  const now = costAt(0);
  if (now <= most) return 0;
  let [low, high] = [0, 1 - 2 ** -STEPS];
  const least = costAt(high);
  if (least > most) {
    const locks = locksText(channels);
    fail('pruning/budget', {
      subject: `${subject}: budget of ${figure}`,
      expected: `at most ${Math.round(most)} of ${Math.round(now)}`,
      got: `${Math.round(least)} with all removed that may be${locks === '' ? '' : `; ${locks}`}`,
      advice: 'Raise the budget or maxRatio, lower roundTo, or ignore fewer layers',
    });
  }
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (costAt(middle) <= most) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Gives channels back that rounding took beyond a budget, by steps of `roundTo`, as long as the budget holds: first
 * where those that come back matter most.
 * @param isEven whether a group gets one step at most, so that shares differ by no more than rounding makes them.
 */
export function givenBack(
  channels: Channels,
  count: Counter,
  chosen: Chosen,
  { figure, most }: Target,
  { roundTo, isEven }: { readonly roundTo: number; readonly isEven: boolean },
): Chosen {
  let best = chosen;
  const fuller = chosen.choices.flatMap((choice) => withMore(choice, roundTo));
  for (;;) {
    // What does not fit never will: all else only gets larger.
    const next = fuller.sort((a, b) => a.worth - b.worth).pop();
    if (next === undefined) return best;
    const choices = best.choices.map((one) => (one.group === next.choice.group ? next.choice : one));
    const more = chosenOf(channels, choices);
    if ((count(more.cut)[figure] as number) > most) continue;
    best = more;
    if (!isEven) fuller.push(...withMore(next.choice, roundTo));
  }
}

/** A choice that keeps as many channels more as make the next multiple, and what these matter together. */
function withMore(
  { group, removed, importance }: Choice,
  roundTo: number,
): { readonly choice: Choice; readonly worth: number }[] {
  if (importance === undefined || removed.length === 0) return [];
  const left = group.units.length - removed.length;
  const more = Math.min(removed.length, (Math.floor(left / roundTo) + 1) * roundTo - left);
  const of = (unit: number): number => importance[unit] as number;
  const order = [...removed].sort((a, b) => of(a) - of(b) || a - b);
  const back = order.splice(order.length - more);
  const worth = back.reduce((sum, unit) => sum + of(unit), 0);
  const isWhole = order.length === 0 && {
    declined: { why: 'the budget leaves room for all of its channels' },
  };
  const choice = { group, removed: order.sort((a, b) => a - b), importance, ...isWhole };
  return [{ choice, worth }];
}
