import * as tf from '@tensorflow/tfjs';
import { breathe, fail, type Progress } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import type { QualityRecord } from '../record/profile.js';
import { batchesOf, exampleCount, tensorsOf, type EvaluationData, type LabelledBatch } from './batches.js';
import type { Metric, MetricResult, Scored, Tally } from './metric.js';
import { predict } from './predict.js';

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /**
   * Examples in a batch where all are given as tensors; 128 unless told. Batches of iterables and datasets
   * are taken as they come.
   */
  readonly batchSize?: number;
  /** Key of the output that is scored, where the model has several. */
  readonly output?: string;
  readonly signal?: AbortSignal;
  /** Told after every batch how many examples are done, and of how many where that is known. */
  readonly progress?: (event: Progress) => void;
}

/**
 * Scores a model on labelled examples, batch by batch: no more than one batch of predictions is held. Means
 * are over examples, so that the size of batches, and a smaller last one, make no difference to them.
 *
 * Tensors that existed before stay the caller's; those that come into being while an iterable or a dataset
 * is read are disposed of when their batch is done.
 *
 * Examples with NaN among their outputs count as wrong and are told in the record's `notANumber`; metrics
 * that are means of values refuse them.
 *
 * @throws `argument/missing` without metrics or examples, `argument/invalid`, `model/input` naming the input
 *   that does not fit, `quality/labels`, `quality/output`, `aborted`.
 */
export async function evaluate(
  model: Candidate,
  dataset: EvaluationData,
  metrics: readonly Metric[],
  options: EvaluateOptions = {},
): Promise<QualityRecord> {
  const { batchSize = 128, output, signal, progress } = options;
  check(metrics, batchSize);
  const batches = batchesOf(dataset, batchSize);
  const total = exampleCount(dataset);
  await tf.ready();
  const tallies = metrics.map((metric) => metric.start());
  const newest = tf.tidy(() => tf.scalar(0).id);
  let examples = 0;
  let notANumber = 0;
  for await (const batch of batches) {
    try {
      await breathe(signal, 'evaluating');
      const predictions = await predict(model, batch.xs, output, 'model');
      requireRows(predictions, tensorsOf({ xs: batch.xs }));
      await addTo(tallies, batch, predictions);
      examples += predictions.shape[0] as number;
      notANumber += countNaN(predictions);
      progress?.({ task: 'evaluate', done: examples, ...(total !== undefined && { total }) });
    } finally {
      tf.dispose(tensorsOf(batch).filter(({ id }) => id > newest));
    }
  }
  if (examples === 0) {
    fail('argument/missing', { subject: 'dataset', expected: 'at least one example', got: 'none' });
  }
  return recordOf(metrics, tallies, examples, notANumber);
}

function check(metrics: readonly Metric[], batchSize: number): void {
  const given: unknown = metrics;
  const areMetrics = Array.isArray(given) && given.every((each: unknown) => isMetric(each));
  if (!areMetrics) {
    fail('argument/invalid', {
      subject: 'metrics',
      expected: 'a list of metrics',
      got: Array.isArray(given) ? 'a list of something else' : typeof given,
      advice: 'Call what makes them: [accuracy()]',
    });
  }
  if (metrics.length === 0) {
    fail('argument/missing', {
      subject: 'metrics',
      expected: 'at least one, such as accuracy()',
      got: 'none',
    });
  }
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    fail('argument/invalid', { subject: 'metrics', expected: 'each name once', got: `'${twice}' twice` });
  }
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    fail('argument/invalid', {
      subject: 'batchSize',
      expected: 'a whole number of at least 1',
      got: String(batchSize),
    });
  }
}

function isMetric(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'start' in value && typeof value.start === 'function';
}

/** A prediction for each example. */
function requireRows({ shape }: Scored, [first]: readonly tf.Tensor[]): void {
  const rows = first?.shape[0];
  if (rows === undefined || shape[0] === rows) return;
  fail('quality/output', {
    subject: 'output of the model',
    expected: `${rows} rows, one for each example`,
    got: String(shape[0]),
  });
}

async function addTo(
  tallies: readonly Tally[],
  { xs, ys }: LabelledBatch,
  predictions: Scored,
): Promise<void> {
  const labels = ys && { shape: ys.shape, values: await ys.data() };
  for (const tally of tallies) await tally.add({ predictions, xs, ...(labels && { labels }) });
}

/** Examples of which an output is NaN. */
function countNaN({ shape, values }: Scored): number {
  const each = values.length / (shape[0] as number);
  const examples = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) examples.add(Math.floor(i / each));
  }
  return examples.size;
}

function recordOf(
  metrics: readonly Metric[],
  tallies: readonly Tally[],
  examples: number,
  notANumber: number,
): QualityRecord {
  const results = tallies.map((tally) => tally.result());
  const scores = metrics.flatMap(({ name, higherIsBetter }, i) => {
    const value = (results[i] as MetricResult).score;
    return value === undefined ? [] : [{ name, value, higherIsBetter }];
  });
  const confusion = results.find((result) => result.confusion !== undefined)?.confusion;
  return {
    examples,
    scores,
    ...(notANumber > 0 && { notANumber }),
    ...(confusion && { confusion }),
  };
}
