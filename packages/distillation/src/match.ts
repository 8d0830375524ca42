import {
  fail,
  Random,
  shapeText,
  type Loss,
  type LossInputs,
  type Model,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { cosineDistance, meanSquaredDifference } from './distances.js';
import { checkOptions, kinds, valueText, type Kind, type Kinds } from './kinds.js';
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

/** What a loss counts beside others. */
export const weightKind: Kind = {
  expected: 'a number from 0 up or a schedule',
  fits: (value) =>
    typeof value === 'function' || (typeof value === 'number' && value >= 0 && value < Infinity),
};

const KINDS: Kinds<MatchOptions> = {
  student: { ...kinds.text, expected: 'a layer or node of the student' },
  teacher: { ...kinds.text, expected: 'a layer or node of the teacher' },
  weight: weightKind,
  distance: kinds.oneOf('squared', 'cosine'),
  projection: kinds.flag,
};

/**
 * Refuses a match whose options are none or of another kind.
 * @param weight what its weight may be, where it is no function.
 */
export function checkMatch(where: string, match: object, weight: Kind = KINDS.weight): void {
  checkOptions(where, match, { ...KINDS, weight });
  for (const side of ['student', 'teacher'] as const) {
    if ((match as Partial<MatchOptions>)[side] !== undefined) continue;
    fail('argument/invalid', { subject: `${where}: ${side}`, expected: KINDS[side].expected, got: 'none' });
  }
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
    if (kinds.list.fits(names) && names.every(kinds.text.fits)) continue;
    fail('argument/invalid', {
      subject: `layerMap: ${side}`,
      expected: 'a list of names of layers',
      got: valueText(names),
    });
  }
  checkOptions('layerMap', { choose }, { choose: kinds.oneOf('even', 'last') });
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
