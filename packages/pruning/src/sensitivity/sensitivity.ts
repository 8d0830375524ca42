import {
  breathe,
  checkOptions,
  fail,
  optionKinds,
  type LayersOptions,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import { floatModelOf, type ChannelSource } from '../channels/source.js';
import {
  sensitivityOf,
  type ChannelChoice,
  type LayerSensitivity,
  type PrunedKind,
  type Sensitivity,
  type SensitivityPoint,
} from './curves.js';
import { Judge, type Judging } from './judge.js';
import { trialsOf, type TrialLayer, type Trials, type TriedLayers } from './trials.js';

/** Options of {@link sensitivity}. */
export interface SensitivityOptions extends Judging, TriedLayers, LayersOptions {
  /** Whether least magnitudes are masked, as by `l1Unstructured`, or channels removed; `weights` unless told. */
  readonly kind?: PrunedKind | undefined;
  /** Shares to try, each above 0 and below 1; tenths from 0.1 to 0.9 unless told. */
  readonly ratios?: readonly number[] | undefined;
  /** How channels are chosen: as `pruneChannels` does unless told. */
  readonly choice?: ChannelChoice | undefined;
  readonly progress?: ((event: Progress) => void) | undefined;
}

const SUBJECT = 'sensitivity';
const TENTHS: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const { anything, code, list, number, object, oneOf, whole } = optionKinds;

/** What options that judge a model must be. */
export const JUDGING: OptionKinds<Judging> = {
  evaluate: code,
  data: anything,
  batchSize: whole,
  limit: whole,
  seed: number('a whole number', Number.isSafeInteger),
  signal: object,
};

const KINDS: OptionKinds<SensitivityOptions> = {
  ...JUDGING,
  ...{ layers: list, exclude: list, inputShapes: object, choice: object, progress: code },
  kind: oneOf('weights', 'channels'),
  // Looked at below, with a code of its own.
  ratios: anything,
};

/**
 * Prunes one layer after another, alone, by one ratio after another, and tells what that does: how far a score falls, or
 * how much noise there is in the outputs (as in Li et al. 2017, "Pruning filters for efficient ConvNets"). It is not
 * trained in between. `chooseRatios` makes ratios of it, and reports of `@tfjs-optimize/benchmark` draw it.
 *
 * Of `weights`, a row is the kernels of a layer, which lose their least magnitudes; where there are masks already, a
 * ratio is one of what they keep. Of `channels`, a row is a layer and all that is coupled to it (`explainGroups`).
 * Frozen weights are passed over unless their layers are named, and so are channels that cannot be cut.
 *
 * The model stays as it is and no tensors are left. `evaluate` is asked once for the model as it is, and at most once
 * for each layer and ratio.
 *
 * @param source a float model, a layers model, or what `loadModel` reads.
 * @throws `pruning/data` without `data` and `evaluate`, for data without examples, for a score or outputs of the unpruned
 *   model that are no numbers; `pruning/amount` for ratios outside (0, 1); `pruning/layer` for names that the model does
 *   not have; `pruning/group` for named layers that cannot be cut; `pruning/weight` for weights that are no numbers;
 *   `model/stage` for integer models; `model/input` for data that the model does not take; `argument/invalid`; `aborted`.
 */
export async function sensitivity(source: ChannelSource, options: SensitivityOptions): Promise<Sensitivity> {
  checkOptions<SensitivityOptions>(options, KINDS, { where: SUBJECT });
  const { kind = 'weights', choice, signal } = options;
  const ratios = readRatios(options.ratios ?? TENTHS);
  const model = await floatModelOf(source, options, SUBJECT);
  const trials = trialsOf(model, kind, options, choice, SUBJECT);
  await breathe(signal, SUBJECT);
  const judge = await Judge.of(model, options, SUBJECT);
  try {
    const layers = await measured(trials, ratios, judge, options);
    const { examples, score } = judge;
    return sensitivityOf({
      ...{ kind, layers },
      ...(examples !== undefined && { examples }),
      ...(score !== undefined && { score }),
      ...(choice !== undefined && { choice }),
    });
  } finally {
    judge.dispose();
  }
}

async function measured(
  trials: Trials,
  ratios: readonly number[],
  judge: Judge,
  { signal, progress }: SensitivityOptions,
): Promise<LayerSensitivity[]> {
  const total = trials.layers.length * ratios.length;
  const layers: LayerSensitivity[] = [];
  let done = 0;
  for (const layer of trials.layers) {
    const points: SensitivityPoint[] = [];
    for (const ratio of ratios) {
      await breathe(signal, SUBJECT);
      points.push(await pointOf(trials, layer, ratio, judge, points.at(-1)));
      progress?.({ task: `${SUBJECT}: ${layer.layer}`, done: ++done, total, message: `ratio ${ratio}` });
    }
    layers.push({ ...layer, points });
  }
  return layers;
}

async function pointOf(
  trials: Trials,
  { layer }: TrialLayer,
  ratio: number,
  judge: Judge,
  before: SensitivityPoint | undefined,
): Promise<SensitivityPoint> {
  const trial = await trials.prune({ [layer]: ratio });
  const pruned = trial.gone(layer);
  // Where rounding makes as many of two ratios, the same are gone.
  if (before?.pruned === pruned) return { ...before, ratio };
  return { ratio, pruned, ...(await judge.measure(trial.model)) };
}

/** Ratios in rising order, each once. */
function readRatios(given: unknown): number[] {
  const list = Array.isArray(given) ? (given as readonly unknown[]) : [];
  const wrong = list.find((ratio) => !(typeof ratio === 'number' && ratio > 0 && ratio < 1));
  if (list.length > 0 && wrong === undefined)
    return [...new Set(list as readonly number[])].sort((a, b) => a - b);
  return fail('pruning/amount', {
    subject: `${SUBJECT}: ratios`,
    expected: 'a list of numbers above 0 and below 1',
    got: Array.isArray(given) ? (list.length === 0 ? 'an empty list' : String(wrong)) : typeof given,
  });
}
