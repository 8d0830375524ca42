import {
  checkOptions,
  fail,
  optionKinds,
  Random,
  shapeText,
  valueText,
  type Loss,
  type LossInputs,
  type Model,
  type OptionKind,
  type OptionKinds,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { cosineDistance, meanSquaredDifference } from './distances.js';
import { shapesOf, valueNamed } from './values.js';

/** Inner values that are to become alike. */
export interface MatchOptions {
  /** A layer or node of the student. */
  readonly student: string;
  /** A layer or node of the teacher, of the first if there are several. */
  readonly teacher: string;
  /** What the difference counts beside the other losses; 1 unless told. */
  readonly weight?: number | ((step: number, steps: number) => number);
  /** Mean of squared differences (FitNets, TinyBERT), or one less the cosine of rows (DistilBERT). */
  readonly distance?: 'squared' | 'cosine';
  /**
   * A learned projection of the student's values, a matrix along the last axis: where sizes differ unless told. It is
   * trained along and left behind.
   */
  readonly projection?: boolean;
}

/** What a loss counts beside others at a step. */
export const rateKind = optionKinds.number('a number from 0 up', (value) => value >= 0 && value < Infinity);

/** A function: schedules tell no more of themselves. */
export const scheduleKind: OptionKind = { ...optionKinds.code, expected: 'a schedule' };

export const weightKind = optionKinds.either(rateKind, scheduleKind);

const KINDS: OptionKinds<MatchOptions> = {
  student: { ...optionKinds.text, expected: 'a layer or node of the student' },
  teacher: { ...optionKinds.text, expected: 'a layer or node of the teacher' },
  weight: weightKind,
  distance: optionKinds.oneOf('squared', 'cosine'),
  projection: optionKinds.flag,
};

/**
 * Refuses a match whose options are none or of another kind.
 * @param weight what its weight may be, where it is no function.
 */
export function checkMatch(where: string, match: object, weight: OptionKind = KINDS.weight): void {
  checkOptions(match, { ...KINDS, weight }, { where, needed: ['student', 'teacher'] });
}

/** A match whose names are found and whose shapes fit. */
export interface Match {
  readonly loss: Loss;
  readonly weight: NonNullable<MatchOptions['weight']>;
  readonly teacherValue: ValueId;
}

/**
 * A loss of inner values.
 * @param extra under which name the teacher's values come with each batch.
 */
export function matchOf(
  options: MatchOptions,
  student: Model,
  teacher: Model,
  extra: string,
  seed: number,
): Match {
  const { weight = 1, distance = 'squared', projection } = options;
  const studentValue = valueNamed(student, options.student, 'student');
  const teacherValue = valueNamed(teacher, options.teacher, 'teacher');
  const name = `match ${options.student}`;
  const [ours, theirs] = [shapesOf(student)(studentValue), shapesOf(teacher)(teacherValue)];
  const needed = checkShapes(name, ours, theirs, projection);
  const compare = distance === 'cosine' ? cosineDistance : meanSquaredDifference;
  return {
    weight,
    teacherValue,
    loss: {
      name,
      settings: `${distance} distance to ${teacherValue}${needed ? ', projected' : ''}`,
      watch: () => [studentValue],
      ...(needed && {
        parameters: () => projectionOf(ours?.at(-1) ?? 0, theirs?.at(-1) ?? 0, Random.of(seed).fork(name)),
      }),
      compute: ({ values, extras, parameters }: LossInputs) => {
        const value = values.get(studentValue) as tf.Tensor;
        return compare(projected(value, parameters), extras[extra] as tf.Tensor);
      },
    },
  };
}

/** Whether a projection is needed. Refuses shapes that it cannot make alike. */
function checkShapes(
  name: string,
  ours: Shape | undefined,
  theirs: Shape | undefined,
  projection: boolean | undefined,
): boolean {
  const refuse = (advice: string): never =>
    fail('distillation/shape', {
      subject: name,
      expected: `values of the teacher's shape ${shapeText(theirs)}`,
      got: shapeText(ours),
      advice,
    });
  if (ours === undefined || theirs === undefined) {
    if (projection === true) return refuse('A projection needs known sizes');
    return false;
  }
  const differs = (a: number | undefined, b: number | undefined): boolean => a !== b && a !== -1 && b !== -1;
  if (ours.length !== theirs.length || ours.slice(0, -1).some((size, axis) => differs(size, theirs[axis])))
    return refuse('A projection changes the last axis alone: match layers whose other sizes agree');
  const needed = projection ?? differs(ours.at(-1), theirs.at(-1));
  if (!needed && differs(ours.at(-1), theirs.at(-1))) return refuse('Leave projection to be learned');
  if (needed && [ours, theirs].some((shape) => (shape.at(-1) ?? -1) < 0))
    return refuse('A projection needs a known size of the last axis');
  return needed;
}

/** A matrix as Glorot and Bengio (2010) begin with, and a row of zeros. */
function projectionOf(from: number, to: number, random: Random): Record<string, tf.Tensor> {
  const limit = Math.sqrt(6 / (from + to));
  const values = Float32Array.from({ length: from * to }, () => random.uniform(-limit, limit));
  return { kernel: tf.tensor2d(values, [from, to]), bias: tf.zeros([to]) };
}

function projected(value: tf.Tensor, parameters: ReadonlyMap<string, tf.Tensor>): tf.Tensor {
  const [kernel, bias] = [parameters.get('kernel'), parameters.get('bias')];
  if (kernel === undefined || bias === undefined) return value;
  const rows = tf.reshape(value, [-1, kernel.shape[0]]);
  const moved = tf.add(tf.matMul(rows, kernel as tf.Tensor2D), bias);
  return tf.reshape(moved, [...value.shape.slice(0, -1), kernel.shape[1] as number]);
}

/**
 * Pairs of layers of a student that has fewer than its teacher.
 * @param choose `even`: spread over the teacher, its last layer with the student's last (TinyBERT); `last`: its last ones.
 */
export function layerMap(
  student: readonly string[],
  teacher: readonly string[],
  choose: 'even' | 'last' = 'even',
): { readonly student: string; readonly teacher: string }[] {
  for (const [side, names] of Object.entries({ student, teacher })) {
    if (optionKinds.list.fits(names) && names.every(optionKinds.text.fits)) continue;
    fail('argument/invalid', {
      subject: `layerMap.${side}`,
      expected: 'a list of names of layers',
      got: valueText(names),
    });
  }
  checkOptions({ choose }, { choose: optionKinds.oneOf('even', 'last') }, { where: 'layerMap' });
  if (student.length === 0 || student.length > teacher.length) {
    fail('argument/invalid', {
      subject: 'layerMap',
      expected: `1 to ${teacher.length} layers of the student, as many as the teacher has at most`,
      got: String(student.length),
    });
  }
  return student.map((name, i) => {
    const at =
      choose === 'last'
        ? teacher.length - student.length + i
        : Math.round(((i + 1) * teacher.length) / student.length) - 1;
    return { student: name, teacher: teacher[at] as string };
  });
}
