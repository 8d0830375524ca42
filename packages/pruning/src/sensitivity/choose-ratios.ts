import {
  breathe,
  checkOptions,
  fail,
  optionKinds,
  textTable,
  type JsonObject,
  type LayersOptions,
  type Model,
  type Note,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import { targetOf, type Target } from '../channels/budget.js';
import type { ChannelBudget } from '../channels/options.js';
import { floatModelOf, type ChannelSource } from '../channels/source.js';
import { checkCurves, type PrunedKind, type SensitivityCurves } from './curves.js';
import { Judge, type Judging, type Measured } from './judge.js';
import { Ladder, type Ratios } from './ladder.js';
import { JUDGING } from './sensitivity.js';
import { trialsOf, type Trial, type Trials } from './trials.js';

/** What {@link chooseRatios} aims at: one of these. */
export interface RatioGoal {
  /** How far the score of `evaluate` may fall, in its own units, 0 or more; as much as may be is pruned. */
  readonly maxDrop?: number | undefined;
  /** How far outputs must stand above noise on `data`, in dB; as much as may be is pruned. */
  readonly minSnr?: number | undefined;
  /** The share of the weights of all layers that were measured, above 0 and below 1; the least harm is done. */
  readonly sparsity?: number | undefined;
  /** What the model may cost, as for `pruneChannels`; the least harm is done. Of channels. */
  readonly budget?: ChannelBudget | undefined;
}

/** Options of {@link chooseRatios}. */
export interface ChooseRatiosOptions extends RatioGoal, Judging, LayersOptions {
  readonly progress?: ((event: Progress) => void) | undefined;
}

/** Ratios by layer, and what they do together. */
export interface ChosenRatios extends Measured {
  readonly kind: PrunedKind;
  /**
   * Shares by layer, for `pruneChannels(model, { layers: ratios })` or `l1Unstructured(model, { byLayer: ratios })`.
   * Layers that stay whole are not in it.
   */
  readonly ratios: Ratios;
  /** The model pruned by them. */
  readonly model: Model<'float'>;
  /** What was pruned, what stayed whole, and how far it was backed off. */
  readonly notes: readonly Note[];
  /** The ratios as a table, and what they do together. */
  text(): string;
  toString(): string;
  toJSON(): JsonObject;
}

const SUBJECT = 'chooseRatios';
const { code, number, object } = optionKinds;
const KINDS: OptionKinds<ChooseRatiosOptions> = {
  ...JUDGING,
  maxDrop: number('a number of 0 or more', (value) => value >= 0 && Number.isFinite(value)),
  minSnr: number('decibels', Number.isFinite),
  // Looked at below, with codes of their own.
  sparsity: number('a number', () => true),
  budget: object,
  inputShapes: object,
  progress: code,
};

/**
 * Chooses ratios by layer from a sensitivity: all layers may do as much harm as each other, each alone, so that those
 * that do not mind lose most. Harm is the drop of the score, or the noise in the outputs where there was none.
 *
 * With `maxDrop` or `minSnr` it takes the most that each layer bears alone. What all do together is checked, and where
 * that is too much, less is taken until it holds, by bisection over what was measured; a note tells how much. With
 * `sparsity` or `budget` it takes as little as meets that, and tells what it does where there is `evaluate` or `data`.
 *
 * The model stays as it is; no tensors are left.
 *
 * @param source the model that was measured.
 * @param measured what `sensitivity` gave for it, or its JSON.
 * @throws `pruning/data` for `maxDrop` without `evaluate` or a sensitivity without a score, and for `minSnr` alike;
 *   `pruning/amount` for a sparsity outside (0, 1); `pruning/budget` for one that what was measured does not reach;
 *   `pruning/layer` for layers that the model does not have; `argument/invalid`; `aborted`.
 */
export async function chooseRatios(
  source: ChannelSource,
  measured: SensitivityCurves,
  options: ChooseRatiosOptions,
): Promise<ChosenRatios> {
  checkCurves(measured, SUBJECT);
  checkOptions<ChooseRatiosOptions>(options, KINDS, { where: SUBJECT });
  const goal = goalOf(measured, options);
  const model = await floatModelOf(source, options, SUBJECT);
  const layers = measured.layers.map(({ layer }) => layer);
  const shapes = options.inputShapes && { inputShapes: options.inputShapes };
  const trials = trialsOf(model, measured.kind, { layers, ...shapes }, measured.choice, SUBJECT);
  await breathe(options.signal, SUBJECT);
  const { evaluate, data } = options;
  const hasJudge = evaluate !== undefined || data !== undefined;
  const judge = hasJudge ? await Judge.of(model, options, SUBJECT) : undefined;
  try {
    const ladder = new Ladder(measured);
    const search = { model, measured, trials, ladder, options, judge };
    if (goal.kind === 'size') return await meeting(search, goal.holds);
    return await backedOff(search, goal);
  } finally {
    judge?.dispose();
  }
}

/** All that choosing depends on. */
interface Search {
  readonly model: Model<'float'>;
  readonly measured: SensitivityCurves;
  readonly trials: Trials;
  readonly ladder: Ladder;
  readonly options: ChooseRatiosOptions;
  readonly judge: Judge | undefined;
}

/** A limit of harm, or a size to come down to. */
type Goal =
  | { readonly kind: 'size'; readonly holds: (search: Search, ratios: Ratios) => Promise<Reached> }
  | {
      readonly kind: 'harm';
      /** What a layer alone may do, in the measure of `harmOf`. */
      readonly limit: number;
      readonly holds: (measured: Measured) => boolean;
      readonly text: string;
    };

/** Whether a size is met, and in words how far it got. */
interface Reached {
  readonly isMet: boolean;
  readonly got: string;
}

function goalOf(measured: SensitivityCurves, options: ChooseRatiosOptions): Goal {
  const { maxDrop, minSnr, sparsity, budget } = options;
  const given = Object.entries({ maxDrop, minSnr, sparsity, budget }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1) {
    fail(given.length === 0 ? 'argument/missing' : 'argument/invalid', {
      subject: SUBJECT,
      expected: 'one of maxDrop, minSnr, sparsity or budget',
      got: given.length === 0 ? 'none of them' : given.map(([name]) => name).join(' and '),
    });
  }
  if (maxDrop !== undefined) {
    requireMeasure('maxDrop', 'evaluate', options.evaluate, measured.score !== undefined);
    return {
      kind: 'harm',
      limit: maxDrop,
      text: `a drop of ${maxDrop}`,
      holds: ({ drop }) => typeof drop === 'number' && drop <= maxDrop,
    };
  }
  if (minSnr !== undefined) {
    requireMeasure('minSnr', 'data', options.data, measured.score === undefined);
    return {
      kind: 'harm',
      limit: 10 ** (-minSnr / 10),
      text: `${minSnr} dB`,
      holds: ({ snr }) => snr === null || (snr !== undefined && snr >= minSnr),
    };
  }
  const kind = sparsity === undefined ? 'channels' : 'weights';
  if (measured.kind !== kind) {
    fail('argument/invalid', {
      subject: `${SUBJECT}: ${sparsity === undefined ? 'budget' : 'sparsity'}`,
      expected: `a sensitivity of ${kind}`,
      got: `one of ${measured.kind}`,
      advice: `Give ${sparsity === undefined ? 'sparsity' : 'budget'}, or measure with kind: '${kind}'`,
    });
  }
  return { kind: 'size', holds: budget === undefined ? sparsityOf(sparsity ?? 0) : costOf(budget) };
}

/** Harm can only be limited in the measure in which it was measured. */
function requireMeasure(name: string, needs: string, given: unknown, wasMeasured: boolean): void {
  if (given !== undefined && wasMeasured) return;
  const isScore = needs === 'evaluate';
  fail('pruning/data', {
    subject: `${SUBJECT}: ${name}`,
    expected:
      given === undefined
        ? `${needs}, by which all layers together are checked`
        : `a sensitivity ${isScore ? 'with a score' : 'by noise alone, without a score'}`,
    got: given === undefined ? 'none' : isScore ? 'one without' : 'one with a score',
    advice:
      given === undefined
        ? `Give the ${needs} that the sensitivity was measured with`
        : `Measure it with ${isScore ? 'evaluate' : 'data alone'}, or give ${isScore ? 'minSnr' : 'maxDrop'}`,
  });
}

function sparsityOf(wanted: number): (search: Search, ratios: Ratios) => Promise<Reached> {
  if (!(wanted > 0 && wanted < 1)) {
    fail('pruning/amount', {
      subject: `${SUBJECT}: sparsity`,
      expected: 'a share of the weights above 0 and below 1',
      got: String(wanted),
    });
  }
  return async ({ trials }, ratios) => {
    const { gone } = await trials.prune(ratios);
    const sum = (of: (layer: string) => number): number =>
      trials.layers.reduce((all, { layer, size }) => all + size * of(layer), 0);
    const reached = sum(gone) / sum(() => 1);
    return { isMet: reached >= wanted, got: `${(100 * reached).toFixed(1)} % of the weights` };
  };
}

function costOf(budget: ChannelBudget): (search: Search, ratios: Ratios) => Promise<Reached> {
  let target: Target | undefined;
  return async ({ trials }, ratios) => {
    const { figures } = await trials.prune(ratios, true);
    if (figures === undefined) return { isMet: false, got: 'nothing that is counted' };
    target ??= targetOf(budget, figures.before, SUBJECT);
    const cost = figures.after[target.figure] as number;
    return { isMet: cost <= target.most, got: `${Math.round(cost)} ${target.figure}` };
  };
}

/** As little as meets a size. */
async function meeting(
  search: Search,
  holds: (search: Search, ratios: Ratios) => Promise<Reached>,
): Promise<ChosenRatios> {
  const { ladder, options } = search;
  const top = await holds(search, ladder.at(ladder.height));
  if (!top.isMet) {
    const { sparsity, budget } = options;
    fail('pruning/budget', {
      subject: SUBJECT,
      expected:
        sparsity === undefined ? `a budget of ${JSON.stringify(budget)}` : `a sparsity of ${sparsity}`,
      got: `${top.got} at the largest ratios that were measured`,
      advice: 'Measure larger ratios and more layers, or ask for less',
    });
  }
  const height = await ladder.lowest(async (ratios) => {
    await breathe(options.signal, SUBJECT);
    return (await holds(search, ratios)).isMet;
  });
  const ratios = ladder.at(height);
  const trial = await search.trials.prune(ratios);
  const measured = await search.judge?.measure(trial.model);
  return chosen(search, ratios, trial, measured ?? {}, []);
}

/** What each layer bears alone, or less where all together are too much. */
async function backedOff(search: Search, goal: Extract<Goal, { kind: 'harm' }>): Promise<ChosenRatios> {
  const { ladder, options, judge } = search;
  const most = ladder.rungBelow(goal.limit);
  let tries = 0;
  const tried = async (rung: number): Promise<Found | undefined> => {
    await breathe(options.signal, SUBJECT);
    const ratios = ladder.at(rung);
    const trial = await search.trials.prune(ratios);
    const measured = (await judge?.measure(trial.model)) ?? {};
    options.progress?.({
      task: SUBJECT,
      done: ++tries,
      message: `${rung} of ${most}: ${measuredText(measured)}`,
    });
    return goal.holds(measured) ? { rung, ratios, trial, measured } : undefined;
  };
  let best = most === 0 ? undefined : await tried(most);
  if (best !== undefined) return chosen(search, best.ratios, best.trial, best.measured, []);
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const found = await tried(middle);
    if (found === undefined) high = middle;
    else [low, best] = [middle, found];
  }
  if (best === undefined) {
    const why =
      most === 0
        ? 'at the ratios that were measured no layer alone keeps'
        : 'all together, even the least does not keep';
    const message = `nothing is pruned: ${why} to ${goal.text}`;
    const nothing = { model: search.model, notes: [], gone: () => 0 };
    const measured = (await judge?.measure(search.model)) ?? {};
    return chosen(search, {}, nothing, measured, [{ level: 'warning', kind: 'declined', message }]);
  }
  const message = `backed off to step ${best.rung} of ${most}: what each layer bears alone does not keep to ${goal.text} together`;
  return chosen(search, best.ratios, best.trial, best.measured, [{ level: 'info', kind: 'saw', message }]);
}

interface Found {
  readonly rung: number;
  readonly ratios: Ratios;
  readonly trial: Trial;
  readonly measured: Measured;
}

function chosen(
  { measured: { kind }, trials }: Search,
  ratios: Ratios,
  trial: Trial,
  measured: Measured,
  notes: readonly Note[],
): ChosenRatios {
  const plain = { kind, ratios, ...measured };
  const text = (): string => {
    const cut = trials.layers.filter(({ layer }) => ratios[layer] !== undefined);
    const whole = trials.layers.length - cut.length;
    const rows = cut.map(({ layer, size }) => [
      ...[layer, String(size), String(ratios[layer])],
      `${(100 * trial.gone(layer)).toFixed(1)} %`,
    ]);
    const table = textTable(
      [['layer', kind, 'ratio', 'pruned'], ...rows],
      ['left', 'right', 'right', 'right'],
    );
    const rest = whole === 0 ? '' : `${whole} ${whole === 1 ? 'layer stays' : 'layers stay'} whole`;
    const said = [rest, measuredText(measured), ...notes.map(({ message }) => message)].filter(
      (line) => line !== '',
    );
    return [table, ...said].join('\n');
  };
  return {
    ...plain,
    model: trial.model,
    notes: [...notes, ...trial.notes],
    ...{ text, toString: text, toJSON: () => plain },
  };
}

function measuredText({ drop, snr }: Measured): string {
  const parts = [
    ...(drop === undefined
      ? []
      : [`the score falls by ${drop === null ? 'NaN' : Number(drop.toPrecision(4))}`]),
    ...(snr === undefined ? [] : [`signal to noise is ${snr === null ? '∞' : `${snr.toFixed(1)} dB`}`]),
  ];
  return parts.join(', ');
}
