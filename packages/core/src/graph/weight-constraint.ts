import { attr, getAttr, type Attrs, type Node } from './node.js';

/** Kinds of bounds on weights, as the constraints of tf.layers have them. */
export const CONSTRAINTS = ['max-norm', 'unit-norm', 'min-max-norm', 'non-negative'] as const;

/** What holds of a weight after each step of training. */
export interface WeightConstraint {
  readonly kind: (typeof CONSTRAINTS)[number];
  /** Axes along which norms are taken. */
  readonly axes?: readonly number[];
  /** Bounds of norms. */
  readonly min?: number;
  readonly max?: number;
  /** Of a `min-max-norm`: how much of the way to its bounds a step goes, from 0 to 1. */
  readonly rate?: number;
}

const [KIND, AXES] = ['_constraint', '_constraint_axes'] as const;
const NUMBERS = { min: '_constraint_min', max: '_constraint_max', rate: '_constraint_rate' } as const;

/** That as attributes of a weight's `Const`. */
export function constraintAttrs({ kind, axes, ...numbers }: WeightConstraint): Attrs {
  const floats = Object.entries(numbers) as [keyof typeof NUMBERS, number][];
  return {
    [KIND]: attr.string(kind),
    ...(axes === undefined ? {} : { [AXES]: attr.ints(axes) }),
    ...Object.fromEntries(floats.map(([name, value]) => [NUMBERS[name], attr.float(value)])),
  };
}

/** The constraint of a weight by its `Const`, if it has one. */
export function constraintOf(node: Node): WeightConstraint | undefined {
  const kind = CONSTRAINTS.find((each) => each === getAttr(node, KIND, 'string'));
  if (kind === undefined) return undefined;
  const axes = getAttr(node, AXES, 'ints');
  const numbers = Object.entries(NUMBERS).flatMap(([name, key]): [string, number][] => {
    const value = getAttr(node, key, 'float');
    return value === undefined ? [] : [[name, value]];
  });
  return { kind, ...(axes === undefined ? {} : { axes }), ...Object.fromEntries(numbers) };
}
