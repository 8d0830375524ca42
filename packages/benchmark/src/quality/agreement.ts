import { fail } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { Share } from './accuracy.js';
import { NO_CLASS, predictedClasses, type ClassOptions } from './classes.js';
import { shapeText, type Metric } from './metric.js';
import { predict } from './predict.js';

/** Options of {@link agreement}. */
export interface AgreementOptions extends ClassOptions {
  /** Key of the reference's output, where it has several. */
  readonly output?: string;
}

/**
 * Share of examples that a reference, such as the model before it was optimized, puts into the same class,
 * from 0 to 1. Needs no labels. The reference runs on the same inputs. NaN agrees with nothing.
 */
export function agreement(reference: Candidate, options: AgreementOptions = {}): Metric {
  const name = 'agreement with the reference';
  return {
    name,
    higherIsBetter: true,
    start() {
      const agreed = new Share();
      return {
        async add({ predictions, xs }) {
          const expected = await predict(reference, xs, options.output, 'reference');
          if (shapeText(expected) !== shapeText(predictions)) {
            fail('quality/output', {
              subject: name,
              expected: `predictions ${shapeText(expected)} as the reference gives`,
              got: shapeText(predictions),
            });
          }
          const classes = predictedClasses(expected, name, options);
          predictedClasses(predictions, name, options).forEach((own, row) =>
            agreed.add(own !== NO_CLASS && own === classes[row]),
          );
        },
        result: () => ({ score: agreed.value() }),
      };
    },
  };
}
