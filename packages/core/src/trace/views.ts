import { attr, type ValueId } from '../graph/node.js';
import type { DType } from '../weights.js';
import type { Emitted } from './emitted.js';
import { join, type NodeWriter } from './node-writer.js';
import { isVarying, sameShape, type Num } from './numbers.js';

/**
 * A tensor of the trace in the new graph. TensorFlow.js reshapes a great deal around its kernels;
 * a reshape only changes `shape` here, and becomes a node when an op needs the tensor in that shape.
 * So chains of reshapes collapse, and those that undo each other vanish.
 */
export interface TensorState {
  readonly base: Emitted;
  readonly shape: readonly Num[];
  readonly dtype: DType;
  /** Layer that asked for the shape, for the name of the node. */
  readonly scope: string;
  /** The tensor in its shape, once a node made it. */
  value?: ValueId;
}

/** The value in the shape that the trace saw. */
export function materialize(state: TensorState, writer: NodeWriter): ValueId {
  state.value ??= reshaped(state.base, state.shape, state.scope, writer);
  return state.value;
}

/** The same elements in another shape. */
export function reshaped(base: Emitted, shape: readonly Num[], scope: string, writer: NodeWriter): ValueId {
  if (sameShape(base.shape, shape)) return base.value;
  const value = reshape(base, shape, scope, writer);
  writer.register({ value, shape, dtype: base.dtype });
  return value;
}

function reshape(base: Emitted, shape: readonly Num[], scope: string, writer: NodeWriter): ValueId {
  const unknown = shape.flatMap((size, axis) => (isVarying(size) ? [axis] : []));
  if (unknown.length > 1) {
    const simple = axesOfOne(base, shape, scope, writer);
    if (simple !== undefined) return simple;
  }
  // One size may be left to the op, if no other is zero; best the one that is hardest to compute.
  const free = shape.includes(0)
    ? undefined
    : (unknown.find((axis) => !has(base, shape[axis])) ?? unknown.at(-1));
  const sizes = shape.map((size, axis) => (axis === free ? -1 : size));
  const to = writer.vector(sizes, scope, 'Reshape/shape', [base]);
  return writer.add('Reshape', scope, [base.value, to], {
    T: attr.type(base.dtype),
    Tshape: attr.type('int32'),
  });
}

function has(base: Emitted, size: Num | undefined): boolean {
  return base.shape.some((other) => isVarying(other) && isVarying(size) && other.key === size.key);
}

/** Axes of size one put in or taken out need no shape at run time. */
function axesOfOne(
  base: Emitted,
  shape: readonly Num[],
  scope: string,
  writer: NodeWriter,
): ValueId | undefined {
  const [longer, shorter] = base.shape.length > shape.length ? [base.shape, shape] : [shape, base.shape];
  const extra: number[] = [];
  let at = 0;
  longer.forEach((size, axis) => {
    const other = shorter[at];
    if (other !== undefined && sameShape([size], [other])) at++;
    else if (size === 1) extra.push(axis);
    else at = Infinity;
  });
  if (at !== shorter.length) return undefined;
  const T = attr.type(base.dtype);
  if (longer === base.shape) {
    return writer.add('Squeeze', scope, [base.value], { T, squeeze_dims: attr.ints(extra) });
  }
  return extra.reduce((value, axis) => {
    const dim = writer.scalar(join(scope, 'ExpandDims/dim'), axis, 'int32');
    return writer.add('ExpandDims', scope, [value, dim], { T, Tdim: attr.type('int32') });
  }, base.value);
}
