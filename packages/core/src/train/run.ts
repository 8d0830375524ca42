import * as tf from '@tensorflow/tfjs';
import { breathe } from '../breathe.js';
import { fail, isOptimizeError } from '../errors.js';
import { checkSavePlace } from '../io/save.js';
import type { Model } from '../model.js';
import { Random } from '../random.js';
import { augmented } from './augment.js';
import { readCheckpoint, writeCheckpoint, type Checkpoint, type TrainingState } from './checkpoint.js';
import { disposeBatch, sourceOf, type Batch, type DataReader } from './data.js';
import { TrainingError } from './error.js';
import { measureAll } from './evaluate.js';
import { added, clipped, scaled } from './gradients.js';
import type { Control, FitOptions, FitResult } from './fit.js';
import { Best, type EpochRecord } from './history.js';
import { Means } from './metrics.js';
import { firstNotFinite } from './not-finite.js';
import { Stepper } from './optimizer.js';
import { Clock } from './progress.js';
import { Trainer, type Pull } from './trainer.js';
import type { WeightValues } from './variables.js';

/** What helps where numbers grow without bound. */
const LOWER = 'A lower learning rate or clip: { norm: 1 } may help';

/** One training, from its first step or that of a checkpoint to its end. */
export class Run {
  private readonly source: DataReader;
  private readonly validation: DataReader | undefined;
  private readonly random: Random;
  private readonly trainer: Trainer;
  private readonly stepper: Stepper;
  private readonly best: Best;
  private readonly clock: Clock;
  private readonly batchSize: number;
  private readonly accumulate: number;
  /** Steps of an epoch and in all; infinite where data tell no size. */
  private readonly perEpoch: number;
  private readonly steps: number;
  private history: EpochRecord[] = [];
  private epoch = 0;
  private step = 0;
  private stepInEpoch = 0;
  private means = new Means();
  private ended: FitResult['ended'] | undefined;
  /** Weights before the last step: those behind the last loss that was finite. */
  private before: WeightValues | undefined;
  private bestValues: WeightValues | undefined;

  constructor(
    private readonly model: Model,
    private readonly options: FitOptions,
  ) {
    const { data, validation, batchSize = 32, accumulate = 1, stepsPerEpoch, epochs } = options;
    this.source = augmented(sourceOf(data), options.augment, options.seed ?? 0);
    this.validation = validation === undefined ? undefined : sourceOf(validation, 'validation');
    this.batchSize = batchSize;
    this.accumulate = accumulate;
    const held = this.source.steps(batchSize);
    if (stepsPerEpoch !== undefined && held !== undefined && held < stepsPerEpoch) {
      fail('train/data', {
        subject: 'stepsPerEpoch',
        expected:
          this.source.size === undefined
            ? `at most the ${held} batches of the data set`
            : `at most ${held}, for ${this.source.size} examples in batches of ${batchSize}`,
        got: String(stepsPerEpoch),
      });
    }
    const batches = stepsPerEpoch ?? held ?? Infinity;
    this.perEpoch = Math.ceil(batches / accumulate);
    this.steps = epochs * this.perEpoch;
    this.random = Random.of(options.seed ?? 0);
    this.best = new Best(options.earlyStopping ?? {}, validation !== undefined);
    this.trainer = new Trainer(model, options, options);
    try {
      this.stepper = new Stepper(options.optimizer ?? 'adam', options.learningRate);
    } catch (error) {
      this.trainer.dispose();
      throw error;
    }
    this.clock = new Clock(this.steps, options.progress);
  }

  /** Looks whether checkpoints can be written, and takes up the one that is there. */
  async begin(): Promise<void> {
    const { checkpoint } = this.options;
    if (checkpoint === undefined) return;
    const found = checkpoint.resume === true ? await readCheckpoint(checkpoint.folder) : undefined;
    await checkSavePlace(checkpoint.folder, { overwrite: checkpoint.resume === true });
    if (found !== undefined) this.resume(found);
  }

  async result(): Promise<FitResult> {
    const { epochs, restoreBest = false } = this.options;
    while (this.epoch < epochs && this.ended === undefined) await this.runEpoch();
    const bestEpoch = restoreBest ? this.best.epoch : undefined;
    const model = await this.trainer.weights.modelOf(restoreBest ? this.bestValues : undefined);
    return {
      model,
      history: this.history,
      ended: this.ended ?? 'finished',
      ...(bestEpoch === undefined ? {} : { bestEpoch }),
    };
  }

  private async runEpoch(): Promise<void> {
    const { shuffle = true } = this.options;
    const random = shuffle ? this.random.fork(`order ${this.epoch}`) : undefined;
    const skip = this.stepInEpoch * this.accumulate;
    let sum: { gradients: tf.NamedTensorMap; count: number } | undefined;
    let seen = skip;
    for await (const batch of this.source.batches(this.epoch, { batchSize: this.batchSize, random, skip })) {
      if (seen >= (this.options.stepsPerEpoch ?? Infinity)) {
        disposeBatch(batch);
        break;
      }
      seen++;
      try {
        // Between steps alone: a checkpoint knows no half of one.
        if (sum === undefined) await this.breathe();
        const pull = await this.pull(batch, seen, sum === undefined);
        sum = { gradients: added(sum?.gradients, pull.gradients), count: (sum?.count ?? 0) + 1 };
        if (sum.count < this.accumulate) continue;
        const { gradients, count } = sum;
        sum = undefined;
        await this.apply(gradients, count, pull);
      } catch (error) {
        if (sum !== undefined) tf.dispose(sum.gradients);
        throw error;
      } finally {
        disposeBatch(batch);
      }
    }
    this.checkSeen(seen);
    if (sum !== undefined) await this.apply(sum.gradients, sum.count, undefined);
    await this.endEpoch();
  }

  /**
   * Loss and gradients of a batch; training ends where the loss is not finite.
   * @param isFirst of the batches of a step.
   */
  private async pull(batch: Batch, seen: number, isFirst: boolean): Promise<Pull> {
    const { step, steps, trainer } = this;
    const random = this.random.fork(`noise ${step} ${seen % this.accumulate}`);
    const pull = await trainer.pull(batch, { step, steps }, random);
    const isFinite = Number.isFinite(pull.numbers['loss']);
    if (isFinite) {
      if (isFirst) this.remember();
      trainer.weights.move(pull.statistics);
    }
    tf.dispose(pull.statistics.flat());
    if (!isFinite) {
      tf.dispose(pull.gradients);
      await this.endNotFinite(batch, pull.numbers['loss'] as number);
    }
    this.means.add(pull.numbers, pull.examples);
    return pull;
  }

  /** Keeps the weights of now, which a finite loss has shown to be good. */
  private remember(): void {
    if (this.before !== undefined) tf.dispose([...this.before.values()]);
    this.before = this.trainer.weights.values();
  }

  private async apply(gradients: tf.NamedTensorMap, count: number, pull: Pull | undefined): Promise<void> {
    const { weights } = this.trainer;
    const bounded = clipped(scaled(gradients, 1 / count), this.options.clip);
    try {
      this.stepper.apply(bounded, this.step, this.steps);
    } finally {
      tf.dispose(bounded);
    }
    weights.project(this.model.facts);
    this.step++;
    this.stepInEpoch++;
    const numbers = pull?.numbers ?? {};
    this.clock.tick(this.step, this.epoch, numbers);
    await this.options.callbacks?.onStep?.({ step: this.step, epoch: this.epoch, numbers }, this.control);
    const every = this.options.checkpoint?.everySteps;
    if (every !== undefined && this.step % every === 0) await this.save();
  }

  private checkSeen(seen: number): void {
    const { stepsPerEpoch = 1 } = this.options;
    if (seen >= stepsPerEpoch) return;
    const isAgain = seen === 0 && this.epoch > 0;
    fail('train/data', {
      subject: 'data',
      expected: stepsPerEpoch === 1 ? 'at least one batch' : `${stepsPerEpoch} batches in an epoch`,
      got: `${seen === 0 ? 'none' : seen} in epoch ${this.epoch + 1}`,
      advice: isAgain
        ? 'Make the batches anew for each epoch'
        : 'Give as many as stepsPerEpoch says, or leave it out',
    });
  }

  private async endEpoch(): Promise<void> {
    await this.requireFinite();
    const { step, steps, epoch } = this;
    const numbers = this.means.values;
    const { validation } = this;
    if (validation !== undefined) {
      const batchSize = Math.max(this.batchSize, 256);
      const { signal } = this.options;
      const found = await this.stoppable(() =>
        measureAll(this.trainer, validation, { batchSize, subject: 'validation', signal }, { step, steps }),
      );
      for (const [name, value] of Object.entries(found)) numbers[`validation/${name}`] = value;
    }
    const record: EpochRecord = { epoch, numbers, steps: step, learningRate: this.stepper.rate };
    this.history = [...this.history, record];
    const { isBest, stop } = this.best.see(record);
    if (isBest && this.options.restoreBest === true) this.keepBest(this.trainer.weights.values());
    if (stop) this.ended = 'early';
    this.epoch++;
    this.stepInEpoch = 0;
    this.means = new Means();
    this.clock.epochDone(record, this.options.epochs);
    await this.options.callbacks?.onEpoch?.(record, this.control);
    if (this.options.checkpoint !== undefined) await this.save();
  }

  private keepBest(values: WeightValues): void {
    if (this.bestValues !== undefined) tf.dispose([...this.bestValues.values()]);
    this.bestValues = values;
  }

  private readonly control: Control = {
    stop: () => void (this.ended ??= 'callback'),
    model: () => this.trainer.weights.modelOf(),
  };

  /** Lets signals be heard now and then. */
  private async breathe(): Promise<void> {
    if (this.clock.isBreathDue) await this.stoppable(() => breathe(this.options.signal, 'training'));
  }

  /** Does work that a signal may end. What was learnt is kept then. */
  private async stoppable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!isOptimizeError(cause) || cause.code !== 'aborted') throw cause;
      const { checkpoint } = this.options;
      if (checkpoint !== undefined) await this.save();
      const advice =
        checkpoint === undefined
          ? 'The error holds the model'
          : `Go on from ${checkpoint.folder} with resume: true`;
      throw new TrainingError(
        'aborted',
        {
          subject: 'training',
          expected: 'to run to its end',
          got: `a request to stop after ${this.step} steps`,
          advice,
          cause,
        },
        await this.trainer.weights.modelOf(),
        this.history,
      );
    }
  }

  private async endNotFinite(batch: Batch, loss: number): Promise<never> {
    const { weights } = this.trainer;
    const now = await weights.modelOf();
    const { place, isData } = await firstNotFinite(now, batch);
    const model = isData || this.before === undefined ? now : await weights.modelOf(this.before);
    const advice = isData ? 'Look for NaN in the data' : LOWER;
    const got = `${loss}; ${place}`;
    throw this.notFinite({ step: this.step + 1, expected: 'a finite loss', got, advice }, model);
  }

  /** Ends it where the last step made weights that are not finite, before they are kept anywhere. */
  private async requireFinite(): Promise<void> {
    const { weights } = this.trainer;
    const strange = await weights.notFinite();
    if (strange === undefined) return;
    const got = `NaN or infinity in ${strange}`;
    throw this.notFinite(
      { step: this.step, expected: 'finite weights', got, advice: LOWER },
      await weights.modelOf(this.before),
    );
  }

  private notFinite(
    {
      step,
      ...what
    }: { readonly step: number; readonly expected: string; readonly got: string; readonly advice: string },
    model: Model<'float'>,
  ): TrainingError {
    const subject = `step ${step} of training`;
    const advice = `${what.advice}; the error holds the last good model`;
    return new TrainingError('train/not-finite', { ...what, subject, advice }, model, this.history);
  }

  private async save(): Promise<void> {
    const { checkpoint } = this.options;
    if (checkpoint === undefined) return;
    await this.requireFinite();
    const { iterations, tensors } = this.stepper.state();
    const all = new Map<string, tf.Tensor>();
    for (const [name, tensor] of tensors) all.set(`optimizer/${name}`, tensor);
    for (const [name, tensor] of this.bestValues ?? []) all.set(`best/${name}`, tensor);
    this.trainer.ownVariables().forEach((variable, i) => all.set(`loss/${i}`, variable));
    const state: TrainingState = {
      ...{ step: this.step, epoch: this.epoch, stepInEpoch: this.stepInEpoch },
      ...{ optimizer: this.stepper.name, iterations, means: this.means.state, best: this.best.state },
      ...{ history: this.history, settings: this.settings },
      ...(this.ended === 'early' && { endedEarly: true }),
    };
    await writeCheckpoint(checkpoint.folder, await this.trainer.weights.modelOf(), state, all);
  }

  private get settings(): Record<string, number> {
    const { seed = 0 } = this.options;
    const { batchSize, accumulate } = this;
    return {
      seed,
      batchSize,
      accumulate,
      ...(this.source.size === undefined ? {} : { examples: this.source.size }),
    };
  }

  private resume({ state, weights, tensors }: Checkpoint): void {
    const { settings } = this;
    for (const name of new Set([...Object.keys(settings), ...Object.keys(state.settings)])) {
      if (settings[name] === state.settings[name]) continue;
      fail('train/checkpoint', {
        subject: this.options.checkpoint?.folder ?? 'checkpoint',
        expected: `a training with ${name} ${settings[name]}`,
        got: `one with ${name} ${state.settings[name]}`,
        advice: 'Resume with the settings that it began with, or choose another folder',
      });
    }
    if (state.optimizer !== this.stepper.name) {
      fail('train/checkpoint', {
        subject: 'optimizer',
        expected: `${state.optimizer}, with which the training began`,
        got: this.stepper.name,
        advice: 'Resume with the same optimizer',
      });
    }
    this.trainer.restore(weights, tensors, this.options.checkpoint?.folder ?? 'checkpoint');
    tf.tidy(() => {
      const prefix = 'optimizer/';
      const own = [...tensors].filter(([name]) => name.startsWith(prefix));
      const slots = new Map(
        own.map(([name, weight]) => [
          name.slice(prefix.length),
          tf.tensor(weight.numbers(), [...weight.shape], weight.dtype),
        ]),
      );
      this.stepper.restore({ iterations: state.iterations, tensors: slots }, this.trainer.variables());
      const best = [...tensors].filter(([name]) => name.startsWith('best/'));
      if (best.length > 0)
        this.keepBest(
          new Map(
            best.map(([name, weight]) => [
              name.slice(5),
              tf.keep(tf.tensor(weight.numbers(), [...weight.shape])),
            ]),
          ),
        );
    });
    ({ step: this.step, epoch: this.epoch, stepInEpoch: this.stepInEpoch } = state);
    this.history = [...state.history];
    this.means = Means.of(state.means);
    this.best.resume(state.best);
    if (state.endedEarly === true) this.ended = 'early';
    this.clock.from(this.step);
  }

  dispose(): void {
    this.trainer.dispose();
    this.stepper.dispose();
    for (const values of [this.before, this.bestValues])
      if (values !== undefined) tf.dispose([...values.values()]);
  }
}
