import { optionKinds, type OptionKind, type OptionKinds } from '../options.js';
import type { Context, Note, Pass } from '../pass.js';
import type { TrainingData } from './data.js';
import type { FitOptions, FitResult } from './fit.js';
import type { LossName } from './losses.js';
import type { OptimizerName } from './optimizer.js';
import { fitOptionKinds } from './option-kinds.js';
import { scheduleOf, type ScheduleJson } from './schedule-json.js';

/** Options of {@link fit} that are data, as they are there. */
type PlainOptions = Pick<
  FitOptions,
  | 'epochs'
  | 'batchSize'
  | 'shuffle'
  | 'stepsPerEpoch'
  | 'accumulate'
  | 'clip'
  | 'earlyStopping'
  | 'restoreBest'
  | 'checkpoint'
  | 'trainsBatchNorm'
  | 'momentum'
>;

/** Options of {@link fit} in JSON, for passes that train: names stand for what is no data. */
export interface FitSettings extends PlainOptions {
  /** The name under which data are given to the run of passes: `data` unless told. */
  readonly data?: string;
  /** The name of validation data; none are measured unless told. */
  readonly validation?: string;
  readonly learningRate?: number | ScheduleJson;
  /** An optimizer, the loss of labels and metrics by name. */
  readonly optimizer?: OptimizerName;
  readonly loss?: LossName;
  readonly metrics?: readonly 'accuracy'[];
  /** Names of weights. */
  readonly trainable?: readonly string[];
}

const { anything, list, number, text } = optionKinds;

/** A name under which something live is given to the run. */
export const liveNameKind: OptionKind = { ...text, expected: 'a name under which it is given to the run' };
const named: OptionKind = { ...text, expected: 'a name' };
const names: OptionKind = {
  expected: 'a list of names',
  fits: (value) => list.fits(value) && (value as readonly unknown[]).every(text.fits),
};
const rate = number('a number from 0 up', (value) => value >= 0 && value < Infinity);

/** What settings must be; losses and metrics are checked where they are looked up, rates by {@link checkFitSettings}. */
export const fitSettingKinds: OptionKinds<FitSettings> = {
  ...plainKinds(),
  ...{ data: liveNameKind, validation: liveNameKind },
  ...{ optimizer: named, loss: named, metrics: names, trainable: names, learningRate: anything },
};

function plainKinds(): OptionKinds<PlainOptions> {
  const { epochs, batchSize, shuffle, stepsPerEpoch, accumulate, clip, momentum } = fitOptionKinds;
  const { earlyStopping, restoreBest, checkpoint, trainsBatchNorm } = fitOptionKinds;
  return {
    ...{ epochs, batchSize, shuffle, stepsPerEpoch, accumulate, clip, momentum },
    ...{ earlyStopping, restoreBest, checkpoint, trainsBatchNorm },
  };
}

/**
 * Refuses what names and kinds do not tell.
 * @throws `argument/invalid`.
 */
export function checkFitSettings({ learningRate }: Pick<FitSettings, 'learningRate'>): void {
  if (learningRate !== undefined) scheduleOf('learningRate', learningRate, rate);
}

/** What passes that train ask of a run. */
export function trainingDemands({
  data = 'data',
  validation,
}: FitSettings): Required<Pick<Pass, 'asks' | 'trains'>> {
  return { trains: true, asks: [data, ...(validation === undefined ? [] : [validation])] };
}

/** The options of `fit` that settings stand for, in a run of passes. */
export function fitOptionsIn<T extends FitSettings>(
  { data = 'data', validation, learningRate, ...rest }: T,
  { inputs, seed, signal, progress }: Context,
): Omit<T, 'data' | 'validation' | 'learningRate'> &
  Pick<FitOptions, 'data' | 'validation' | 'learningRate' | 'seed' | 'signal' | 'progress'> {
  return {
    ...rest,
    data: inputs.need<TrainingData>(data),
    ...(validation !== undefined && { validation: inputs.need<TrainingData>(validation) }),
    ...(learningRate !== undefined && { learningRate: scheduleOf('learningRate', learningRate, rate) }),
    ...{ seed, progress },
    ...(signal !== undefined && { signal }),
  };
}

/** What a training did, as notes of a pass. */
export function trainingNotes({ history, notes, bestEpoch }: FitResult): Note[] {
  const last = history.at(-1);
  const loss = last?.numbers['loss']?.toPrecision(4);
  const best = bestEpoch === undefined ? '' : `; weights are those of epoch ${bestEpoch + 1}, the best`;
  const message = `${last?.steps ?? 0} steps; the last epoch's loss is ${loss}${best}`;
  return [{ level: 'info', kind: 'did', message }, ...notes];
}
