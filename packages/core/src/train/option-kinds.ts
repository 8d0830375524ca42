import { optionKinds, type OptionKind, type OptionKinds } from '../options.js';
import type { Callbacks } from './callbacks.js';
import type { EvaluateOptions } from './evaluate.js';
import type { FitOptions } from './fit.js';
import type { ReestimateOptions } from './reestimate.js';

const { anything, code, flag, text, list, object, whole, share, number, group } = optionKinds;

const notNegative = number('a number of at least 0', (value) => value >= 0);
const positive = number('a number above 0', (value) => value > 0);
const seed: OptionKind = { expected: 'a safe integer', fits: Number.isSafeInteger };
const signal: OptionKind = {
  expected: 'the signal of an AbortController',
  fits: (value) => object.fits(value) && typeof (value as { aborted?: unknown }).aborted === 'boolean',
};
const shapes: OptionKind = {
  expected: 'shapes by the names of inputs, such as { tokens: [null, 40] }',
  fits: (value) => object.fits(value) && Object.values(value as object).every(Array.isArray),
};

/** One group of callbacks or a list of them; names are checked in each. */
const oneOfCallbacks: OptionKinds<Callbacks> = {
  facts: list,
  onBegin: code,
  onUpdate: code,
  onStep: code,
  onEpoch: code,
};
const isOfLayers = (value: unknown): boolean =>
  object.fits(value) && typeof (value as { setParams?: unknown }).setParams === 'function';
const isOurs = (value: unknown): boolean => object.fits(value) && !isOfLayers(value);
const callbacks: OptionKind = {
  expected: `an object of ${Object.keys(oneOfCallbacks).join(', ')}, or a list of such`,
  fits: (value) => (Array.isArray(value) ? value.every(isOurs) : isOurs(value)),
  told: (value) => {
    if (!(Array.isArray(value) ? value.some(isOfLayers) : isOfLayers(value))) return undefined;
    return {
      got: 'a callback of tf.layers',
      advice:
        'Give it to model.fit of the layers model, or take one for this training: pruneWhileTraining in place of pruneLayersWhileTraining',
    };
  },
  each: oneOfCallbacks,
};

export const evaluateOptionKinds: OptionKinds<EvaluateOptions> = {
  data: anything,
  batchSize: whole,
  loss: {
    expected: 'a loss, or a list of one {loss, weight} or more',
    fits: (value) => !Array.isArray(value) || (value.length > 0 && value.every(object.fits)),
  },
  metrics: { ...list, expected: "a list, such as ['accuracy']" },
  inputShapes: shapes,
  signal,
};

export const reestimateOptionKinds: OptionKinds<ReestimateOptions> = {
  batchSize: whole,
  inputShapes: shapes,
  signal,
  progress: code,
};

/** What the options of `fit` must be, for those who take them, too. */
export const fitOptionKinds: OptionKinds<FitOptions> = {
  ...evaluateOptionKinds,
  epochs: whole,
  shuffle: flag,
  augment: code,
  stepsPerEpoch: whole,
  accumulate: whole,
  optimizer: {
    expected: 'a name, or an optimizer of TensorFlow.js',
    fits: (value) =>
      typeof value === 'string' ||
      (object.fits(value) && typeof (value as { applyGradients?: unknown }).applyGradients === 'function'),
  },
  learningRate: {
    expected: 'a number of at least 0, or a schedule',
    fits: (value) =>
      typeof value === 'function' || (typeof value === 'number' && value >= 0 && value < Infinity),
  },
  clip: group({ norm: positive, value: positive }),
  validation: anything,
  earlyStopping: group({ watch: text, patience: notNegative, least: notNegative, higherIsBetter: flag }),
  restoreBest: flag,
  callbacks,
  checkpoint: group({ folder: text, everySteps: whole, resume: flag }, ['folder']),
  seed,
  progress: code,
  trainable: {
    expected: 'names of weights, or a test of a name',
    fits: (value) => typeof value === 'function' || Array.isArray(value),
  },
  trainsBatchNorm: flag,
  momentum: share,
};
