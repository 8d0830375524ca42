import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { classNumbers, type LossInputs } from './losses.js';

/** What is told of training beside the loss: a mean over the examples of a batch. */
export interface Metric {
  readonly name: string;
  /** Told of validation data alone where batches to train on have no labels, as a teacher's student needs none. */
  readonly needsLabels?: boolean;
  readonly compute: (given: LossInputs) => tf.Tensor;
}

/** A metric by name or one of one's own. */
export type MetricOption = 'accuracy' | Metric;

/** Share of examples whose largest output is that of their class; of one output whether it is on the right side of ½. */
const accuracy: Metric = {
  name: 'accuracy',
  needsLabels: true,
  compute: ({ outputs, labels }) => {
    const [output, wanted] = [outputs[0] as tf.Tensor, labels[0]];
    if (wanted === undefined) {
      fail('train/data', { subject: 'labels', expected: 'labels to tell the accuracy by', got: 'none' });
    }
    if (output.shape.at(-1) === 1) {
      const sides = [output, tf.reshape(wanted, output.shape)].map((each) => tf.greater(each, 0.5));
      return tf.mean(tf.cast(tf.equal(sides[0] as tf.Tensor, sides[1] as tf.Tensor), 'float32'));
    }
    const classes = classNumbers(wanted, output) ?? tf.argMax(wanted, -1);
    return tf.mean(tf.cast(tf.equal(tf.argMax(output, -1), classes), 'float32'));
  },
};

export function metricsOf(options: readonly MetricOption[]): readonly Metric[] {
  return options.map((option) => {
    if (option === 'accuracy') return accuracy;
    if (typeof option === 'object' && option !== null && typeof option.compute === 'function') return option;
    return fail('argument/invalid', {
      subject: 'metrics',
      expected: "'accuracy' or {name, compute}",
      got: typeof option === 'string' ? `'${String(option)}'` : typeof option,
    });
  });
}

/** Means of numbers by name, each counted as often as its batch has examples. */
export class Means {
  private readonly sums = new Map<string, number>();
  private count = 0;

  add(numbers: Readonly<Record<string, number>>, examples: number): void {
    for (const [name, value] of Object.entries(numbers))
      this.sums.set(name, (this.sums.get(name) ?? 0) + value * examples);
    this.count += examples;
  }

  get values(): Record<string, number> {
    return Object.fromEntries([...this.sums].map(([name, sum]) => [name, sum / this.count]));
  }

  /** What is needed to go on later. */
  get state(): { readonly sums: Readonly<Record<string, number>>; readonly count: number } {
    return { sums: Object.fromEntries(this.sums), count: this.count };
  }

  static of({ sums, count }: Means['state']): Means {
    const means = new Means();
    for (const [name, sum] of Object.entries(sums)) means.sums.set(name, sum);
    means.count = count;
    return means;
  }
}
