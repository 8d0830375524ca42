import type { Model, Note } from '@tfjs-optimize/core';
import type { Choice, Chosen } from './choose.js';
import { frozenKernels } from './coupling.js';
import { foldConstants } from './constants/fold.js';
import { withFactsAfter } from './facts.js';
import type { Channels } from './groups.js';
import { remove } from './remove.js';
import type { PrunedGroup } from './result.js';

/** A model without the channels that were chosen. */
export interface TakenOut {
  readonly model: Model<'float'>;
  /** What was removed or declined, what constants were folded, what facts were dropped. */
  readonly notes: readonly Note[];
  /** Groups that lost channels. */
  readonly groups: readonly PrunedGroup[];
}

/** Takes chosen channels out: folds what they add where they are constants, slices weights, and takes facts along. */
export function takeOut(channels: Channels, chosen: Chosen): TakenOut {
  const given = channels.model as Model<'float'>;
  const frozen = new Set(frozenKernels(given));
  const notes = chosen.choices.flatMap((choice) => notesOn(choice, frozen));
  if (chosen.cut.isEmpty) return { model: given, notes, groups: [] };
  const folded = foldConstants(channels, chosen);
  const { graph, weights, kept } = remove(folded.model, channels.coupling, chosen.cut);
  const sliced = withFactsAfter(folded.model.with({ graph, weights }), given.facts, kept);
  const cut = chosen.choices.filter(({ removed }) => removed.length > 0);
  return {
    model: sliced.model,
    notes: [...notes, ...folded.notes, ...sliced.notes],
    groups: cut.map(prunedGroup),
  };
}

function notesOn({ group, removed, declined }: Choice, frozen: ReadonlySet<string>): Note[] {
  const subject = group.name;
  const note = (kind: Note['kind'], message: string): Note => ({ level: 'info', kind, subject, message });
  if (declined !== undefined) return [note('declined', `'${subject}' stays whole: ${declined.why}`)];
  if (removed.length === 0) return [];
  const asked = new Set(group.members.map(({ weight }) => weight).filter((weight) => frozen.has(weight)));
  return [
    note('did', `'${subject}': ${removed.length} of ${group.units.length} channels removed`),
    ...[...asked].map((weight) =>
      note('saw', `'${weight}' is frozen: it was cut as asked for, and training will not make up for it`),
    ),
  ];
}

function prunedGroup({ group, removed, importance }: Choice): PrunedGroup {
  const makers = group.members.flatMap(({ uses }) => uses).filter(({ side }) => side === 'out');
  return {
    name: group.name,
    layers: [...new Set(makers.map(({ layer }) => layer))],
    before: group.units.length,
    after: group.units.length - removed.length,
    removed,
    ...(importance !== undefined && { importance: [...importance] }),
  };
}
