import type { DType } from '../../weights.js';
import { broadcastShapes, widerType } from '../ops/dims.js';
import type { Infer, ShapeRule, TensorType } from '../ops/row.js';
import { UNKNOWN, type OpView } from '../ops/view.js';
import type { Shape } from '../node.js';

/* Rules that most families use. A type is given as a fixed one or as a function of the view. */

/** How the type of an output is found. */
export type TypeOf = DType | undefined | ((view: OpView) => DType | undefined);

export const typeOf = (type: TypeOf, view: OpView): DType | undefined =>
  typeof type === 'function' ? type(view) : type;

/** The type of input `index`. */
export const typeOfInput =
  (index = 0) =>
  (view: OpView): DType | undefined =>
    view.dtype(index);

/**
 * float32 for float32; unknown for others, because backends do not agree whether, say, `Exp` of an
 * int32 tensor is int32 (cpu) or float32 (wasm).
 */
export const floatOnly = (view: OpView): DType | undefined =>
  view.dtype(0) === 'float32' ? 'float32' : undefined;

/** The wider type of the first two inputs. */
export const widerOfTwo = (view: OpView): DType | undefined => widerType(view.dtype(0), view.dtype(1));

export const staticRule = (text: string, infer: Infer): ShapeRule => ({ kind: 'static', text, infer });
export const partialRule = (text: string, why: string, infer: Infer): ShapeRule => ({
  kind: 'partial',
  text,
  why,
  infer,
});
export const atRunTime = (why: string): ShapeRule => ({ kind: 'at-run-time', why });

/** One output of a shape and a type. */
export const one = (shape: Shape | undefined, dtype: DType | undefined): readonly TensorType[] => [
  { shape, dtype },
];

/** The shape of input `index`. */
export function same(type: TypeOf = typeOfInput(), index = 0): ShapeRule {
  const which = index === 0 ? 'the first input' : `input ${index + 1}`;
  return staticRule(`that of ${which}`, (view) => one(view.shape(index), typeOf(type, view)));
}

/** Shape, type and known elements of the first input. */
export const passed: ShapeRule = staticRule('that of the first input', (view) => [view.input(0)]);

/** Each output is the input of its number. */
export const passedAll: ShapeRule = staticRule('those of the inputs', (view) => view.inputs);

/** The broadcast shape of all inputs. */
export function broadcast(type: TypeOf): ShapeRule {
  return staticRule('broadcast of the inputs', (view) => {
    let shape: Shape | undefined = [];
    for (const input of view.inputs) {
      if (shape !== undefined && input.shape !== undefined) shape = joined(view, shape, input.shape);
      else shape = undefined;
    }
    return one(shape, typeOf(type, view));
  });
}

function joined(view: OpView, a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (shape === 'contradiction') {
    view.contradiction('shapes that can be broadcast', `[${a.join(',')}] and [${b.join(',')}]`);
  }
  return shape;
}

/** A scalar. */
export const scalar = (type: TypeOf): ShapeRule =>
  staticRule('a scalar', (view) => one([], typeOf(type, view)));

/** TensorFlow.js stands for tables, arrays and lists by the tensor of their id: a float32 scalar. */
export const handleRule: ShapeRule = staticRule('a handle (scalar)', () => one([], 'float32'));

/** Vectors and matrices of which only the rank is static. */
export function ranks(why: string, text: string, ...types: readonly TensorType[]): ShapeRule {
  return partialRule(text, why, () => types);
}

export { UNKNOWN };
