import { fail } from '@tfjs-optimize/core';
import { classedRows, rowsOf, trueClasses, type ClassOptions } from './classes.js';
import { needLabels, type Metric } from './metric.js';

/** Share of examples whose class is right, from 0 to 1. NaN is never right. */
export function accuracy(options: ClassOptions = {}): Metric {
  const name = 'accuracy';
  return {
    name,
    higherIsBetter: true,
    start() {
      const hits = new Share();
      return {
        add(batch) {
          const { predicted, truth } = classedRows(batch, name, options);
          truth.forEach((own, row) => hits.add(own === predicted[row]));
        },
        result: () => ({ score: hits.value() }),
      };
    },
  };
}

/**
 * Share of examples whose class is among the k of the largest scores, from 0 to 1. Of equal scores the class
 * of lower index comes first, as with `tf.topk`, so that `topK(1)` is accuracy.
 * @param k at least 1 and less than the number of classes.
 */
export function topK(k: number): Metric {
  if (!Number.isSafeInteger(k) || k < 1) {
    fail('argument/invalid', { subject: 'topK', expected: 'a whole number of at least 1', got: String(k) });
  }
  const name = `top-${k} accuracy`;
  return {
    name,
    higherIsBetter: true,
    start() {
      const hits = new Share();
      return {
        add(batch) {
          const { width } = rowsOf(batch.predictions);
          if (k >= width) refuseK(name, width);
          const { values } = batch.predictions;
          const truth = trueClasses(needLabels(batch, name), batch.predictions, name);
          truth.forEach((own, row) => hits.add(placeOf(own, values, row * width, width) < k));
        },
        result: () => ({ score: hits.value() }),
      };
    },
  };
}

function refuseK(name: string, classes: number): never {
  return fail('argument/invalid', {
    subject: name,
    expected: 'more classes than that',
    got: String(classes),
    advice: 'Use accuracy(), or a smaller k',
  });
}

/** The place of a class by score, 0 for the best; the last where a score is NaN. */
function placeOf(own: number, values: ArrayLike<number>, start: number, width: number): number {
  const score = values[start + own] as number;
  let place = 0;
  for (let i = 0; i < width; i++) {
    const other = values[start + i] as number;
    if (Number.isNaN(other)) return width;
    if (other > score || (other === score && i < own)) place++;
  }
  return place;
}

/** Counts how often something is so. */
export class Share {
  private count = 0;
  private total = 0;

  add(is: boolean): void {
    this.total++;
    if (is) this.count++;
  }

  /** From 0 to 1. */
  value(): number {
    return this.count / this.total;
  }
}
