import {
  augmented,
  checkInputs,
  checkSavePlace,
  crossEntropy,
  disposeBatch,
  fail,
  fit,
  isLayersModel,
  sourceOf,
  traceLayersModel,
  type Batch,
  type DataReader,
  type Examples,
  type FitOptions,
  type FitResult,
  type Loss,
  type LossInputs,
  type LossOption,
  type Model,
  type Schedule,
  type TrainingData,
  type ValueId,
  type WeightedLoss,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { answered, Answers, teachersDigest } from './cache.js';
import { checkPair } from './check.js';
import { examplesHash, loadAnswers, saveAnswers, type CacheKey } from './disk-cache.js';
import { averaged, meanSquaredDifference, softTargetLoss } from './distances.js';
import { matchOf, type Match, type MatchOptions } from './match.js';
import { logitsOfAll, teachersOf, type Teacher, type TeacherModel, type WeightedTeacher } from './teacher.js';

/** Options of {@link distill}. */
export interface DistillOptions extends Omit<FitOptions, 'loss'> {
  /** Examples; labels are needed where `alpha` is below 1 alone. */
  readonly data: TrainingData;
  /**
   * What logits are divided by before the softmax, above 0: the higher, the more the small probabilities count. 1
   * unless told, at each step if it is a schedule.
   */
  readonly temperature?: number | Schedule;
  /**
   * Share of the teacher's word in the loss, from 0 to 1; what is left is the labels'. Unless told 0.9 for examples in
   * memory with labels, else 1: of batches that a program makes it must be told.
   */
  readonly alpha?: number | Schedule;
  /** Whether softmaxes are compared, or logits themselves by their squared difference. */
  readonly targets?: 'soft' | 'logits';
  /** Inner values that are to become alike, too. */
  readonly match?: readonly MatchOptions[];
  /** Losses of one's own beside these. */
  readonly losses?: readonly WeightedLoss[];
  /** The loss of the labels: `crossEntropy` unless told; `meanSquaredError` for regressions. */
  readonly loss?: LossOption;
  /** Share that is taken of a label and spread over all classes, by `crossEntropy`. */
  readonly labelSmoothing?: number;
  /**
   * Where answers of teachers are kept, so that they are asked about an example once: in memory unless told, for
   * examples that lie in memory and are not augmented; or in a folder, for later trainings, too.
   */
  readonly cache?: 'memory' | { readonly folder: string } | false;
}

/** Under which names teachers' values come with a batch. */
const nameOf = (teacher: number, value: number): string => `teacher ${teacher} ${value}`;

/**
 * Trains a student to answer as its teachers do. The plain form is `distill(student, teacher, { data, epochs })`:
 * temperature 1, no labels, Adam.
 *
 * The loss is alpha · T² · KL(teachers ‖ student) + (1 − alpha) · cross-entropy of the labels + what matches add
 * (Hinton, Vinyals and Dean 2015). Logits are what is before a softmax that a model ends in, or its output.
 *
 * @param student is left as it is; a layers model gets its new weights and is given back.
 * @param teacher one or several; they are not trained.
 * @throws `distillation/…` for models that do not fit each other, names that are none and caches of others, and what
 *   {@link fit} throws.
 */
export function distill(student: Model, teacher: Teachers, options: DistillOptions): Promise<FitResult>;
export function distill(
  student: tf.LayersModel,
  teacher: Teachers,
  options: DistillOptions,
): Promise<FitResult<tf.LayersModel>>;
export async function distill(
  student: Model | tf.LayersModel,
  teacher: Teachers,
  options: DistillOptions,
): Promise<FitResult | FitResult<tf.LayersModel>> {
  const traced = isLayersModel(student) ? traceLayersModel(student) : student;
  const { augment, data, ...rest } = options;
  const teachers = await teachersOf(teacher);
  try {
    const lesson = new Lesson(traced, teachers, options);
    const { seed = 0 } = options;
    const source = await lesson.source(data, augmented(sourceOf(data), augment, seed));
    const validation = options.validation;
    const settings: FitOptions = {
      ...rest,
      data: source,
      loss: lesson.losses,
      ...(validation === undefined ? {} : { validation: lesson.plain(sourceOf(validation, 'validation')) }),
    };
    return isLayersModel(student) ? await fit(student, settings) : await fit(traced, settings);
  } finally {
    teachers.forEach((each) => each.dispose());
  }
}

/** One teacher, or several, whose softmaxes are averaged. */
export type Teachers = TeacherModel | WeightedTeacher | readonly (TeacherModel | WeightedTeacher)[];

/** What a student is taught, and how teachers are asked. */
class Lesson {
  readonly losses: readonly WeightedLoss[];
  /** Values asked of each teacher: its logits first. */
  private readonly asked: readonly (readonly ValueId[])[];

  constructor(
    private readonly student: Model,
    private readonly teachers: readonly Teacher[],
    private readonly options: DistillOptions,
  ) {
    const { targets = 'soft' } = options;
    for (const { model } of teachers) checkPair(student, model, targets);
    const first = teachers[0] as Teacher;
    const matches = (options.match ?? []).map((match, i) =>
      matchOf(match, student, first.model, nameOf(0, first.logits.length + i), options.seed ?? 0),
    );
    this.asked = teachers.map(({ logits }, i) =>
      i === 0 ? [...logits, ...matches.map(({ teacherValue }) => teacherValue)] : logits,
    );
    this.losses = this.lossesOf(student, matches);
  }

  private lossesOf(student: Model, matches: readonly Match[]): WeightedLoss[] {
    const {
      alpha,
      data,
      losses = [],
      labelSmoothing = 0,
      loss = crossEntropy({ labelSmoothing }),
    } = this.options;
    const soft = shareOf(alpha ?? (hasLabels(data) ? 0.9 : 1));
    const hard: WeightedLoss[] =
      alpha === undefined && !hasLabels(data)
        ? []
        : [{ loss, weight: (step, steps) => 1 - soft(step, steps) }];
    return [
      { loss: this.teaching(student), weight: soft },
      ...hard.filter(() => alpha !== 1),
      ...matches.map(({ loss, weight }) => ({ loss, weight })),
      ...losses,
    ];
  }

  /** The loss by what teachers say of each output. */
  private teaching(student: Model): Loss {
    const { targets = 'soft', temperature = 1 } = this.options;
    const at = temperatureOf(temperature);
    const logits = logitsOfAll(student);
    const compare = ({ values, extras, step, steps }: LossInputs): tf.Tensor => {
      const losses = logits.map((value, output) => {
        const ours = values.get(value) as tf.Tensor;
        const theirs = this.teachers.map(({ weight }, i) => ({
          value: extras[nameOf(i, output)] as tf.Tensor,
          weight,
        }));
        return targets === 'soft'
          ? softTargetLoss(ours, theirs, at(step, steps))
          : meanSquaredDifference(ours, averaged(theirs));
      });
      return losses.reduce((sum, loss) => tf.add(sum, loss));
    };
    return {
      name: targets === 'soft' ? 'softTargets' : 'logits',
      watch: () => [...new Set(logits)],
      compute: compare,
    };
  }

  /** Batches with what teachers say of them, asked once where that can be. */
  async source(data: TrainingData, source: DataReader): Promise<DataReader> {
    const { cache = 'memory', augment } = this.options;
    const isFolder = typeof cache === 'object';
    const canKeep = cache !== false && augment === undefined && source.size !== undefined;
    if (isFolder && !canKeep) {
      fail('distillation/cache', {
        subject: 'cache',
        expected: 'examples in memory, as they are',
        got: augment === undefined ? 'batches of unknown number' : 'augmented ones',
        advice: 'Leave cache out',
      });
    }
    if (!canKeep) return this.plain(source);
    if (!isFolder) return this.kept(source, new Answers(source.size ?? 0), undefined);
    const key: CacheKey = {
      teachers: teachersDigest(this.teachers, this.asked),
      examples: await examplesHash(data as Examples),
    };
    const found = await loadAnswers(cache.folder, key);
    if (found !== undefined) return this.kept(source, found, undefined);
    // Before an epoch is done in vain.
    await checkSavePlace(cache.folder, { overwrite: true });
    return this.kept(source, new Answers(source.size ?? 0), (answers) =>
      saveAnswers(cache.folder, answers, key),
    );
  }

  /** Batches with what teachers say of them, asked about each. */
  plain(source: DataReader): DataReader {
    return withExtras(source, async (batch) => this.named(await this.ask(batch)));
  }

  private kept(
    source: DataReader,
    answers: Answers,
    save: ((answers: Answers) => Promise<void>) | undefined,
  ): DataReader {
    let isSaved = save === undefined;
    return withExtras(source, async (batch) => {
      const tensors = await answered(answers, batch, () => this.ask(batch));
      if (answers.isComplete && !isSaved) {
        isSaved = true;
        await save?.(answers);
      }
      return this.named(tensors);
    });
  }

  private async ask(batch: Batch): Promise<tf.Tensor[]> {
    // By their order, since teachers may call their inputs otherwise.
    const inputs = Object.values(checkInputs(this.student.signature, batch.inputs));
    const all: tf.Tensor[] = [];
    for (const [i, teacher] of this.teachers.entries())
      all.push(...(await teacher.ask(inputs, this.asked[i] as readonly ValueId[])));
    return all;
  }

  private named(tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> {
    const names = this.asked.flatMap((values, teacher) => values.map((_, i) => nameOf(teacher, i)));
    return Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
  }
}

function withExtras(
  source: DataReader,
  extrasOf: (batch: Batch) => Promise<Record<string, tf.Tensor>>,
): DataReader {
  return {
    size: source.size,
    steps: (batchSize) => source.steps(batchSize),
    async *batches(epoch, options) {
      for await (const batch of source.batches(epoch, options)) {
        let extras;
        try {
          extras = await extrasOf(batch);
        } catch (error) {
          disposeBatch(batch);
          throw error;
        }
        yield { ...batch, extras: { ...batch.extras, ...extras } };
      }
    },
  };
}

/** Whether examples in memory come with labels. */
function hasLabels(data: TrainingData): boolean {
  return typeof data === 'object' && 'labels' in data && data.labels !== undefined;
}

function temperatureOf(temperature: number | Schedule): Schedule {
  return checked(temperature, 'temperature', 'a number above 0', (value) => value > 0 && value < Infinity);
}

function shareOf(alpha: number | Schedule): Schedule {
  return checked(alpha, 'alpha', 'a number from 0 to 1', (value) => value >= 0 && value <= 1);
}

/** A number at each step, which must be in its range. */
function checked(
  given: number | Schedule,
  subject: string,
  expected: string,
  isFit: (value: number) => boolean,
): Schedule {
  const check = (value: number): number =>
    typeof value === 'number' && isFit(value)
      ? value
      : fail('argument/invalid', { subject, expected, got: String(value) });
  if (typeof given !== 'function') check(given);
  return typeof given === 'function' ? (step, steps) => check(given(step, steps)) : () => given;
}
