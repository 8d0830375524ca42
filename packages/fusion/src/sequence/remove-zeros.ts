import {
  inferShapes,
  type InferredShapes,
  type Model,
  type Node,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import type { Cleaned } from '../clean.js';
import { Surgery } from './surgery.js';

/**
 * Leaves out what is known to be zero:
 *
 *     x + 0 = x        0·W = 0 for finite W
 *
 * where 0 may be made when the model runs, as the first state of a recurrent layer is, and the sum has
 * the shape of x. That it has is shown by working out all shapes at two different sizes of every unknown
 * dimension of the inputs: sizes are made from each other by sums and products with constants, so
 * what is equal at both is equal.
 */
export function withoutZeros(model: Model): Cleaned {
  const sums = [...model.graph].filter(({ op, name }) => isSum(op) && !model.graph.isOutput(name));
  const zeros = new Zeros(model);
  if (!sums.some(({ inputs }) => inputs.some((value) => zeros.has(value)))) return unchanged(model);
  const shapes = SIZES.map((sizes) => inferShapes(model.graph, model.weights, inputShapes(model, sizes)));
  const surgery = new Surgery(model);
  const removed: Node[] = [];
  for (const sum of sums) {
    const [a, b] = sum.inputs as [ValueId, ValueId];
    const kept = zeros.has(b) ? a : zeros.has(a) ? b : undefined;
    if (kept === undefined || !shapes.every((found) => isSameShape(found, kept, sum.name))) continue;
    surgery.redirect(sum.name, kept);
    removed.push(sum);
  }
  if (removed.length === 0) return unchanged(model);
  const notes = removed.map(({ name }) => ({
    level: 'info' as const,
    kind: 'did' as const,
    subject: name,
    message: 'remove-zeros: adds zeros, which change nothing',
  }));
  return { model: surgery.finish(), notes };
}

const isSum = (op: string) => op === 'AddV2' || op === 'Add';
const unchanged = (model: Model): Cleaned => ({ model, notes: [] });

/** Sizes for unknown dimensions: prime numbers, so that no two products of them are alike by chance. */
const SIZES = [
  [211, 223, 227, 229, 233, 239, 241, 251],
  [307, 311, 313, 317, 331, 337, 347, 349],
];

/** A shape for every input, its unknown sizes filled in one after the other. */
function inputShapes({ signature }: Model, sizes: readonly number[]): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  let next = 0;
  for (const { value, shape } of signature.inputs) {
    if (shape === undefined) continue;
    shapes.set(
      value,
      // Past the list sizes stay unknown, and nothing that depends on them counts as equal.
      shape.map((size) => (size >= 0 ? size : (sizes[next++] ?? -1))),
    );
  }
  return shapes;
}

function isSameShape(shapes: InferredShapes, a: ValueId, b: ValueId): boolean {
  const [left, right] = [shapes.shape(a), shapes.shape(b)];
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  return left.every((size, at) => size >= 0 && size === right[at]);
}

/** Ops whose output holds elements of their first input and nothing else. */
const MOVES = new Set(['Identity', 'Reshape', 'Transpose', 'Tile', 'ExpandDims', 'Squeeze', 'BroadcastTo']);

/** Which values are zero in every element. */
class Zeros {
  private readonly known = new Map<ValueId, boolean>();
  constructor(private readonly model: Model) {}

  has(value: ValueId): boolean {
    let known = this.known.get(value);
    if (known === undefined) {
      // A loop is no chain of moves, but one that comes back to itself must end here.
      this.known.set(value, false);
      known = this.isZero(this.model.graph.producer(value));
      this.known.set(value, known);
    }
    return known;
  }

  private isZero({ name, op, inputs }: Node): boolean {
    const [first = '', second = ''] = inputs;
    if (op === 'Const') return this.everyElement(name, (element) => element === 0);
    if (op === 'Fill') return this.has(second);
    if (MOVES.has(op)) return this.has(first);
    return op === 'MatMul' && this.has(first) && this.everyElement(second, Number.isFinite);
  }

  /** Whether a value is a float32 constant all of whose elements pass a test. */
  private everyElement(value: ValueId, test: (element: number) => boolean): boolean {
    const weight = this.model.weights.get(value);
    if (weight?.dtype !== 'float32') return false;
    return weight.numbers().every(test);
  }
}
