import {
  attr,
  getAttr,
  inferShapes,
  makeNode,
  valueId,
  type InferredShapes,
  type Model,
  type Node,
  type Note,
  type ValueId,
} from '@tfjs-optimize/core';
import type { Cleaned } from '../clean.js';
import { Surgery } from './surgery.js';

/** An Unpack of n copies of one value. */
interface Copies {
  readonly unpack: Node;
  /** What was copied, and its axis of size 1 along which. */
  readonly whole: ValueId;
  readonly axis: number;
}

/**
 * Copies nothing to take the copies apart again. With X of size 1 along axis a,
 *
 *     unpack(tile(X, n along a); axis a)ᵢ = squeeze(X; a)        for every i
 *
 * with or without a Transpose between the two that keeps the order of the other axes. This is how a
 * sequence is decoded from one vector (`repeatVector` in front of a recurrent layer). What is then
 * done to every part alike is done once, when duplicates are merged.
 */
export function withoutCopies(model: Model): Cleaned {
  const unpacks = [...model.graph].filter(({ op, name }) => op === 'Unpack' && !model.graph.isOutput(name));
  if (unpacks.length === 0) return { model, notes: [] };
  const shapes = inferShapes(model.graph, model.weights);
  const surgery = new Surgery(model);
  const notes: Note[] = [];
  for (const unpack of unpacks) {
    const copies = copiesOf(unpack, model, shapes);
    const count = getAttr(unpack, 'num', 'int');
    if (copies === undefined || count === undefined) continue;
    const name = `${unpack.name}/squeeze`;
    const attrs = { T: attr.type('float32'), squeeze_dims: attr.ints([copies.axis]) };
    const part = surgery.add(
      makeNode({ name, op: 'Squeeze', inputs: [copies.whole], attrs, origin: 'unpack-tiled' }),
    );
    for (let i = 0; i < count; i++) surgery.redirect(valueId(unpack.name, i), part);
    notes.push({
      level: 'info',
      kind: 'did',
      subject: unpack.name,
      message: `unpack-tiled: takes ${count} copies apart`,
    });
  }
  if (notes.length === 0) return { model, notes };
  return { model: surgery.finish(), notes };
}

function copiesOf(unpack: Node, { graph }: Model, shapes: InferredShapes): Copies | undefined {
  const [input] = unpack.inputs as [ValueId];
  const between = graph.producer(input);
  const isTurned = between.op === 'Transpose';
  const tile = isTurned ? graph.producer(between.inputs[0] as ValueId) : between;
  if (tile.op !== 'Tile') return undefined;
  const [whole, multiples] = tile.inputs as [ValueId, ValueId];
  const shape = shapes.shape(whole);
  const times = shapes.type(multiples).values;
  const rank = shape?.length ?? 0;
  const order = isTurned ? shapes.type(between.inputs[1] as ValueId).values : rangeTo(rank);
  const at = getAttr(unpack, 'axis', 'int') ?? 0;
  const axis = order?.[at < 0 ? at + rank : at];
  if (shape === undefined || times === undefined || order === undefined || axis === undefined)
    return undefined;
  const others = order.filter((each) => each !== axis);
  const isInOrder = others.every((each, i) => i === 0 || (each ?? -1) > (others[i - 1] ?? Infinity));
  const isOneAxis = times.every((time, each) => each === axis || time === 1);
  return shape[axis] === 1 && isInOrder && isOneAxis ? { unpack, whole, axis } : undefined;
}

function rangeTo(end: number): number[] {
  return Array.from({ length: end }, (_, i) => i);
}
