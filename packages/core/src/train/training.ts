import type { Model } from '../model.js';
import { Random } from '../random.js';
import { augmented } from './augment.js';
import { Course } from './course.js';
import { sourceOf, type DataReader } from './data.js';
import type { FitOptions } from './fit.js';
import { Best } from './history.js';
import { KeptWeights } from './kept-weights.js';
import { Stepper } from './optimizer.js';
import { planOf, type Plan } from './plan.js';
import { Clock } from './progress.js';
import type { Saving } from './saving.js';
import { Trainer } from './trainer.js';

/** All that a training consists of while it runs. */
export interface Training {
  readonly model: Model;
  readonly options: FitOptions;
  readonly source: DataReader;
  readonly validation: DataReader | undefined;
  readonly random: Random;
  readonly plan: Plan;
  readonly course: Course;
  readonly trainer: Trainer;
  readonly stepper: Stepper;
  readonly best: Best;
  readonly kept: KeptWeights;
  readonly clock: Clock;
  /** Set once it is known that checkpoints can be written. */
  saving: Saving | undefined;
}

/** Makes ready for the first step; refuses what cannot be trained. */
export function prepare(model: Model, options: FitOptions): Training {
  const { data, validation, seed = 0, progress } = options;
  const source = augmented(sourceOf(data), options.augment, seed);
  const plan = planOf(source, options);
  const parts = {
    ...{ model, options, source, plan },
    validation: validation === undefined ? undefined : sourceOf(validation, 'validation'),
    random: Random.of(seed),
    course: new Course(),
    best: new Best(options.earlyStopping ?? {}, validation !== undefined),
    kept: new KeptWeights(),
    clock: new Clock(plan.steps, progress),
    saving: undefined,
  };
  const trainer = new Trainer(model, options, options);
  try {
    return { ...parts, trainer, stepper: new Stepper(options.optimizer ?? 'adam', options.learningRate) };
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

export function disposeTraining({ trainer, stepper, kept }: Training): void {
  trainer.dispose();
  stepper.dispose();
  kept.dispose();
}
