import {
  fail,
  isModel,
  throwIfAborted,
  valueText,
  weightGradients,
  type LayersOptions,
  type Model,
  type Note,
} from '@tfjs-optimize/core';
import { givenBack, ratioFor, targetOf, type Target } from './budget.js';
import { chooseByGroup, globalChooser, type Choice, type Chosen, type Limits } from './choose.js';
import { chosenByHand } from './chosen-by-hand.js';
import { foldConstants } from './constants/fold.js';
import { Cut } from './cut.js';
import { withFactsAfter } from './facts.js';
import { counterOf, type ChannelFigures, type Counter } from './figures.js';
import { channelsOf, type Channels, type Group } from './groups.js';
import { importanceOf, type Importance } from './importance/importance.js';
import { checkChannelOptions, type PruneChannelsOptions } from './options.js';
import { remove } from './remove.js';
import { prunedChannels, type PrunedChannels, type PrunedGroup } from './result.js';
import { checkCuttable, checkNames, comesOutOf } from './select-layers.js';
import { floatModelOf, type ChannelSource } from './source.js';

/**
 * Removes channels, and everything that is coupled to them, from a model: the result is smaller and faster on every
 * backend. Which slices go together is read from the graph ({@link explainGroups}); what is not understood stays whole.
 * Which channels go is told by their importance, as in Torch-Pruning (Fang et al. 2023, "DepGraph").
 *
 * Removing channels whose weights are zero changes no output; where they are constants (behind a sigmoid, or with a
 * bias) these are folded into what follows, or a note tells why not. Removing others does: train the result further.
 *
 * @param source a float model, or what `loadModel` reads. It stays as it is.
 * @throws `pruning/…` for what cannot be removed, a budget that cannot be reached, weights that are no numbers;
 *   `model/stage` for an integer model; `aborted`.
 */
export async function pruneChannels(
  source: ChannelSource,
  options: PruneChannelsOptions,
): Promise<PrunedChannels> {
  checkChannelOptions(options);
  const given = await floatModelOf(source, shapesOf(options), 'pruneChannels');
  return removeChannels(given, options, 'pruneChannels');
}

/** The same for a model that is loaded, with options that are checked. */
export async function removeChannels(
  given: Model<'float'>,
  options: PruneChannelsOptions,
  subject: string,
): Promise<PrunedChannels> {
  const first = channelsOf(given);
  checkNames(first, [...Object.keys(options.layers ?? {}), ...(options.ignore ?? [])], subject);
  checkCuttable(
    first,
    Object.keys(options.layers ?? {}).filter((name) => (options.layers?.[name] ?? 0) > 0),
    subject,
  );
  const count = counterOf(first, options.inputShapes, subject);
  const before = count(new Cut(first.coupling));
  const whole = new Map(first.groups.map(({ name, units }) => [name, units.length]));
  const target = options.budget === undefined ? undefined : targetOf(options.budget, before, subject);
  const iterations = options.iterations ?? 1;
  const notes: Note[] = [];
  const steps: (readonly PrunedGroup[])[] = [];
  let [model, after] = [given, before];
  for (let i = 1; i <= iterations; i++) {
    throwIfAborted(options.signal, subject);
    const channels = i === 1 ? first : channelsOf(model);
    const share = i / iterations;
    const chosen = await choose(channels, { options, subject, share, whole, target, before });
    const result = applied(channels, chosen);
    model = result.model;
    after = counterOf(channels, options.inputShapes, subject)(chosen.cut);
    notes.push(...result.notes);
    steps.push(result.groups);
    if (options.between !== undefined) {
      const step = { step: i, steps: iterations, isLast: i === iterations, before, after };
      model = checkedBetween(model, await options.between(model, step), subject);
    }
  }
  return prunedChannels({ model, notes, before, after, steps, channels: first });
}

function shapesOf({ inputShapes }: PruneChannelsOptions): LayersOptions {
  return inputShapes === undefined ? {} : { inputShapes };
}

/** All that choosing channels depends on. */
interface Step {
  readonly options: PruneChannelsOptions;
  readonly subject: string;
  /** How much of what is to go in the end is to be gone now. */
  readonly share: number;
  /** Channels of each group at first. */
  readonly whole: ReadonlyMap<string, number>;
  readonly target: Target | undefined;
  readonly before: ChannelFigures;
}

async function choose(channels: Channels, step: Step): Promise<Chosen> {
  const { options, subject, share, target, before } = step;
  if (options.remove !== undefined) return chosenByHand(channels, options.remove, subject);
  const importance = await importanceFor(channels, options, subject);
  const limitsAt = (ratio: number): Limits => ({
    ratioOf: (group) => (isIgnored(group, options) ? 0 : ratioOf(group, options, ratio) * share),
    wholeOf: ({ name, units }) => step.whole.get(name) ?? units.length,
    roundTo: options.roundTo ?? 8,
    maxRatio: options.maxRatio ?? 1,
    keepOne: target !== undefined,
  });
  const isGlobal = options.scope === 'model';
  if (target === undefined) {
    const limits = limitsAt(options.ratio ?? 0);
    return isGlobal
      ? globalChooser(channels, importance, limits)((options.ratio ?? 0) * share)
      : chooseByGroup(channels, importance, limits);
  }
  const now = { ...target, most: (before[target.figure] as number) * (1 - share) + target.most * share };
  // Of a budget the share is in what it allows, not in the ratio.
  const whole = (ratio: number): Limits => ({
    ...limitsAt(ratio),
    ratioOf: (group) => (isIgnored(group, options) ? 0 : ratio),
  });
  const count = counterOf(channels, options.inputShapes, subject);
  const chosen = meeting(channels, count, { importance, limits: whole, isGlobal, target: now }, subject);
  return givenBack(channels, count, chosen, now, { roundTo: whole(0).roundTo, isEven: !isGlobal });
}

/** What the smallest ratio that meets a budget removes. */
function meeting(
  channels: Channels,
  count: Counter,
  { importance, limits, isGlobal, target }: Meeting,
  subject: string,
): Chosen {
  if (isGlobal) {
    const chooser = globalChooser(channels, importance, limits(1));
    return chooser(ratioFor(channels, count, chooser, target, subject));
  }
  const any: Importance = ({ units }) => new Float64Array(units.length);
  const chooser = (ratio: number): Chosen => chooseByGroup(channels, any, limits(ratio));
  return chooseByGroup(channels, importance, limits(ratioFor(channels, count, chooser, target, subject)));
}

/** How a budget is met. */
interface Meeting {
  readonly importance: Importance;
  readonly limits: (ratio: number) => Limits;
  readonly isGlobal: boolean;
  readonly target: Target;
}

function isIgnored(group: Group, { ignore = [] }: PruneChannelsOptions): boolean {
  return ignore.some((name) => comesOutOf(group, name));
}

/** The smallest of what its layers ask for. */
function ratioOf(group: Group, { layers = {} }: PruneChannelsOptions, otherwise: number): number {
  const own = Object.entries(layers).filter(([name]) => comesOutOf(group, name));
  return own.length === 0 ? otherwise : Math.min(...own.map(([, ratio]) => ratio));
}

async function importanceFor(
  channels: Channels,
  options: PruneChannelsOptions,
  subject: string,
): Promise<Importance> {
  const { importance = 'l2', reduction = 'mean', seed = 0, signal } = options;
  const normalizer = options.normalizer ?? (importance === 'lamp' ? 'lamp' : 'mean');
  const settings = { importance, reduction, normalizer, seed };
  if (importance === 'batch-norm-scale' && !channels.members.some(({ kind }) => kind === 'norm')) {
    fail('pruning/layer', {
      subject: `${subject}: importance 'batch-norm-scale'`,
      expected: 'batch normalizations in the model',
      got: 'none',
      advice: "Remove channels before batch norms are folded, or take 'l2'",
    });
  }
  if (importance !== 'taylor' || options.data === undefined) return importanceOf(channels, settings);
  const { data, loss = 'crossEntropy', batchSize } = options;
  const gradients = await weightGradients(channels.model, {
    ...{ data, loss },
    ...(batchSize !== undefined && { batchSize }),
    ...(signal && { signal }),
  });
  return importanceOf(channels, { ...settings, gradients });
}

function applied(
  channels: Channels,
  chosen: Chosen,
): {
  readonly model: Model<'float'>;
  readonly notes: readonly Note[];
  readonly groups: readonly PrunedGroup[];
} {
  const { choices, cut } = chosen;
  const notes = choices.flatMap((choice) => noteOf(choice));
  if (cut.isEmpty) return { model: channels.model as Model<'float'>, notes, groups: [] };
  const { model, notes: folded } = foldConstants(channels, chosen);
  const { graph, weights, kept } = remove(model, channels.coupling, cut);
  const result = withFactsAfter(model.with({ graph, weights }), model.facts, kept);
  const groups = choices.filter(({ removed }) => removed.length > 0).map((choice) => prunedGroup(choice));
  return { model: result.model, notes: [...notes, ...folded, ...result.notes], groups };
}

function noteOf({ group, removed, declined }: Choice): Note[] {
  const subject = group.name;
  if (declined !== undefined)
    return [{ level: 'info', kind: 'declined', subject, message: `'${subject}' stays whole: ${declined}` }];
  if (removed.length === 0) return [];
  return [
    {
      level: 'info',
      kind: 'did',
      subject,
      message: `'${subject}': ${removed.length} of ${group.units.length} channels removed`,
    },
  ];
}

function prunedGroup({ group, removed, importance }: Choice): PrunedGroup {
  const uses = group.members.flatMap((member) => member.uses);
  const layers = new Set(uses.filter(({ side }) => side === 'out').map(({ layer }) => layer));
  return {
    name: group.name,
    layers: [...layers],
    before: group.units.length,
    after: group.units.length - removed.length,
    removed,
    ...(importance !== undefined && { importance: [...importance] }),
  };
}

function checkedBetween(pruned: Model<'float'>, given: Model<'float'>, subject: string): Model<'float'> {
  if (!isModel(given)) {
    fail('argument/invalid', {
      subject: `${subject}: between`,
      expected: 'a model back',
      got: valueText(given),
      advice: 'Return the model that it trained: (await fit(smaller, settings)).model',
    });
  }
  const same = [...pruned.weights].every(
    ([name, { shape }]) => given.weights.get(name)?.shape.join() === shape.join(),
  );
  if (same && given.graph.size === pruned.graph.size) return given;
  return fail('model/structure', {
    subject: `${subject}: between`,
    expected: 'the model that it was given, with other values in its weights',
    got: 'a model of another structure',
  });
}
