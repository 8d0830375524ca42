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
import { chooseByGroup, globalChooser, type Chosen, type Limits } from './choose.js';
import { chosenByHand } from './chosen-by-hand.js';
import { Cut } from './cut.js';
import { counterOf, type ChannelFigures } from './figures.js';
import { channelsOf, type Channels } from './groups.js';
import { importanceOf, type Importance } from './importance/importance.js';
import { checkChannelOptions, namedIn, type PruneChannelsOptions } from './options.js';
import { prunedChannels, type PrunedChannels, type PrunedGroup } from './result.js';
import { checkCuttable, checkNames, comesOutOf } from './select-layers.js';
import { floatModelOf, type ChannelSource } from './source.js';
import { takeOut } from './take-out.js';

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

/**
 * The same for a model that is loaded, with options that are checked.
 * @param named what may be cut although it is frozen.
 */
export async function removeChannels(
  given: Model<'float'>,
  options: PruneChannelsOptions,
  subject: string,
  named: readonly string[] = namedIn(options),
): Promise<PrunedChannels> {
  const first = channelsOf(given, named);
  checkNames(first, [...Object.keys(options.layers ?? {}), ...(options.ignore ?? [])], subject);
  checkCuttable(
    first,
    Object.keys(options.layers ?? {}).filter((name) => (options.layers?.[name] ?? 0) > 0),
    subject,
  );
  const before = counterOf(first, options.inputShapes, subject)(new Cut(first.coupling));
  const whole = new Map(first.groups.map(({ name, units }) => [name, units.length]));
  const target = options.budget === undefined ? undefined : targetOf(options.budget, before, subject);
  const iterations = options.iterations ?? 1;
  const notes: Note[] = [];
  const steps: (readonly PrunedGroup[])[] = [];
  let [model, after] = [given, before];
  for (let i = 1; i <= iterations; i++) {
    throwIfAborted(options.signal, subject);
    const channels = i === 1 ? first : channelsOf(model, named);
    const share = i / iterations;
    const chosen = await choose(channels, { options, subject, share, whole, target, before });
    const taken = takeOut(channels, chosen);
    model = taken.model;
    after = counterOf(channels, options.inputShapes, subject)(chosen.cut);
    notes.push(...taken.notes);
    if (i === iterations) notes.push(...roundingNotes(chosen, whole, options));
    steps.push(taken.groups);
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

/** Warns of groups of which rounding leaves all that they had at first. */
function roundingNotes(
  { choices }: Chosen,
  whole: ReadonlyMap<string, number>,
  { roundTo = ROUND_TO }: PruneChannelsOptions,
): Note[] {
  const left = choices.filter(
    ({ group, declined }) => declined?.byRounding === true && group.units.length === whole.get(group.name),
  );
  if (left.length === 0) return [];
  const names = left.slice(0, 4).map(({ group }) => `'${group.name}'`);
  const more = left.length > names.length ? ` and ${left.length - names.length} more` : '';
  const message =
    `roundTo ${roundTo} leaves ${names.join(', ')}${more} whole, which were to lose channels: ` +
    'lower roundTo to cut them, too';
  return [{ level: 'warning', kind: 'declined', message }];
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

/** Kernels like multiples of it. */
const ROUND_TO = 8;

async function choose(channels: Channels, step: Step): Promise<Chosen> {
  const { options, subject, share, target, before } = step;
  if (options.remove !== undefined) return chosenByHand(channels, options.remove, subject);
  const importance = await importanceFor(channels, options, subject);
  const chooser = chooserBy(step, channels);
  if (target === undefined) return chooser(importance)((options.ratio ?? 0) * share);
  // Of a budget the share is in what it allows, not in the ratio.
  const now = { ...target, most: (before[target.figure] as number) * (1 - share) + target.most * share };
  const count = counterOf(channels, options.inputShapes, subject);
  const isGlobal = options.scope === 'model';
  const chosenAt = chooser(importance);
  // How much a group costs does not hang on which of its channels stay.
  const search = isGlobal ? chosenAt : chooser(({ units }) => new Float64Array(units.length));
  const chosen = chosenAt(ratioFor(channels, count, search, now, subject));
  const { roundTo = ROUND_TO } = options;
  return givenBack(channels, count, chosen, now, { roundTo, isEven: !isGlobal });
}

/** What a ratio removes, by an importance: of each group, or of all together. */
function chooserBy(
  { options, share, whole, target }: Step,
  channels: Channels,
): (importance: Importance) => (ratio: number) => Chosen {
  const { roundTo = ROUND_TO, maxRatio = 1, scope, ignore = [], layers = {} } = options;
  const limitsAt = (ratio: number): Limits => ({
    ratioOf: (group) => {
      if (ignore.some((name) => comesOutOf(group, name))) return 0;
      const own = Object.entries(layers).filter(([name]) => comesOutOf(group, name));
      return own.length === 0 ? ratio : share * Math.min(...own.map(([, each]) => each));
    },
    wholeOf: ({ name, units }) => whole.get(name) ?? units.length,
    ...{ roundTo, maxRatio, keepOne: target !== undefined },
  });
  return (importance) =>
    scope === 'model'
      ? globalChooser(channels, importance, limitsAt(1))
      : (ratio) => chooseByGroup(channels, importance, limitsAt(ratio));
}

async function importanceFor(
  channels: Channels,
  options: PruneChannelsOptions,
  subject: string,
): Promise<Importance> {
  const { importance = 'l2', reduction = 'mean', seed = 0, signal } = options;
  const normalizer = options.normalizer ?? (importance === 'lamp' ? 'lamp' : 'mean');
  const settings = { importance, reduction, normalizer, seed };
  if (importance === 'batch-norm-scale' && !channels.members.some(({ first }) => first.kind === 'norm')) {
    fail('pruning/layer', {
      subject: `${subject}: importance 'batch-norm-scale'`,
      expected: 'batch normalizations in the model',
      got: 'none',
      advice: "Remove channels before batch norms are folded, or take 'l2'",
    });
  }
  if (importance !== 'taylor' || options.data === undefined) return importanceOf(channels, settings, subject);
  const { data, loss = 'crossEntropy', batchSize } = options;
  const gradients = await weightGradients(channels.model, {
    ...{ data, loss },
    ...(batchSize !== undefined && { batchSize }),
    ...(signal && { signal }),
  });
  return importanceOf(channels, { ...settings, gradients }, subject);
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
