import {
  Weight,
  attr,
  getAttr,
  inferShapes,
  makeNode,
  splitValue,
  type Model,
  type Node,
  type Note,
  type ValueId,
} from '@tfjs-optimize/core';
import type { Cleaned } from '../clean.js';
import { Surgery } from './surgery.js';

/**
 * Takes nothing apart to put it together again. With x₁ … xₙ the parts of X along axis a,
 *
 *     pack(x₁, …, xₙ; axis b) = X with axis a moved to b
 *
 * which is a Transpose, or X itself where a = b. Layers that work step by step on a sequence
 * (`timeDistributed`) leave this behind once their steps are worked on at once.
 */
export function withoutRepacking(model: Model): Cleaned {
  const pairs = [...model.graph].flatMap((pack) => {
    const unpack = unpackOf(pack, model);
    return unpack === undefined ? [] : [{ pack, unpack }];
  });
  if (pairs.length === 0) return { model, notes: [] };
  const shapes = inferShapes(model.graph, model.weights);
  const surgery = new Surgery(model);
  const notes: Note[] = [];
  for (const { pack, unpack } of pairs) {
    const [whole] = unpack.inputs as [ValueId];
    const rank = shapes.shape(whole)?.length;
    if (rank === undefined) continue;
    const [from, to] = [axisOf(unpack, rank), axisOf(pack, rank)];
    surgery.redirect(
      pack.name,
      from === to ? whole : transposed(surgery, pack, whole, moveAxis(rank, from, to)),
    );
    const message = `pack-unpacked: packs all that ${unpack.name} unpacks`;
    notes.push({ level: 'info', kind: 'did', subject: pack.name, message });
  }
  return notes.length === 0 ? { model, notes } : { model: surgery.finish(), notes };
}

/** The Unpack all of whose outputs, in order, are the inputs of a Pack. */
function unpackOf(pack: Node, { graph }: Model): Node | undefined {
  if (pack.op !== 'Pack' || graph.isOutput(pack.name)) return undefined;
  const [first] = pack.inputs;
  const unpack = first === undefined ? undefined : graph.producer(first);
  if (unpack?.op !== 'Unpack' || getAttr(unpack, 'num', 'int') !== pack.inputs.length) return undefined;
  const isWhole = pack.inputs.every((value, at) => {
    const [name, index] = splitValue(value);
    return name === unpack.name && index === at;
  });
  return isWhole ? unpack : undefined;
}

/** Axis of a Pack or Unpack as a position in the whole. */
function axisOf(node: Node, rank: number): number {
  const axis = getAttr(node, 'axis', 'int') ?? 0;
  return axis < 0 ? axis + rank : axis;
}

/** The order of axes after one of them has moved. */
function moveAxis(rank: number, from: number, to: number): number[] {
  const order = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== from);
  order.splice(to, 0, from);
  return order;
}

function transposed(surgery: Surgery, pack: Node, whole: ValueId, order: readonly number[]): ValueId {
  const perm = surgery.addConstant(
    makeNode({ name: `${pack.name}/perm`, op: 'Const', attrs: { dtype: attr.type('int32') } }),
    Weight.of(Int32Array.from(order), [order.length]),
  );
  const attrs = { T: attr.type('float32'), Tperm: attr.type('int32') };
  const name = `${pack.name}/transpose`;
  return surgery.add(
    makeNode({ name, op: 'Transpose', inputs: [whole, perm], attrs, origin: 'pack-unpacked' }),
  );
}
