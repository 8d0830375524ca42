import {
  bytesText,
  checkSavePlace,
  fail,
  mapBatches,
  type Batch,
  type DataReader,
  type Examples,
  type Note,
  type TrainingData,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { answerBytes, Answers } from './cache.js';
import { cacheKeyOf, loadAnswers, saveAnswers, type CacheKey } from './disk-cache.js';
import type { Lesson } from './lesson.js';
import type { CacheOptions, DistillOptions, Tell } from './options.js';

/** Bytes that answers may take unless told: 1 GiB. */
const MOST = 2 ** 30;

/** Makes data come with what teachers say of them, asked once where that can be. */
export class Taught {
  /** What those who train should know of it. */
  readonly notes: Note[] = [];
  private readonly cache: CacheOptions | undefined;
  private readonly isAugmented: boolean;
  private readonly tell: Tell | undefined;
  private readonly keepers: Keeper[] = [];
  /** Bytes that are left for answers. */
  private left: number;

  constructor(
    private readonly lesson: Lesson,
    { cache = 'memory', augment, progress }: DistillOptions,
  ) {
    this.cache = cache === 'memory' ? {} : cache === false ? undefined : cache;
    this.isAugmented = augment !== undefined;
    this.tell = progress;
    this.left = this.cache?.most ?? MOST;
  }

  /** The data that are trained on. */
  async data(data: TrainingData, source: DataReader): Promise<DataReader> {
    const folder = this.cache?.folder;
    const canKeep = !this.isAugmented && source.size !== undefined;
    if (folder !== undefined && !(canKeep && isExamples(data))) {
      fail('distillation/cache', {
        subject: 'cache',
        expected: 'examples in memory, as they are',
        got: this.isAugmented ? 'augmented ones' : 'batches that a program makes',
        advice: 'Leave cache.folder out',
      });
    }
    return this.reader(data, source, canKeep, folder, 'the data');
  }

  /** Validation data, which are never augmented. Their answers lie beside the folder of the others. */
  validation(data: TrainingData, source: DataReader): Promise<DataReader> {
    const folder = this.cache?.folder;
    const beside = folder === undefined || !isExamples(data) ? undefined : validationFolder(folder);
    return this.reader(data, source, source.size !== undefined, beside, 'validation data');
  }

  /** Writes what is known and not written yet, where a folder is for it. */
  async close(): Promise<void> {
    for (const keeper of this.keepers) await keeper.save();
  }

  private async reader(
    data: TrainingData,
    source: DataReader,
    canKeep: boolean,
    folder: string | undefined,
    what: string,
  ): Promise<DataReader> {
    const { lesson } = this;
    if (this.cache === undefined || !canKeep)
      return withAnswers(source, lesson, (batch) => lesson.ask(batch));
    const keeper = new Keeper(lesson, source.size ?? 0, (bytes) => this.mayTake(bytes, what));
    this.keepers.push(keeper);
    if (folder !== undefined) await keeper.open(folder, await cacheKeyOf(lesson, data as Examples));
    return withAnswers(source, lesson, (batch) => keeper.answers(batch));
  }

  /** Whether so many bytes are left; tells where they are not. */
  private mayTake(bytes: number, what: string): boolean {
    if (bytes <= this.left) {
      this.left -= bytes;
      return true;
    }
    const taken = (this.cache?.most ?? MOST) - this.left;
    const message =
      `Teachers are asked about ${what} at each epoch: their answers would take ${bytesText(bytes)}, of which ` +
      `${bytesText(this.left)} are left. cache: { most: ${taken + bytes} } keeps them`;
    this.notes.push({ level: 'warning', kind: 'declined', subject: 'cache', message });
    this.tell?.({ task: 'distill', message });
    return false;
  }
}

/** Where answers about validation data lie. */
function validationFolder(folder: string): string {
  return `${folder.replace(/[/\\]+$/, '')}-validation`;
}

/** Keeps what teachers said of data whose examples have numbers. */
class Keeper {
  private kept: Answers | undefined;
  private isTooMuch = false;
  private place: { readonly folder: string; readonly key: CacheKey } | undefined;
  /** Examples that are known to the disk. */
  private written = 0;

  /** @param mayTake whether bytes may be taken. */
  constructor(
    private readonly lesson: Lesson,
    private readonly size: number,
    private readonly mayTake: (bytes: number) => boolean,
  ) {}

  /** Takes up what a folder holds, and looks whether it can be written to before an epoch is done in vain. */
  async open(folder: string, key: CacheKey): Promise<void> {
    const found = await loadAnswers(folder, key);
    if (found !== undefined && !this.mayTake(found.bytes)) {
      this.isTooMuch = true;
      return;
    }
    this.kept = found;
    this.written = found?.count ?? 0;
    if (found?.count === found?.size && found !== undefined) return;
    this.place = { folder, key };
    await checkSavePlace(folder, { overwrite: true });
  }

  /** What teachers say of a batch; asked only where it is not known. */
  async answers(batch: Batch): Promise<tf.Tensor[]> {
    const { indices } = batch;
    if (indices === undefined || this.isTooMuch) return this.lesson.ask(batch);
    const found = this.kept?.find(indices);
    if (found !== undefined) return found;
    const tensors = await this.lesson.ask(batch);
    try {
      await this.keep(indices, tensors);
    } catch (error) {
      tensors.forEach((tensor) => tensor.dispose());
      throw error;
    }
    return tensors;
  }

  private async keep(indices: Int32Array, tensors: readonly tf.Tensor[]): Promise<void> {
    if (this.kept === undefined) {
      this.isTooMuch = !this.mayTake(answerBytes(this.size, tensors));
      if (this.isTooMuch) return;
      this.kept = Answers.like(this.size, tensors);
    }
    this.kept.check(indices, tensors);
    await this.kept.add(indices, tensors);
    if (this.kept.count === this.size) await this.save();
  }

  async save(): Promise<void> {
    const { kept, place } = this;
    if (kept === undefined || place === undefined || kept.count === this.written) return;
    this.written = kept.count;
    await saveAnswers(place.folder, kept, place.key);
  }
}

/** Whether data are examples in memory, which can be hashed. */
function isExamples(data: TrainingData): data is Examples {
  return typeof data === 'object' && 'inputs' in data;
}

/** Data whose batches come with what is said of them. */
function withAnswers(
  source: DataReader,
  lesson: Lesson,
  answersTo: (batch: Batch) => Promise<tf.Tensor[]>,
): DataReader {
  return mapBatches(source, async (batch) => ({
    ...batch,
    extras: { ...batch.extras, ...lesson.named(await answersTo(batch)) },
  }));
}
