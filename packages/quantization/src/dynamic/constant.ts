import type { GraphView, Shape, ValueId, Weight } from '@tfjs-optimize/core';

/** Floats that a model does not compute from its inputs. */
export interface ConstantFloats {
  readonly shape: Shape;
  /** Name of the Const node that holds them, or most of them. */
  readonly name: string;
  readonly values: () => ArrayLike<number>;
  /** All of them are whole multiples of this step, where they were stored as uint8. */
  readonly step?: number;
}

/**
 * The floats behind a value: those of a Const, through Identity nodes, or of a Const that stays as it is stored and is
 * multiplied by a vector when the model runs, as fusion leaves weights of few bits. Undefined for all else.
 */
export function weightOf(value: ValueId, view: GraphView): ConstantFloats | undefined {
  const weight = view.weight(value);
  if (weight !== undefined) {
    if (weight.dtype !== 'float32') return undefined;
    const step = stepOf(weight);
    const values = (): ArrayLike<number> => weight.numbers();
    return { shape: weight.shape, name: value, values, ...(step !== undefined && { step }) };
  }
  const node = view.producer(value);
  const [first, second] = node.inputs;
  if (value !== node.name || first === undefined) return undefined;
  if (node.op === 'Identity') return weightOf(first, view);
  if (node.op !== 'Mul' || second === undefined) return undefined;
  const kernel = weightOf(first, view);
  const factor = view.weight(second);
  if (kernel === undefined || factor?.dtype !== 'float32') return undefined;
  if (!broadcastsInto(factor.shape, kernel.shape)) return undefined;
  const { shape, name } = kernel;
  return { shape, name, values: () => multiplied(kernel, factor.numbers(), factor.shape) };
}

/** The step of a weight in the stock format of one byte, whose whole numbers stand for 0, too, as converters see to. */
function stepOf({ encoding }: Weight): number | undefined {
  if (encoding.kind !== 'affine' || encoding.dtype !== 'uint8' || !(encoding.scale > 0)) return undefined;
  const zero = encoding.min / encoding.scale;
  // The minimum was rounded to float32, or written in decimal digits.
  return Math.abs(zero - Math.round(zero)) < 1e-3 ? encoding.scale : undefined;
}

function broadcastsInto(small: Shape, large: Shape): boolean {
  return (
    small.length <= large.length &&
    small.every((size, i) => size === 1 || size === large[large.length - small.length + i])
  );
}

/** In float32, as the graph would. */
function multiplied(kernel: ConstantFloats, factor: ArrayLike<number>, factorShape: Shape): Float32Array {
  const values = Float32Array.from(kernel.values());
  const strides = stridesInto(factorShape, kernel.shape);
  for (let i = 0; i < values.length; i++) {
    let [at, rest] = [0, i];
    for (let axis = strides.length - 1; axis >= 0; axis--) {
      const size = kernel.shape[axis] as number;
      at += (rest % size) * (strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    values[i] = (values[i] as number) * (factor[at] as number);
  }
  return values;
}

/** How far the smaller array moves for a step along each axis of the larger: not at all where it is broadcast. */
function stridesInto(small: Shape, large: Shape): number[] {
  let step = 1;
  const strides = large.map(() => 0);
  for (let i = 1; i <= small.length; i++) {
    const size = small[small.length - i] as number;
    strides[large.length - i] = size === 1 ? 0 : step;
    step *= size;
  }
  return strides;
}
