import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { checkSavePlace } from '../io/save.js';
import { Weights } from '../weights.js';
import { readCheckpoint, writeCheckpoint, type Checkpoint, type TrainingState } from './checkpoint.js';
import { Means } from './metrics.js';
import { checkSettings, isBestNeeded, settingsOf, type Settings } from './settings.js';
import { factsToJson, savedFacts } from './saved-facts.js';
import type { Training } from './training.js';
import type { WeightValues } from './variables.js';

/** Before the names of tensors of a checkpoint, by whose they are; those of losses are `loss/0`, `loss/1`, … */
const [OPTIMIZER, BEST] = ['optimizer/', 'best/'] as const;

/** Where checkpoints go. */
export interface Saving {
  readonly folder: string;
  /** As they were when this training began, since callbacks may change those of an optimizer. */
  readonly settings: Settings;
}

/** Looks whether checkpoints can be written, and takes up the one that is there. */
export async function beginSaving(training: Training): Promise<void> {
  const { checkpoint } = training.options;
  if (checkpoint === undefined) return;
  const { folder, resume = false } = checkpoint;
  const found = resume ? await readCheckpoint(folder) : undefined;
  await checkSavePlace(folder, { overwrite: resume });
  const settings = await settingsOf(training);
  training.saving = { folder, settings };
  if (found === undefined) return;
  checkOptimizer(training.stepper.name, found.state.optimizer);
  checkSettings(settings, found.state.settings, folder);
  takeUp(training, found, folder);
}

/** Writes all that is needed to go on from here. Weights must be finite. */
export async function save(training: Training, { folder, settings }: Saving): Promise<void> {
  const { trainer, stepper, course, best, kept } = training;
  const { iterations, tensors } = stepper.state();
  const all = new Map<string, tf.Tensor>();
  for (const [name, tensor] of tensors) all.set(OPTIMIZER + name, tensor);
  for (const [name, tensor] of kept.best?.values ?? []) all.set(BEST + name, tensor);
  trainer.ownVariables().forEach((variable, i) => all.set(`loss/${i}`, variable));
  const { step, epoch, stepInEpoch, history } = course;
  const state: TrainingState = {
    ...{ step, epoch, stepInEpoch, history, iterations },
    optimizer: stepper.name,
    means: course.means.state,
    best: best.state,
    settings,
    ...(kept.best && { bestFacts: factsToJson(kept.best.facts) }),
    ...(course.ended === 'early' && { endedEarly: true }),
  };
  await writeCheckpoint(folder, await trainer.weights.modelOf(), state, all);
}

function checkOptimizer(now: string, before: string): void {
  if (before === now) return;
  fail('train/checkpoint', {
    subject: 'optimizer',
    expected: `${before}, with which the training began`,
    got: now,
    advice: 'Resume with the same optimizer',
  });
}

/** Goes on where a checkpoint stands. */
function takeUp(training: Training, { state, weights, facts, tensors }: Checkpoint, folder: string): void {
  const { trainer, stepper, course, best, kept, clock, plan, options } = training;
  trainer.weights.checkFits(weights, folder);
  trainer.restore(weights, savedFacts(training, facts, weights, folder), tensors);
  tf.tidy(() => {
    const { iterations } = state;
    stepper.restore({ iterations, tensors: tensorsAt(tensors, OPTIMIZER) }, trainer.variables());
    if (state.bestFacts === undefined) return;
    const values = tensorsAt(tensors, BEST);
    const weightsThen = weightsAt(tensors, BEST);
    const factsThen = savedFacts(training, state.bestFacts, weightsThen, folder);
    for (const tensor of values.values()) tf.keep(tensor);
    kept.keepBest({ values, facts: factsThen });
  });
  ({ step: course.step, epoch: course.epoch, stepInEpoch: course.stepInEpoch } = state);
  course.from = state.step;
  course.history = [...state.history];
  course.means = Means.of(state.means);
  if (course.stepInEpoch > 0) stepper.follow(course.step - 1, plan.steps);
  best.resume(state.best, isBestNeeded(options));
  if (state.endedEarly === true) course.ended = 'early';
  clock.from(course.step);
}

function weightsAt(tensors: Weights, prefix: string): Weights {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Weights(own.map(([name, weight]) => [name.slice(prefix.length), weight]));
}

function tensorsAt(tensors: Weights, prefix: string): WeightValues {
  return new Map(
    [...weightsAt(tensors, prefix)].map(([name, weight]) => [
      name,
      tf.tensor(weight.numbers(), [...weight.shape], weight.dtype),
    ]),
  );
}
