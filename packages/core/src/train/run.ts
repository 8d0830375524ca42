import * as tf from '@tensorflow/tfjs';
import { breathe } from '../breathe.js';
import type { Model } from '../model.js';
import { callbackList, type Callbacks, type Control } from './callbacks.js';
import { controlOf } from './control.js';
import { disposeBatch, type Batch } from './data.js';
import { endedBy, endNotFinite, requireFinite } from './ending.js';
import { measureAll } from './evaluate.js';
import type { FitOptions, FitResult } from './fit.js';
import { added, clipped, scaled } from './gradients.js';
import type { EpochRecord } from './history.js';
import { checkSeen, type Plan } from './plan.js';
import { beginSaving, save } from './saving.js';
import { disposeTraining, prepare, type Training } from './training.js';
import type { Pull } from './trainer.js';

/** Trains a model, from its first step or that of a checkpoint to its end. */
export async function train(model: Model, options: FitOptions): Promise<FitResult> {
  const training = prepare(model, options);
  try {
    await checkExamples(training);
    await beginSaving(training);
    return await new Run(training).result();
  } finally {
    disposeTraining(training);
  }
}

/** Refuses wrong examples in memory at once: at their batch, or after an epoch, much work would have been done. */
async function checkExamples({ source, validation, plan, trainer }: Training): Promise<void> {
  if (source.examples !== undefined) await trainer.check(source.examples, plan.batchSize, 'labels');
  if (validation?.examples !== undefined)
    await trainer.check(validation.examples, validationBatch(plan), 'validation.labels');
}

/** Examples of validation data at once, which take no memory for gradients. */
function validationBatch({ batchSize }: Plan): number {
  return Math.max(batchSize, 256);
}

/** Gradients of the batches of a step, added up. */
interface Sum {
  readonly gradients: tf.NamedTensorMap;
  readonly count: number;
}

/** The steps of one training. */
class Run {
  private readonly control: Control;
  private readonly callbacks: readonly Callbacks[];

  constructor(private readonly training: Training) {
    this.control = controlOf(training);
    this.callbacks = callbackList(training.options.callbacks);
  }

  async result(): Promise<FitResult> {
    const { course, plan, best, kept, trainer, options } = this.training;
    try {
      const { step } = course;
      for (const each of this.callbacks) await each.onBegin?.({ step, steps: plan.steps }, this.control);
      while (course.epoch < plan.epochs && course.ended === undefined) await this.runEpoch();
    } catch (cause) {
      throw await endedBy(this.training, cause);
    }
    const { restoreBest = false } = options;
    const bestEpoch = restoreBest ? best.epoch : undefined;
    return {
      model: await trainer.weights.modelOf(restoreBest ? kept.best : undefined),
      history: course.history,
      ended: course.ended ?? 'finished',
      notes: [...trainer.notes(), ...course.notes],
      ...(bestEpoch === undefined ? {} : { bestEpoch }),
    };
  }

  private async runEpoch(): Promise<void> {
    const step: { sum?: Sum | undefined } = {};
    try {
      const seen = await this.runBatches(step);
      checkSeen(seen, this.training.course.epoch, this.training.plan);
      const { sum } = step;
      step.sum = undefined;
      if (sum !== undefined) await this.apply(sum, undefined);
    } finally {
      if (step.sum !== undefined) tf.dispose(step.sum.gradients);
    }
    await this.endEpoch();
  }

  /**
   * Trains on what is left of an epoch.
   * @param step gets gradients that made no whole step.
   * @returns batches of the epoch that were seen.
   */
  private async runBatches(step: { sum?: Sum | undefined }): Promise<number> {
    const { source, plan, course, clock, options, random } = this.training;
    const { shuffle = true } = options;
    const skip = course.stepInEpoch * plan.accumulate;
    const order = shuffle ? random.fork(`order ${course.epoch}`) : undefined;
    const how = { batchSize: plan.batchSize, random: order, skip };
    let seen = skip;
    for await (const batch of source.batches(course.epoch, how)) {
      try {
        if (seen >= plan.batches) break;
        seen++;
        // Between steps alone: a checkpoint knows no half of one.
        if (step.sum === undefined && clock.isBreathDue) await breathe(options.signal, 'training');
        const pull = await this.pull(batch, seen, step.sum === undefined);
        const sum: Sum = {
          gradients: added(step.sum?.gradients, pull.gradients),
          count: (step.sum?.count ?? 0) + 1,
        };
        step.sum = sum.count < plan.accumulate ? sum : undefined;
        if (step.sum === undefined) await this.apply(sum, pull);
      } finally {
        disposeBatch(batch);
      }
    }
    return seen;
  }

  /**
   * Loss and gradients of a batch; training ends where the loss is not finite.
   * @param isFirst of the batches of a step.
   */
  private async pull(batch: Batch, seen: number, isFirst: boolean): Promise<Pull> {
    const { trainer, course, plan, kept } = this.training;
    const { step } = course;
    const random = this.training.random.fork(`noise ${step} ${seen % plan.accumulate}`);
    const pull = await trainer.pull(batch, { step, steps: plan.steps }, random);
    const isFinite = Number.isFinite(pull.numbers['loss']);
    if (isFinite) {
      if (isFirst) {
        // A finite loss has shown the weights of now to be good.
        kept.keepBefore(trainer.weights.snapshot());
        course.stepBegun();
      }
      trainer.weights.move(pull.statistics, step / plan.steps);
    }
    tf.dispose([...pull.statistics]);
    if (!isFinite) {
      tf.dispose(pull.gradients);
      await endNotFinite(this.training, batch, pull.numbers);
    }
    course.means.add(pull.numbers, pull.examples);
    return pull;
  }

  /** Goes a step along the mean of gradients, which it takes. @param pull of the last batch, to be told. */
  private async apply({ gradients, count }: Sum, pull: Pull | undefined): Promise<void> {
    const { trainer, stepper, course, plan, clock, options } = this.training;
    const bounded = clipped(scaled(gradients, 1 / count), options.clip);
    try {
      stepper.follow(course.step, plan.steps);
      course.isApplying = true;
      stepper.apply(bounded);
      trainer.constrain();
    } finally {
      tf.dispose(bounded);
    }
    const now = { step: course.step + 1, epoch: course.epoch };
    for (const each of this.callbacks) await each.onUpdate?.(now, this.control);
    trainer.weights.project();
    course.stepDone();
    const { step, epoch } = course;
    const numbers = { ...pull?.numbers, ...course.told };
    clock.tick(step, epoch, numbers);
    for (const each of this.callbacks) await each.onStep?.({ step, epoch, numbers }, this.control);
    const every = options.checkpoint?.everySteps;
    if (every !== undefined && step % every === 0) await this.save();
  }

  private async endEpoch(): Promise<void> {
    await requireFinite(this.training);
    const { trainer, stepper, course, best, kept, plan, clock, options } = this.training;
    const numbers = { ...course.means.values, ...(await this.validated()), ...course.told };
    const { epoch, step } = course;
    const record: EpochRecord = { epoch, numbers, steps: step, learningRate: stepper.rate };
    const { isBest, stop } = best.see(record);
    if (isBest && options.restoreBest === true) kept.keepBest(trainer.weights.snapshot());
    if (stop) course.ended = 'early';
    course.epochDone(record);
    clock.epochDone(record, plan.epochs);
    for (const each of this.callbacks) await each.onEpoch?.(record, this.control);
    await this.save();
  }

  /** Loss and metrics of validation data. */
  private async validated(): Promise<Record<string, number>> {
    const { validation, trainer, course, plan, options } = this.training;
    if (validation === undefined) return {};
    const how = { batchSize: validationBatch(plan), subject: 'validation', signal: options.signal };
    const moment = { step: course.step, steps: plan.steps };
    const found = await measureAll(trainer, validation, how, moment);
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [`validation/${name}`, value]));
  }

  private async save(): Promise<void> {
    const { saving } = this.training;
    if (saving === undefined) return;
    await requireFinite(this.training);
    await save(this.training, saving);
  }
}
