import {
  augmented,
  fail,
  fit,
  isLayersModel,
  isModel,
  sourceOf,
  traceLayersModel,
  type FitOptions,
  type FitResult,
  type Model,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { valueText } from './kinds.js';
import { Lesson } from './lesson.js';
import { checkDistillOptions, fitOptionsOf, type DistillOptions } from './options.js';
import { Taught } from './sources.js';
import { teachersOf, type Teachers } from './teacher.js';

/**
 * Trains a student to answer as its teachers do. The plain form is `distill(student, teacher, { data, epochs })`:
 * temperature 1, no labels, Adam.
 *
 * The loss is alpha · T² · KL(teachers ‖ student) + (1 − alpha) · cross-entropy of the labels + what matches add
 * (Hinton, Vinyals and Dean 2015). Logits are what is before a softmax that a model ends in, or its output.
 *
 * @param student is left as it is; a layers model gets its new weights and is given back.
 * @param teacher one or several; they are not trained.
 * @throws `distillation/…` for models that do not fit each other, names that are none and caches of others,
 *   `argument/invalid` for options of other names or kinds, and what {@link fit} throws.
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
  checkDistillOptions(options);
  const traced = tracedStudent(student, options);
  const teachers = await teachersOf(teacher, traced);
  try {
    const lesson = new Lesson(traced, teachers, options);
    const taught = new Taught(lesson, options);
    const settings = await settingsOf(options, lesson, taught);
    return isLayersModel(student)
      ? withNotes(await closing(taught, () => fit(student, settings)), taught)
      : withNotes(await closing(taught, () => fit(traced, settings)), taught);
  } finally {
    teachers.forEach((each) => each.dispose());
  }
}

/** What training noted, with what was noted of answers. */
function withNotes<M>(result: FitResult<M>, { notes }: Taught): FitResult<M> {
  return { ...result, notes: [...result.notes, ...notes] };
}

function tracedStudent(student: Model | tf.LayersModel, { inputShapes }: DistillOptions): Model {
  if (isModel(student)) return student;
  if (isLayersModel(student)) return traceLayersModel(student, inputShapes && { inputShapes });
  return fail('argument/invalid', {
    subject: 'student',
    expected: 'a model or a layers model',
    got: valueText(student),
    advice: 'Read others with loadModel first',
  });
}

/** What `fit` is to do: the same data, with what teachers say of them. */
async function settingsOf(options: DistillOptions, lesson: Lesson, taught: Taught): Promise<FitOptions> {
  const { data, validation, augment, seed = 0 } = options;
  const { augment: _, ...rest } = fitOptionsOf(options);
  const source = augmented(sourceOf(data), augment, seed);
  return {
    ...rest,
    data: await taught.data(data, source),
    loss: lesson.losses,
    ...(validation !== undefined && {
      validation: await taught.validation(validation, sourceOf(validation, 'validation')),
    }),
  };
}

/** Does work, after which answers are on disk that are to be there: however it ends, since they may be dear. */
async function closing<T>(taught: Taught, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // What went wrong first is what is told.
    await taught.close().catch(() => undefined);
    throw error;
  }
  await taught.close();
  return result;
}
