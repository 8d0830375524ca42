import { attr, getAttr, type Attrs, type Node, type Shape } from './node.js';
import { constraintAttrs, constraintOf, type WeightConstraint } from './weight-constraint.js';

/*
 * What a layer does in training alone has no place in a graph of inference. It is kept in attributes whose names begin
 * with an underscore, which TensorFlow and TensorFlow.js pass over when they load a graph: so it follows its node
 * through passes and files, and goes where the node goes.
 */

/** Kinds of noise of the layers of tf.layers. */
export const NOISES = ['dropout', 'gaussian-noise', 'gaussian-dropout', 'alpha-dropout'] as const;

/** Noise that a layer adds in training; at inference its node, an `Identity`, hands its input on. */
export interface Noise {
  readonly kind: (typeof NOISES)[number];
  /** The rate of a dropout, from 0 to 1; the standard deviation of a `gaussian-noise`. */
  readonly amount: number;
  /** Shape of the random numbers, 1 where they are shared along an axis, -1 for a size of the input. */
  readonly shape?: Shape;
}

const [KIND, AMOUNT, SHAPE] = ['_noise', '_noise_amount', '_noise_shape'] as const;

/** Noise as attributes of an `Identity`. */
export function noiseAttrs({ kind, amount, shape }: Noise): Attrs {
  return {
    [KIND]: attr.string(kind),
    [AMOUNT]: attr.float(amount),
    ...(shape === undefined ? {} : { [SHAPE]: attr.shape(shape) }),
  };
}

/** The noise of a node, if it makes one in training. */
export function noiseOf(node: Node): Noise | undefined {
  const kind = NOISES.find((each) => each === getAttr(node, KIND, 'string'));
  if (kind === undefined) return undefined;
  const shape = getAttr(node, SHAPE, 'shape') ?? undefined;
  return { kind, amount: getAttr(node, AMOUNT, 'float') ?? 0, ...(shape === undefined ? {} : { shape }) };
}

/** How a weight is trained. */
export interface WeightTraining {
  /** False for weights that training leaves alone, such as those of frozen layers. */
  readonly trainable?: boolean;
  /** Factors of the sums of magnitudes and of squares that are added to the loss. */
  readonly l1?: number;
  readonly l2?: number;
  /** Of a moving mean or variance: how much of it a step keeps, from 0 to 1. */
  readonly momentum?: number;
  /** What holds of it after each step. */
  readonly constraint?: WeightConstraint;
  /** What its layer does in training and no attribute tells, in words. */
  readonly leftOut?: readonly string[];
}

/** That as attributes of a weight's `Const`. */
export function weightTrainingAttrs(training: WeightTraining): Attrs {
  const { trainable, l1, l2, momentum, constraint, leftOut } = training;
  return {
    ...(trainable === undefined ? {} : { _trainable: attr.bool(trainable) }),
    ...(l1 === undefined ? {} : { _l1: attr.float(l1) }),
    ...(l2 === undefined ? {} : { _l2: attr.float(l2) }),
    ...(momentum === undefined ? {} : { _momentum: attr.float(momentum) }),
    ...(constraint === undefined ? {} : constraintAttrs(constraint)),
    ...(leftOut === undefined ? {} : { _left_out: attr.strings(leftOut) }),
  };
}

/** How the weight of a `Const` is trained; what is not said is not there. */
export function weightTrainingOf(node: Node): WeightTraining {
  const trainable = getAttr(node, '_trainable', 'bool');
  const [l1, l2, momentum] = ['_l1', '_l2', '_momentum'].map((name) => getAttr(node, name, 'float'));
  const constraint = constraintOf(node);
  const leftOut = getAttr(node, '_left_out', 'strings');
  return {
    ...(trainable === undefined ? {} : { trainable }),
    ...(l1 === undefined ? {} : { l1 }),
    ...(l2 === undefined ? {} : { l2 }),
    ...(momentum === undefined ? {} : { momentum }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}
