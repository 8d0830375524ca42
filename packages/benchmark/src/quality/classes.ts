import { fail } from '@tfjs-optimize/core';
import { needLabels, shapeText, type Scored, type ScoredBatch } from './metric.js';

/** Options of metrics that count classes. */
export interface ClassOptions {
  /**
   * For models with a single output a class: the output above which an example counts as class 1. 0.5 unless
   * told, which asks for probabilities; give 0 for logits.
   */
  readonly threshold?: number;
}

/** In place of a class, where an output is NaN. */
export const NO_CLASS = -1;

/** Classes of the rows of a batch: of examples, or of positions in examples (as of words in texts). */
export interface ClassedRows {
  /** How many classes there are. */
  readonly classes: number;
  readonly predicted: Int32Array;
  readonly truth: Int32Array;
}

/**
 * Classes that were predicted and those that were right. Predictions are scores `[..., classes]`, of which
 * the largest counts (the first of equals), or one score for each row, `[...]` or `[..., 1]`, which is held
 * against the threshold. Labels are indices `[...]` or `[..., 1]`, or rows `[..., classes]` of which the
 * largest counts: one-hot rows, smoothed ones, probabilities.
 *
 * @throws `quality/labels` for labels of another shape or out of range, `quality/output`.
 */
export function classedRows(batch: ScoredBatch, metric: string, options: ClassOptions): ClassedRows {
  const labels = needLabels(batch, metric);
  const predicted = predictedClasses(batch.predictions, metric, options);
  const { classes } = rowsOf(batch.predictions);
  return { classes, predicted, truth: trueClasses(labels, batch.predictions, metric) };
}

/** How predictions divide into rows. */
export interface Rows {
  /** Sizes of the axes that count rows. */
  readonly lead: readonly number[];
  readonly count: number;
  /** Scores in a row. */
  readonly width: number;
  /** Classes to tell apart: two where a row has a single score. */
  readonly classes: number;
}

/** Predictions of rank 1 have one score a row, others as many as their last axis. */
export function rowsOf({ shape }: Scored): Rows {
  const lead = shape.length > 1 ? shape.slice(0, -1) : shape;
  const width = shape.length > 1 ? (shape.at(-1) as number) : 1;
  return { lead, count: lead.reduce((a, b) => a * b, 1), width, classes: width === 1 ? 2 : width };
}

/** The class of each row; {@link NO_CLASS} where a score of it is NaN. */
export function predictedClasses(
  predictions: Scored,
  metric: string,
  { threshold = 0.5 }: ClassOptions,
): Int32Array {
  const { count, width } = rowsOf(predictions);
  const { values } = predictions;
  if (width > 1) return Int32Array.from({ length: count }, (_, row) => largestAt(values, row * width, width));
  return Int32Array.from({ length: count }, (_, row) => {
    const score = values[row] as number;
    if (Number.isNaN(score)) return NO_CLASS;
    if (threshold === 0.5) requireProbability(score, metric);
    return score > threshold ? 1 : 0;
  });
}

/** The place of the largest of some values, the first of equals; {@link NO_CLASS} where one is NaN. */
function largestAt(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 0; i < length; i++) {
    const value = values[start + i] as number;
    if (Number.isNaN(value)) return NO_CLASS;
    if (value > (values[start + best] as number)) best = i;
  }
  return best;
}

function requireProbability(score: number, metric: string): void {
  if (score >= 0 && score <= 1) return;
  fail('quality/output', {
    subject: metric,
    expected: 'probabilities from 0 to 1 of a model with a single output',
    got: String(score),
    advice: 'Give {threshold: 0} for logits, which are above 0 where the probability is above 0.5',
  });
}

/** The class that each label stands for. */
export function trueClasses(labels: Scored, predictions: Scored, metric: string): Int32Array {
  const rows = rowsOf(predictions);
  const { lead, count, classes } = rows;
  const { values } = labels;
  if (isShape(labels, lead) || isShape(labels, [...lead, 1])) {
    return Int32Array.from({ length: count }, (_, row) => requireClass(values[row], row, rows, metric));
  }
  if (isShape(labels, [...lead, classes])) {
    return Int32Array.from({ length: count }, (_, row) => hotClass(values, row, rows, metric));
  }
  return fail('quality/labels', {
    subject: metric,
    expected: `class indices [${lead.join(',')}] or rows [${[...lead, classes].join(',')}] for predictions ${shapeText(predictions)}`,
    got: `labels ${shapeText(labels)}`,
  });
}

function isShape(scored: Scored, shape: readonly number[]): boolean {
  return scored.shape.length === shape.length && shape.every((size, i) => size === scored.shape[i]);
}

function requireClass(label: number | undefined, row: number, rows: Rows, metric: string): number {
  if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < rows.classes) {
    return label as number;
  }
  return fail('quality/labels', {
    subject: `${metric}, label of ${rowText(row, rows)}`,
    expected: `a class from 0 to ${rows.classes - 1}`,
    got: String(label),
    advice: 'Classes are counted from 0',
  });
}

function hotClass(values: ArrayLike<number>, row: number, rows: Rows, metric: string): number {
  const { classes } = rows;
  const start = row * classes;
  const best = largestAt(values, start, classes);
  const largest = values[start + best];
  let equals = 0;
  for (let i = 0; i < classes; i++) if (values[start + i] === largest) equals++;
  if (best !== NO_CLASS && equals === 1) return best;
  return fail('quality/labels', {
    subject: `${metric}, label of ${rowText(row, rows)}`,
    expected: 'one class that is larger than the others',
    got: best === NO_CLASS ? 'NaN' : `${equals} classes of ${largest}`,
  });
}

function rowText(row: number, { lead }: Rows): string {
  const each = lead.slice(1).reduce((a, b) => a * b, 1);
  const example = `example ${Math.floor(row / each)} of the batch`;
  return each === 1 ? example : `${example}, position ${row % each}`;
}
