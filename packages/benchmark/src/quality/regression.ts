import { fail } from '@tfjs-optimize/core';
import { needLabels, shapeText, type Metric, type Scored, type ScoredBatch } from './metric.js';

/**
 * Mean of (prediction - label)² over all elements of all examples; labels have the predictions' shape.
 * @throws `quality/output` for predictions or labels that are not finite: a mean of them is no number.
 */
export function meanSquaredError(): Metric {
  const name = 'mean squared error';
  return {
    name,
    higherIsBetter: false,
    start() {
      let sum = 0;
      let elements = 0;
      return {
        add(batch) {
          const { predictions, labels } = sameShape(batch, name);
          for (let i = 0; i < predictions.length; i++) {
            sum += ((predictions[i] as number) - (labels[i] as number)) ** 2;
          }
          elements += predictions.length;
        },
        result: () => ({ score: sum / elements }),
      };
    },
  };
}

/**
 * Mean cosine of the angle between predicted and right vectors, from -1 to 1: of rows along the last axis.
 * A vector of zeros has no angle and counts as 0, as in scikit-learn.
 * @throws `quality/output` for predictions without an axis of vectors, and for values that are not finite.
 */
export function cosine(): Metric {
  const name = 'cosine similarity';
  return {
    name,
    higherIsBetter: true,
    start() {
      let sum = 0;
      let vectors = 0;
      return {
        add(batch) {
          const width = vectorLength(batch.predictions, name);
          const { predictions, labels } = sameShape(batch, name);
          for (let start = 0; start < predictions.length; start += width) {
            sum += cosineAt(predictions, labels, start, width);
            vectors++;
          }
        },
        result: () => ({ score: sum / vectors }),
      };
    },
  };
}

function vectorLength(predictions: Scored, metric: string): number {
  const length = predictions.shape.at(-1);
  if (predictions.shape.length > 1 && length !== undefined && length > 1) return length;
  return fail('quality/output', {
    subject: metric,
    expected: 'vectors [..., length] of more than one element',
    got: shapeText(predictions),
  });
}

function cosineAt(a: ArrayLike<number>, b: ArrayLike<number>, start: number, length: number): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = start; i < start + length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  // Roundings may carry the quotient past 1.
  const norm = Math.sqrt(squareA) * Math.sqrt(squareB);
  return norm === 0 ? 0 : Math.max(-1, Math.min(1, product / norm));
}

interface ValuePairs {
  readonly predictions: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** Values of predictions and labels; a last axis of 1 may be missing in either. */
function sameShape(batch: ScoredBatch, metric: string): ValuePairs {
  const labels = needLabels(batch, metric);
  const { predictions } = batch;
  if (trimmed(predictions) !== trimmed(labels)) {
    fail('quality/labels', {
      subject: metric,
      expected: `labels of the predictions' shape ${shapeText(predictions)}`,
      got: shapeText(labels),
    });
  }
  requireFinite(predictions, 'predictions', metric);
  requireFinite(labels, 'labels', metric);
  return { predictions: predictions.values, labels: labels.values };
}

function trimmed({ shape }: Scored): string {
  return (shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape).join();
}

function requireFinite({ shape, values }: Scored, what: string, metric: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const each = values.length / (shape[0] as number);
    fail(what === 'labels' ? 'quality/labels' : 'quality/output', {
      subject: `${metric}, ${what} of example ${Math.floor(i / each)} of the batch`,
      expected: 'finite numbers',
      got: String(values[i]),
    });
  }
}
