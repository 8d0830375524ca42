import { inferShapes, type GraphView, type Model, type Shape, type ValueId } from '@tfjs-optimize/core';

/** The shape of a value as far as it is known. */
export type ShapeOf = (value: ValueId) => Shape | undefined;

/**
 * Shapes of a model as it is before rules rewrite it. A rule's root keeps its name and its shape, so they hold until
 * the end, beyond ops that shape inference does not know.
 */
export function shapesBefore({ graph, weights }: Model): ShapeOf {
  const { shape } = inferShapes(graph, weights);
  return (value) => shape(value);
}

/** Ops whose output has the elements of their first input in the same order. */
const VIEWS = ['Reshape', 'ExpandDims', 'Squeeze', 'Identity'];

/** Whether two values hold the same elements in the same order. */
export function sameElements(a: ValueId, b: ValueId, view: GraphView): boolean {
  return source(a, view) === source(b, view);
}

function source(value: ValueId, view: GraphView): ValueId {
  const node = view.producer(value);
  const [input] = node.inputs;
  return VIEWS.includes(node.op) && input !== undefined ? source(input, view) : value;
}
