import {
  backend,
  executorOf,
  fail,
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

/** A model to learn from. It is never trained, and may be quantized. */
export type TeacherModel = Model | Exclude<ModelSource, string>;

/** A teacher among several. */
export interface WeightedTeacher {
  readonly model: TeacherModel;
  /** What it counts; 1 unless told. */
  readonly weight?: number;
  /** The backend that it runs on; that of the student unless told. */
  readonly backend?: BackendName;
}

/** A teacher that is ready to be asked. */
export interface Teacher {
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

/** Gets teachers ready. */
export async function teachersOf(
  given: TeacherModel | WeightedTeacher | readonly (TeacherModel | WeightedTeacher)[],
): Promise<readonly Teacher[]> {
  const list = (Array.isArray(given) ? given : [given]) as readonly (TeacherModel | WeightedTeacher)[];
  if (list.length === 0) {
    fail('argument/invalid', { subject: 'teacher', expected: 'at least one model', got: 'none' });
  }
  return Promise.all(
    list.map((each, i) => teacherOf(each, list.length === 1 ? 'teacher' : `teacher ${i + 1}`)),
  );
}

async function teacherOf(given: TeacherModel | WeightedTeacher, subject: string): Promise<Teacher> {
  const { model: source, weight = 1, backend: name } = isWeighted(given) ? given : { model: given };
  if (!(weight > 0 && weight < Infinity)) {
    fail('argument/invalid', {
      subject: `${subject}: weight`,
      expected: 'a number above 0',
      got: String(weight),
    });
  }
  const isOurs = !isModel(source);
  const model = isModel(source) ? source : await loadModel(source);
  const logits = logitsOfAll(model);
  const run = (inputs: readonly tf.Tensor[], values: readonly ValueId[]): Promise<tf.Tensor[]> =>
    executorOf(model).executeAsync(inputs, values);
  return {
    ...{ model, weight, logits },
    ask: (inputs, values) =>
      name === undefined ? run(inputs, values) : elsewhere(name, inputs, (moved) => run(moved, values)),
    dispose: () => {
      if (isOurs) model.dispose();
    },
  };
}

function isWeighted(given: TeacherModel | WeightedTeacher): given is WeightedTeacher {
  return (
    typeof given === 'object' &&
    given !== null &&
    'model' in given &&
    !isModel(given) &&
    !isLayersModel(given)
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
  await backend.use(name);
  try {
    const moved = read.map(tensorOf);
    const results = await work(moved);
    for (const result of results) found.push(await numbersOf(result));
    tf.dispose([...moved, ...results]);
  } finally {
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
