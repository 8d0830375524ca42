import * as tf from '@tensorflow/tfjs';
import type { Batch, DataReader } from '@tfjs-optimize/core';
import { fail } from '@tfjs-optimize/core/plain';
import { collateOf } from '../collate.js';
import {
  absolute,
  checkDataset,
  isModuleRef,
  isStream,
  type Dataset,
  type StreamDataset,
} from '../dataset.js';
import { loadTransforms, transformsOf, type PlainTransform } from '../transforms/transform.js';
import { after } from '../timer.js';
import { Pool } from '../workers/pool.js';
import { startFor } from '../workers/start.js';
import type { LoadedBatch } from './batch.js';
import { checkNames, tensorsOf, withFloats, type TrainingFields } from './fields.js';
import { batchesOf, type Maker } from './iterate.js';
import { settingsOf, type LoaderOptions, type Settings } from './options.js';
import { batchCount } from './order.js';
import { readBatch } from './read.js';
import { tasksOf } from './tasks.js';

/** Batches of a data set, anew for every iteration. */
export interface Loader extends AsyncIterable<LoadedBatch> {
  /** Batches of an epoch; undefined for streams. */
  readonly length: number | undefined;
  /** Iterates over the next epoch, the first time over epoch 0. */
  [Symbol.asyncIterator](): AsyncGenerator<LoadedBatch, void>;
  /**
   * Iterates over one epoch, whose order and augmentation its number decides.
   * @param skip batches at its beginning that are not read.
   */
  epoch(number: number, skip?: number): AsyncGenerator<LoadedBatch, void>;
  /** Data for `fit` and all that trains with it. The batch size is that of the loader. */
  training(fields: TrainingFields): DataReader;
  /**
   * A data set of tf.data of `{ xs, ys }`, or `{ xs }` where no labels are named, for `model.fitDataset`. Labels are floats,
   * also where they are classes: losses of tf.layers take no others. Each time that it is iterated over, it goes through
   * the next epoch.
   */
  dataset(fields: TrainingFields): tf.data.Dataset<tf.TensorContainer>;
  /** Ends workers that are kept for the next epoch. Those that are at work end with their iteration. */
  close(): Promise<void>;
}

/**
 * Loads a data set in batches. Errors of samples are {@link SampleError}s with the number of the sample.
 *
 * @throws `argument/invalid`; `data/function` where workers would need what only this thread has; `data/stream`. While
 *   iterating: what samples and batches throw, `data/code`, `data/worker`, `aborted`.
 */
export function loader(data: Dataset | StreamDataset, options: LoaderOptions = {}): Loader {
  checkDataset(data);
  return new DataLoader(data, settingsOf(data, options));
}

class DataLoader implements Loader {
  private next = 0;
  private idle: Pool | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly data: Dataset | StreamDataset,
    private readonly settings: Settings,
  ) {}

  get length(): number | undefined {
    return isStream(this.data) ? undefined : batchCount({ ...this.settings, length: this.data.length });
  }

  [Symbol.asyncIterator](): AsyncGenerator<LoadedBatch, void> {
    return this.epoch(this.next++);
  }

  async *epoch(number: number, skip = 0): AsyncGenerator<LoadedBatch, void> {
    for (const [subject, value] of Object.entries({ epoch: number, skip })) {
      if (Number.isInteger(value) && value >= 0) continue;
      fail('argument/invalid', { subject, expected: 'a whole number from 0 up', got: String(value) });
    }
    const maker =
      this.settings.workers > 0 ? await this.workers() : await localMaker(this.data, this.settings);
    yield* batchesOf(tasksOf(this.data, this.settings, number, skip), maker, this.settings.signal);
  }

  training(fields: TrainingFields): DataReader {
    checkFields(fields);
    return {
      size: isStream(this.data) ? undefined : this.data.length,
      steps: () => this.length,
      batches: (epoch, { skip = 0 }) => this.trainingBatches(epoch, skip, fields),
    };
  }

  private async *trainingBatches(
    epoch: number,
    skip: number,
    names: TrainingFields,
  ): AsyncGenerator<Batch, void> {
    for await (const { fields, indices } of this.epoch(epoch, skip)) {
      yield { ...tensorsOf(fields, names), ...(isStream(this.data) ? {} : { indices }) };
    }
  }

  dataset(names: TrainingFields): tf.data.Dataset<tf.TensorContainer> {
    checkFields(names);
    const made = tf.data.generator(() => this.containers(names));
    // TensorFlow.js asks for it to know where an epoch ends.
    if (this.length !== undefined) Object.defineProperty(made, 'size', { value: this.length });
    return made;
  }

  private async *containers(names: TrainingFields): AsyncGenerator<tf.TensorContainer, void> {
    for await (const { fields } of this) {
      const { inputs: xs, labels: ys } = tensorsOf(withFloats(fields, names.labels), names);
      yield { xs, ...(ys === undefined ? {} : { ys }) };
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    const pool = this.idle;
    this.idle = undefined;
    await pool?.end();
  }

  /** Workers that were kept, or new ones. */
  private async workers(): Promise<Maker> {
    clearTimeout(this.timer);
    const kept = this.idle;
    this.idle = undefined;
    const pool = kept ?? (await startPool(this.data, this.settings));
    return {
      ahead: this.settings.workers * this.settings.prefetch,
      make: (task) => pool.make(task),
      waiting: (isWaiting) => pool.hold(isWaiting),
      leave: () => this.keep(pool),
    };
  }

  /** Keeps workers for the next epoch, but not for ever, and not two sets of them. */
  private async keep(pool: Pool): Promise<void> {
    pool.giveUp();
    if (this.idle !== undefined || this.settings.keepWorkersMs === 0) return pool.end();
    this.idle = pool;
    this.timer = after(this.settings.keepWorkersMs, () => void this.close());
    this.timer?.unref?.();
  }
}

function checkFields(fields: TrainingFields): void {
  checkNames(fields?.inputs, 'inputs');
  if (fields.labels !== undefined) checkNames(fields.labels, 'labels');
}

/** Reads on this thread, as it is asked. */
async function localMaker(
  data: Dataset | StreamDataset,
  { transform, collate, seed }: Settings,
): Promise<Maker> {
  const reading = {
    dataset: isStream(data) ? undefined : data,
    types: data.types ?? {},
    transform: await loadTransforms(await transformsOf(transform)),
    collate: await collateOf(collate),
    seed,
  };
  return {
    ahead: 0,
    make: async (task) => (await readBatch(reading, task)) ?? {},
    leave: () => {},
  };
}

async function startPool(
  data: Dataset | StreamDataset,
  { transform, collate, seed, workers, worker }: Settings,
): Promise<Pool> {
  const setup = {
    source: isStream(data) ? undefined : data.source?.(),
    types: data.types ?? {},
    transforms: (await transformsOf(transform)) as PlainTransform[],
    collate: isModuleRef(collate) ? await absolute(collate) : undefined,
    seed,
  };
  return new Pool(await startFor(worker), setup, workers);
}
