import {
  checkInputs,
  crossEntropy,
  fail,
  modelDigest,
  type Batch,
  type Loss,
  type LossInputs,
  type Model,
  type OptionKind,
  type Schedule,
  type TrainingData,
  type ValueId,
  type WeightedLoss,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { checkPair } from './check.js';
import { averaged, meanSquaredDifference, softTargetLoss } from './distances.js';
import { matchOf, rateKind, type Match } from './match.js';
import { shareKind, temperatureKind, type DistillOptions } from './options.js';
import { logitsOfAll, type Teacher } from './teacher.js';

/** Under which names teachers' values come with a batch, as messages tell of them. */
const nameOf = (teacher: Teacher, value: number): string =>
  value < teacher.logits.length
    ? `output ${value + 1} of ${teacher.called}`
    : `match[${value - teacher.logits.length}] of ${teacher.called}`;

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
      matchOf(match, student, first.model, nameOf(first, first.logits.length + i), options.seed ?? 0),
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
    const share = alpha ?? (hasLabels(data) ? 0.9 : 1);
    const soft = scheduled(share, 'alpha', shareKind);
    const hard: WeightedLoss[] =
      alpha === undefined && !hasLabels(data)
        ? []
        : [{ loss, weight: typeof share === 'number' ? 1 - share : (step, steps) => 1 - soft(step, steps) }];
    return [
      { loss: this.teaching(student), weight: typeof share === 'number' ? share : soft },
      ...hard.filter(() => alpha !== 1),
      ...matches.map(({ loss, weight }, i) => ({
        loss,
        weight: typeof weight === 'number' ? weight : scheduled(weight, `match[${i}].weight`, rateKind),
      })),
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
        const theirs = this.teachers.map((teacher) => ({
          value: extras[nameOf(teacher, output)] as tf.Tensor,
          weight: teacher.weight,
        }));
        return targets === 'soft'
          ? softTargetLoss(ours, theirs, at(step, steps))
          : meanSquaredDifference(ours, averaged(theirs));
      });
      return losses.reduce((sum, loss) => tf.add(sum, loss));
    };
    return {
      name: targets === 'soft' ? 'softTargets' : 'logits',
      ...(this.options.checkpoint !== undefined && { settings: this.described() }),
      watch: () => [...new Set(logits)],
      compute: compare,
    };
  }

  /** What is taught by whom, in words: a schedule tells nothing of itself. */
  private described(): string {
    const { temperature = 1 } = this.options;
    const at = typeof temperature === 'number' ? String(temperature) : 'a schedule';
    const by = this.teachers.map(
      ({ model, weight }) => `teacher ${modelDigest(model).slice(0, 12)} × ${weight}`,
    );
    return [`temperature ${at}`, ...by].join(', ');
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
    const names = this.asked.flatMap((values, i) =>
      values.map((_, value) => nameOf(this.teachers[i] as Teacher, value)),
    );
    return Object.fromEntries(names.map((name, i) => [name, answers[i] as tf.Tensor]));
  }
}

/** Whether examples in memory come with labels. */
function hasLabels(data: TrainingData): boolean {
  return typeof data === 'object' && 'labels' in data && data.labels !== undefined;
}

/** A number at each step, which must be of its kind; where it ends is looked at before the first step. */
function scheduled(given: number | Schedule, subject: string, { expected, fits }: OptionKind): Schedule {
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
