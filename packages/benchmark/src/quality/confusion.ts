import { fail } from '@tfjs-optimize/core';
import { classedRows, NO_CLASS, type ClassOptions } from './classes.js';
import type { Confusion, Metric, ScoredBatch } from './metric.js';

/** Options of {@link confusionMatrix}. */
export interface ConfusionOptions extends ClassOptions {
  /** Names of the classes; their indices unless given. */
  readonly labels?: readonly string[];
}

/**
 * How often each class was taken for which: rows are true classes, columns predicted ones. Examples with NaN
 * stand in no column.
 */
export function confusionMatrix(options: ConfusionOptions = {}): Metric {
  const name = 'confusion matrix';
  return {
    name,
    higherIsBetter: true,
    start() {
      const counts = new ConfusionCounts();
      return {
        add(batch) {
          counts.add(batch, name, options);
          requireLabels(options.labels, counts.classes);
        },
        result: () => ({ confusion: counts.confusion(options.labels) }),
      };
    },
  };
}

function requireLabels(labels: readonly string[] | undefined, classes: number): void {
  if (labels === undefined || labels.length === classes) return;
  fail('argument/invalid', {
    subject: 'labels of the confusion matrix',
    expected: `${classes}, one for each class`,
    got: String(labels.length),
  });
}

/** How F1 scores of classes become one. */
export type F1Average = 'macro' | 'weighted' | 'micro' | 'binary';

/** Options of {@link f1}. */
export interface F1Options extends ClassOptions {
  /**
   * `macro`: mean of the classes' scores, over classes that occur among labels or predictions. `weighted`: the
   * same, each class by how often it occurs among labels. `micro`: all
   * classes counted together. `binary`: the score of class 1 of two. `macro` unless told.
   */
  readonly average?: F1Average;
}

const AVERAGES: readonly F1Average[] = ['macro', 'weighted', 'micro', 'binary'];

/**
 * F1, the harmonic mean of precision and recall, 2·tp / (2·tp + fp + fn), from 0 to 1 (van Rijsbergen 1979);
 * 0 where nothing is counted. Averages are those of scikit-learn. An example with NaN is a miss of its class.
 */
export function f1(options: F1Options = {}): Metric {
  const { average = 'macro' } = options;
  if (!AVERAGES.includes(average)) {
    fail('argument/invalid', {
      subject: 'average of f1',
      expected: AVERAGES.join(', '),
      got: `'${average as string}'`,
    });
  }
  const name = `F1 (${average})`;
  return {
    name,
    higherIsBetter: true,
    start() {
      const counts = new ConfusionCounts();
      return {
        add(batch) {
          counts.add(batch, name, options);
          if (average === 'binary') requireTwo(counts.classes, name);
        },
        result: () => ({ score: averaged(counts.byClass(), average) }),
      };
    },
  };
}

function requireTwo(classes: number, name: string): void {
  if (classes === 2) return;
  fail('argument/invalid', {
    subject: name,
    expected: 'two classes',
    got: String(classes),
    advice: "Use {average: 'macro'} or {average: 'micro'}",
  });
}

/** Examples of a class that were found, taken for it wrongly, and missed. */
interface ClassCounts {
  readonly hits: number;
  readonly false: number;
  readonly missed: number;
}

function averaged(classes: readonly ClassCounts[], average: F1Average): number {
  if (average === 'binary') return score(classes[1] as ClassCounts);
  if (average === 'macro') {
    const scores = classes.filter((each) => each.hits + each.false + each.missed > 0).map(score);
    return scores.reduce((sum, each) => sum + each, 0) / scores.length;
  }
  const sum = (of: (each: ClassCounts) => number): number => classes.reduce((all, each) => all + of(each), 0);
  if (average === 'weighted') {
    const support = (each: ClassCounts): number => each.hits + each.missed;
    return sum((each) => support(each) * score(each)) / sum(support);
  }
  return score({
    hits: sum((each) => each.hits),
    false: sum((each) => each.false),
    missed: sum((each) => each.missed),
  });
}

function score(counts: ClassCounts): number {
  const all = 2 * counts.hits + counts.false + counts.missed;
  return all === 0 ? 0 : (2 * counts.hits) / all;
}

/** A confusion matrix that grows batch by batch. */
class ConfusionCounts {
  classes = 0;
  /** `classes * classes` counts, row by row, and of each class how many have no predicted one. */
  private counts = new Float64Array(0);
  private without = new Float64Array(0);

  add(batch: ScoredBatch, metric: string, options: ClassOptions): void {
    const { classes, predicted, truth } = classedRows(batch, metric, options);
    if (this.classes === 0) {
      this.classes = classes;
      this.counts = new Float64Array(classes * classes);
      this.without = new Float64Array(classes);
    }
    if (classes !== this.classes) {
      fail('quality/output', {
        subject: metric,
        expected: `${this.classes} classes in every batch`,
        got: String(classes),
      });
    }
    truth.forEach((own, row) => {
      const found = predicted[row] as number;
      if (found === NO_CLASS) (this.without[own] as number)++;
      else (this.counts[own * classes + found] as number)++;
    });
  }

  confusion(
    labels = Array.from({ length: this.classes }, (_, i) => String(i)) as readonly string[],
  ): Confusion {
    const counts = labels.map((_, own) => labels.map((__, found) => this.at(own, found)));
    return { labels: [...labels], counts };
  }

  byClass(): ClassCounts[] {
    return Array.from({ length: this.classes }, (_, own) => {
      let wrongly = 0;
      let missed = this.without[own] as number;
      for (let other = 0; other < this.classes; other++) {
        if (other === own) continue;
        wrongly += this.at(other, own);
        missed += this.at(own, other);
      }
      return { hits: this.at(own, own), false: wrongly, missed };
    });
  }

  private at(own: number, found: number): number {
    return this.counts[own * this.classes + found] as number;
  }
}
