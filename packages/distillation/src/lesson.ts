import {
  checkInputs,
  crossEntropy,
  fail,
  type Batch,
  type Loss,
  type LossInputs,
  type Model,
  type Schedule,
  type TrainingData,
  type ValueId,
  type WeightedLoss,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { checkPair } from './check.js';
import { averaged, meanSquaredDifference, softTargetLoss } from './distances.js';
import type { Kind } from './kinds.js';
import { matchOf, type Match } from './match.js';
import { shareKind, temperatureKind, type DistillOptions } from './options.js';
import { logitsOfAll, type Teacher } from './teacher.js';

/** Under which names teachers' values come with a batch. */
const nameOf = (teacher: number, value: number): string => `teacher ${teacher} ${value}`;

/** What a student is taught, and what teachers are asked for it. */
export class Lesson {
  readonly losses: readonly WeightedLoss[];
  /** Values asked of each teacher: its logits first, then those that are matched. */
  readonly asked: readonly (readonly ValueId[])[];

  constructor(
    private readonly student: Model,
    readonly teachers: readonly Teacher[],
    private readonly options: DistillOptions,
  ) {
    const { targets = 'soft' } = options;
    for (const teacher of teachers) checkPair(student, teacher, targets);
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
    const soft = scheduled(alpha ?? (hasLabels(data) ? 0.9 : 1), 'alpha', shareKind);
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
    const at = scheduled(temperature, 'temperature', temperatureKind);
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

  /** What all teachers say of a batch, one after the other. */
  async ask(batch: Batch): Promise<tf.Tensor[]> {
    const { signature } = this.student;
    const byKey = checkInputs(signature, batch.inputs);
    // By their order, since teachers may call their inputs otherwise.
    const inputs = signature.inputs.map(({ key }) => byKey[key] as tf.Tensor);
    const all: tf.Tensor[] = [];
    try {
      for (const [i, teacher] of this.teachers.entries())
        all.push(...(await teacher.ask(inputs, this.asked[i] as readonly ValueId[])));
    } catch (error) {
      tf.dispose(all);
      throw error;
    }
    return all;
  }

  /** What teachers said, by the names under which losses look for it. */
  named(answers: readonly tf.Tensor[]): Record<string, tf.Tensor> {
    const names = this.asked.flatMap((values, teacher) => values.map((_, i) => nameOf(teacher, i)));
    return Object.fromEntries(names.map((name, i) => [name, answers[i] as tf.Tensor]));
  }
}

/** Whether examples in memory come with labels. */
function hasLabels(data: TrainingData): boolean {
  return typeof data === 'object' && 'labels' in data && data.labels !== undefined;
}

/** A number at each step, which must be of its kind; where it ends is looked at before the first step. */
function scheduled(given: number | Schedule, subject: string, { expected, fits }: Kind): Schedule {
  if (typeof given !== 'function') return () => given;
  const at: Schedule = (step, steps) => {
    const value = given(step, steps);
    return fits(value)
      ? value
      : fail('argument/invalid', { subject, expected, got: `${String(value)} at step ${step}` });
  };
  return (step, steps) => {
    if (step === 0 && Number.isFinite(steps)) at(steps - 1, steps);
    return at(step, steps);
  };
}
