import { fail, valueText } from '@tfjs-optimize/core';
import type { Choice, Chosen } from './choose.js';
import { Cut } from './cut.js';
import type { Channels, Group } from './groups.js';
import { WeightValues } from './importance/slices.js';
import { comesOut, type Member } from './members.js';
import { checkNames } from './select-layers.js';

/**
 * The channels that were named, with all that is coupled to them.
 * @throws `pruning/layer`, `pruning/amount` for a channel that is not there, `pruning/group` for one that must stay or
 *   where none would be left, `pruning/weight` for NaN and infinities in what is sliced.
 */
export function chosenByHand(
  channels: Channels,
  wanted: Readonly<Record<string, readonly number[]>>,
  subject: string,
): Chosen {
  checkNames(channels, Object.keys(wanted), subject);
  const cut = new Cut(channels.coupling);
  for (const [layer, places] of Object.entries(wanted)) {
    const member = outOf(channels, layer, subject);
    for (const place of places) cut.add([unitAt(channels, member, place, `${subject}: '${layer}'`)]);
  }
  for (const { first, roots } of channels.members) {
    if (roots.length === 0 || cut.left(roots, roots.length) > 0) continue;
    fail('pruning/group', {
      subject: `${subject}: '${first.layer}'`,
      expected: 'at least one channel that is left',
      got: `all ${roots.length} removed`,
      advice: 'Keep one, or remove the layer instead',
    });
  }
  const values = new WeightValues(channels, subject, 'Train it again, or remove channels of other layers');
  const choices = channels.groups.flatMap((group: Group): Choice[] => {
    const removed = [...group.units.keys()].filter((i) => cut.has(group.units[i] as number));
    if (removed.length === 0) return [];
    values.check(group);
    return [{ group, removed, importance: undefined }];
  });
  return { choices, cut };
}

function outOf({ members }: Channels, wanted: string, subject: string): Member {
  const outs = members.filter((member) => comesOut(member, wanted));
  const maker = outs.find(({ first }) => first.kind !== 'bias' && first.kind !== 'other') ?? outs[0];
  return (
    maker ??
    fail('pruning/group', {
      subject: `${subject}: '${wanted}'`,
      expected: 'a layer with channels of its own',
      got: 'one without',
      advice: 'explainGroups tells what can be removed',
    })
  );
}

function unitAt({ coupling }: Channels, { roots }: Member, place: number, subject: string): number {
  const unit = Number.isInteger(place) ? roots[place] : undefined;
  if (unit === undefined) {
    fail('pruning/amount', {
      subject,
      expected: `channels from 0 to ${roots.length - 1}`,
      got: valueText(place),
    });
  }
  const lock = coupling.units.lockOf(unit);
  if (lock !== undefined) {
    fail('pruning/group', {
      subject,
      expected: 'a channel that can be removed',
      got: `channel ${place}, which ${lock.why}`,
    });
  }
  return unit;
}
