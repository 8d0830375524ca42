import { fail, type ModelInputs } from '@tfjs-optimize/core';

/** Outputs of a model, or labels: numbers and their shape, the first axis counting examples. */
export interface Scored {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** What a metric sees of a batch. */
export interface ScoredBatch {
  /** What the model gave. */
  readonly predictions: Scored;
  /** What it should have given; absent where the data has no labels. */
  readonly labels?: Scored;
  /** What the model was given; these tensors live until {@link Tally.add} has returned. */
  readonly xs: ModelInputs;
}

/** Counts of a confusion matrix, a row for each true class and a column for each predicted one. */
export interface Confusion {
  readonly labels: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** What a metric comes to: one number, a confusion matrix, or both. */
export interface MetricResult {
  readonly score?: number;
  readonly confusion?: Confusion;
}

/** What a metric has seen so far of one evaluation. */
export interface Tally {
  add(batch: ScoredBatch): void | Promise<void>;
  /** Asked for once, after at least one example. */
  result(): MetricResult;
}

/** A measure of quality: a value that can be used for any number of evaluations. */
export interface Metric {
  /** What its score is called; no two metrics of an evaluation may have the same name. */
  readonly name: string;
  readonly higherIsBetter: boolean;
  /** Begins an evaluation. */
  start(): Tally;
}

/** The labels of a batch. */
export function needLabels({ labels }: ScoredBatch, metric: string): Scored {
  return (
    labels ??
    fail('argument/missing', {
      subject: metric,
      expected: 'labels to hold predictions against',
      got: 'a batch without ys',
      advice: 'Give {xs, ys}',
    })
  );
}

export function shapeText({ shape }: Pick<Scored, 'shape'>): string {
  return `[${shape.join(',')}]`;
}
