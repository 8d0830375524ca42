import {
  backend,
  BACKEND_NAMES,
  executorOf,
  fail,
  isGraphModel,
  isLayersModel,
  isModel,
  loadModel,
  logitsOf,
  type BackendName,
  type Model,
  type ModelSource,
  type ValueId,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { checkOptions, kinds, valueText, type Kinds } from './kinds.js';

/** A model to learn from. It is never trained, and may be quantized. */
export type TeacherModel = Model | Exclude<ModelSource, string>;

/** A teacher among several. */
export interface WeightedTeacher {
  readonly model: TeacherModel;
  /** What it counts; 1 unless told. */
  readonly weight?: number;
  /** The backend that it runs on; that of the student unless told. */
  readonly backend?: BackendName;
  /**
   * Shapes in the place of those of a layers model's inputs, by its names of them; null keeps a size unknown. Sizes
   * that it does not know are those of the student's inputs unless told.
   */
  readonly inputShapes?: Readonly<Record<string, readonly (number | null)[]>>;
}

/** One teacher, or several, whose softmaxes are averaged. */
export type Teachers = TeacherModel | WeightedTeacher | readonly (TeacherModel | WeightedTeacher)[];

/** A teacher that is ready to be asked. */
export interface Teacher {
  /** In messages: `the teacher`, or `teacher 2` of several. */
  readonly called: string;
  readonly model: Model;
  readonly weight: number;
  /** The logits of each output: what is before its softmax, or the output itself. */
  readonly logits: readonly ValueId[];
  /**
   * Values for inputs, on the present backend.
   * @param inputs in the order of its signature.
   * @param values in this order.
   */
  ask(inputs: readonly tf.Tensor[], values: readonly ValueId[]): Promise<tf.Tensor[]>;
  /** Frees it where it was made here, of a layers model or a file; a model stays its owner's. */
  dispose(): void;
}

/**
 * Gets teachers ready.
 * @param student whose sizes stand where those of a layers model are unknown.
 */
export async function teachersOf(given: Teachers, student: Model): Promise<readonly Teacher[]> {
  const list = (Array.isArray(given) ? given : [given]) as readonly (TeacherModel | WeightedTeacher)[];
  if (list.length === 0) {
    fail('argument/invalid', { subject: 'teacher', expected: 'at least one model', got: 'none' });
  }
  const ready: Teacher[] = [];
  try {
    for (const [i, each] of list.entries())
      ready.push(await teacherOf(each, list.length === 1 ? 'teacher' : `teacher ${i + 1}`, student));
  } catch (error) {
    ready.forEach((teacher) => teacher.dispose());
    throw error;
  }
  return ready;
}

const KINDS: Kinds<WeightedTeacher> = {
  model: kinds.anything,
  weight: kinds.number('a number above 0', (value) => value > 0 && value < Infinity),
  backend: { ...kinds.oneOf(...BACKEND_NAMES), expected: `one of ${BACKEND_NAMES.join(', ')}` },
  inputShapes: { ...kinds.object, expected: 'shapes by the names of inputs' },
};

async function teacherOf(
  given: TeacherModel | WeightedTeacher,
  subject: string,
  student: Model,
): Promise<Teacher> {
  if (isWeighted(given)) checkOptions(subject, given, KINDS);
  const {
    model: source,
    weight = 1,
    backend: name,
    inputShapes,
  } = isWeighted(given) ? given : { model: given };
  if (typeof source !== 'object' || source === null) {
    fail('argument/invalid', {
      subject,
      expected: 'a model, {model, weight, backend} or a list of these',
      got: valueText(source),
      ...(typeof source === 'string' && { advice: 'Read it with loadModel first' }),
    });
  }
  const isOurs = !isModel(source);
  const shapes = inputShapes ?? (isLayersModel(source) ? shapesLike(source, student) : undefined);
  const trace = shapes === undefined ? undefined : { inputShapes: shapes };
  const model = isModel(source) ? source : await loadModel(source, { trace });
  const logits = logitsOfAll(model);
  const run = (inputs: readonly tf.Tensor[], values: readonly ValueId[]): Promise<tf.Tensor[]> =>
    executorOf(model).executeAsync(inputs, values);
  return {
    ...{ called: subject === 'teacher' ? 'the teacher' : subject, model, weight, logits },
    ask: (inputs, values) =>
      name === undefined ? run(inputs, values) : elsewhere(name, inputs, (moved) => run(moved, values)),
    dispose: () => {
      if (isOurs) model.dispose();
    },
  };
}

/** The student's sizes where a layers model's inputs of as many axes have none; undefined where that changes nothing. */
function shapesLike(
  { inputs }: tf.LayersModel,
  student: Model,
): Record<string, (number | null)[]> | undefined {
  let changes = false;
  const entries = inputs.map(({ name, shape }, i) => {
    const theirs = student.signature.inputs[i]?.shape;
    const fitting = theirs?.length === shape.length ? theirs : undefined;
    const sizes = shape.map((size, axis) => {
      const known = fitting?.[axis] ?? -1;
      if (size !== null || known < 0 || axis === 0) return size;
      changes = true;
      return known;
    });
    return [name, sizes] as const;
  });
  return changes ? Object.fromEntries(entries) : undefined;
}

function isWeighted(given: TeacherModel | WeightedTeacher): given is WeightedTeacher {
  return (
    typeof given === 'object' &&
    given !== null &&
    'model' in given &&
    !isModel(given) &&
    !isLayersModel(given) &&
    !isGraphModel(given)
  );
}

/** What is before the softmax of each output, or the output itself. */
export function logitsOfAll(model: Model): ValueId[] {
  return model.signature.outputs.map(({ value }) => logitsOf(model, value) ?? value);
}

/** Does work on another backend; inputs and what it gives are copied. */
async function elsewhere(
  name: BackendName,
  inputs: readonly tf.Tensor[],
  work: (inputs: readonly tf.Tensor[]) => Promise<tf.Tensor[]>,
): Promise<tf.Tensor[]> {
  const before = tf.getBackend();
  const read = await Promise.all(inputs.map(numbersOf));
  const found: Numbers[] = [];
  const made: tf.Tensor[] = [];
  await backend.use(name);
  try {
    made.push(...read.map(tensorOf));
    const results = await work([...made]);
    made.push(...results);
    for (const result of results) found.push(await numbersOf(result));
  } finally {
    tf.dispose(made);
    await tf.setBackend(before);
  }
  return found.map(tensorOf);
}

/** A tensor as numbers in memory of JavaScript. */
interface Numbers {
  readonly values: tf.TypedArray;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

async function numbersOf(tensor: tf.Tensor): Promise<Numbers> {
  const values: tf.TypedArray = await tensor.data<'float32' | 'int32' | 'bool'>();
  return { values: values.slice(), shape: tensor.shape, dtype: tensor.dtype };
}

function tensorOf({ values, shape, dtype }: Numbers): tf.Tensor {
  return tf.tensor(values, shape, dtype);
}
