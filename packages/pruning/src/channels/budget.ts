import { fail } from '@tfjs-optimize/core';
import type { Chosen } from './choose.js';
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
