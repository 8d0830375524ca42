import type { Node, Shape, ValueId } from '@tfjs-optimize/core';

/** Ends of a clamp in real numbers; an end that is missing does not clamp. */
export interface RealClamp {
  readonly min?: number;
  readonly max?: number;
}

/** A constant as numbers. */
export interface Constant {
  /** Name of the Const that holds it or most of it. */
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
}

/** What all units have. */
interface Base {
  /** The node whose outputs the unit makes. */
  readonly node: Node;
  /** Nodes whose work it does, beside that of {@link node}: a convolution in front of its bias and activation. */
  readonly absorbed: readonly Node[];
  /** Values that it takes as int8, constants among them, in the order of the integer op. */
  readonly inputs: readonly ValueId[];
  /** Values that it makes as int8. */
  readonly outputs: readonly ValueId[];
}

/** A convolution or a product with a constant matrix, with bias and clamp. */
export interface LinearUnit extends Base {
  readonly kind: 'linear';
  readonly op: 'Conv2D' | 'DepthwiseConv2D' | 'MatMul';
  /** The node that multiplies: its strides and padding count. Undefined where there is no window. */
  readonly window: Node | undefined;
  readonly kernel: Constant;
  /** How many channels come out; the last axis (or two, of a depthwise kernel) of the kernel counts them. */
  readonly channels: number;
  readonly bias: Constant | undefined;
  readonly clamp: RealClamp;
}

/** A product of two values. */
export interface ProductUnit extends Base {
  readonly kind: 'product';
  readonly transposed: { readonly a: boolean; readonly b: boolean };
}

/** Sum, difference or product, element by element. */
export interface BinaryUnit extends Base {
  readonly kind: 'binary';
  readonly op: 'Add' | 'Sub' | 'Mul';
  readonly clamp: RealClamp;
}

/** Moves int8 values, or picks among them, and leaves them as they are: a stock op does it. */
export interface MoveUnit extends Base {
  readonly kind: 'move';
  /** Places of {@link inputs} among the node's inputs. */
  readonly places: readonly number[];
  /** A number that it fills in where there is no input. */
  readonly fill: number | undefined;
}

/** Averages, or the greatest, of windows. */
export interface PoolUnit extends Base {
  readonly kind: 'pool';
  readonly op: 'AvgPool' | 'MaxPool';
}

export interface ResizeUnit extends Base {
  readonly kind: 'resize';
  readonly op: 'ResizeBilinear' | 'ResizeNearestNeighbor';
}

export interface MeanUnit extends Base {
  readonly kind: 'mean';
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** A function of one value. */
export interface TableUnit extends Base {
  readonly kind: 'table';
  readonly apply: (x: number) => number;
  /** The parameters that the specification fixes for its output. */
  readonly fixed: 'sigmoid' | 'tanh' | undefined;
}

/** A clamp that no op in front of it takes. */
export interface ClampUnit extends Base {
  readonly kind: 'clamp';
  readonly clamp: RealClamp;
}

export interface SoftmaxUnit extends Base {
  readonly kind: 'softmax';
}

/** Nodes of a float graph that have an integer form. */
export type Unit =
  | LinearUnit
  | ProductUnit
  | BinaryUnit
  | MoveUnit
  | PoolUnit
  | ResizeUnit
  | MeanUnit
  | TableUnit
  | ClampUnit
  | SoftmaxUnit;

/** Whether a unit is worth quantizing its input for. */
export function isCompute({ kind }: Unit): boolean {
  return kind === 'linear' || kind === 'product';
}

/** Whether the output of a unit has the scale and zero point of its inputs. */
export function keepsParameters({ kind }: Unit): boolean {
  return kind === 'move' || kind === 'pool' || kind === 'resize';
}
