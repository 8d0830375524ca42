import {
  Weight,
  attr,
  getAttr,
  makeNode,
  splitValue,
  valueId,
  type Model,
  type Node,
  type Note,
  type ValueId,
} from '@tfjs-optimize/core';
import type { Cleaned } from '../clean.js';
import { Surgery } from './surgery.js';

/** Products of the parts of one value with one matrix. */
interface Group {
  readonly unpack: Node;
  readonly products: Node[];
  /** Rows and columns of the matrix. */
  readonly rows: number;
  readonly columns: number;
}

/**
 * Multiplies the steps of a sequence by a matrix at once instead of one by one. With x₁ … xₙ the
 * parts of X along its first axis,
 *
 *     xᵢ·W = (X·W)ᵢ        (and so with a bias and an activation behind it)
 *
 * Traced recurrent layers are full of these: the input's part of every gate, n small products that
 * each fetch the same W. One product of n times as many rows sums up the same terms in one call.
 */
export function withSharedProducts(model: Model): Cleaned {
  const groups = findGroups(model);
  if (groups.length === 0) return { model, notes: [] };
  const surgery = new Surgery(model);
  for (const group of groups) share(group, surgery);
  return { model: surgery.finish(), notes: groups.map(noteOf) };
}

function findGroups(model: Model): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const node of model.graph) {
    const unpack = unpackBefore(node, model);
    if (unpack === undefined) continue;
    const [rows, columns] = model.weights.need(node.inputs[1] as ValueId).shape as [number, number];
    const key = JSON.stringify([unpack.name, node.op, node.inputs.slice(1), node.attrs]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { unpack, products: [node], rows, columns });
    else group.products.push(node);
  }
  return [...groups.values()].filter(({ products }) => products.length > 1);
}

/** The Unpack whose part a node multiplies by a constant matrix; undefined for every other node. */
function unpackBefore(node: Node, { graph, weights }: Model): Node | undefined {
  if (node.op !== 'MatMul' && node.op !== '_FusedMatMul') return undefined;
  const [step, matrix, ...others] = node.inputs as [ValueId, ValueId, ...ValueId[]];
  const unpack = graph.producer(step);
  const rank = (value: ValueId) => weights.get(value)?.shape.length ?? Infinity;
  const isTransposed = ['transpose_a', 'transpose_b'].some((flag) => getAttr(node, flag, 'bool') === true);
  const isShareable =
    unpack.op === 'Unpack' &&
    getAttr(unpack, 'axis', 'int') === 0 &&
    getAttr(unpack, 'num', 'int') !== undefined &&
    !isTransposed &&
    rank(matrix) === 2 &&
    others.every((value) => rank(value) <= 1);
  const hasName =
    graph.isOutput(node.name) || graph.users(node.name).some(({ controls }) => controls.includes(node.name));
  return isShareable && node.controls.length === 0 && !hasName ? unpack : undefined;
}

function share({ unpack, products, rows, columns }: Group, surgery: Surgery): void {
  const first = products[0] as Node;
  const origin = 'share-products';
  const reshape = (value: ValueId, sizes: readonly number[], name: string) => {
    const shape = surgery.addConstant(
      makeNode({ name: `${name}/shape`, op: 'Const', attrs: { dtype: attr.type('int32') } }),
      Weight.of(Int32Array.from(sizes), [sizes.length]),
    );
    const attrs = { T: attr.type('float32'), Tshape: attr.type('int32') };
    return surgery.add(makeNode({ name, op: 'Reshape', inputs: [value, shape], attrs, origin }));
  };
  const count = getAttr(unpack, 'num', 'int') as number;
  const flat = reshape(unpack.inputs[0] as ValueId, [-1, rows], `${first.name}/rows`);
  const all = surgery.add({
    ...first,
    name: `${first.name}/all`,
    inputs: [flat, ...first.inputs.slice(1)],
    origin,
  });
  const steps = reshape(all, [count, -1, columns], `${first.name}/steps`);
  const parts = surgery.add({ ...unpack, name: `${first.name}/unpack`, inputs: [steps], origin });
  for (const product of products) {
    const [, index] = splitValue(product.inputs[0] as ValueId);
    surgery.redirect(product.name, valueId(parts, index));
  }
}

function noteOf({ products }: Group): Note {
  const [first] = products as [Node];
  const message = `share-products: ${products.length} products with ${first.inputs[1] ?? ''} become one`;
  return { level: 'info', kind: 'did', subject: first.name, message };
}
