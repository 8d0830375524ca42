import type * as tf from '@tensorflow/tfjs';
import type { WeightConstraint } from '../graph/weight-constraint.js';

/** What constraints of tf.layers keep, beyond what TensorFlow.js documents. */
interface Constraint {
  readonly getClassName?: () => string;
  readonly axis?: number | readonly number[];
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly rate?: number;
}

/** The constraint of a weight; the name of its class where that is one of the user's own. */
export function constraintOfVariable(variable: tf.LayerVariable): WeightConstraint | string | undefined {
  const constraint = variable.constraint as unknown as Constraint | null | undefined;
  if (constraint === null || constraint === undefined) return undefined;
  const name = classNameOf(constraint);
  const { axis = 0, minValue: min = 0, maxValue: max = 1, rate = 1 } = constraint;
  const axes = typeof axis === 'number' ? [axis] : axis;
  switch (name) {
    case 'NonNeg':
      return { kind: 'non-negative' };
    case 'UnitNorm':
      return { kind: 'unit-norm', axes };
    case 'MaxNorm':
      return { kind: 'max-norm', axes, max };
    case 'MinMaxNorm':
      return { kind: 'min-max-norm', axes, min, max, rate };
    default:
      return name;
  }
}

/** The name of an object's class. */
export function classNameOf(object: object): string {
  const { getClassName } = object as Constraint;
  return typeof getClassName === 'function' ? getClassName.call(object) : object.constructor.name;
}
