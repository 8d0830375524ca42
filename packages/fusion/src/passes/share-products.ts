import {
  Graph,
  Weight,
  attr,
  getAttr,
  makeNode,
  nodeOf,
  splitValue,
  valueId,
  type Model,
  type Node,
  type Note,
  type Pass,
  type PassResult,
  type ValueId,
} from '@tfjs-optimize/core';

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
 * each fetch the same W. One product of n times as many rows does the same arithmetic in the same
 * order, in one call.
 */
export function shareProducts(): Pass {
  return {
    name: 'fusion/share-products',
    options: {},
    run: (model) => Promise.resolve(sharedProducts(model)),
  };
}

function sharedProducts(model: Model): PassResult {
  const groups = findGroups(model);
  if (groups.length === 0) return { model, changed: false, notes: [] };
  const nodes = new Map(model.graph.nodes);
  const weights = new Map<string, Weight>();
  const moved = new Map<ValueId, ValueId>();
  const notes: Note[] = [];
  for (const group of groups) {
    const first = group.products[0] as Node;
    const fresh = (suffix: string) => freeName(`${first.name}/${suffix}`, nodes);
    const shape = (suffix: string, sizes: readonly number[]) => {
      const name = fresh(suffix);
      nodes.set(name, makeNode({ name, op: 'Const', attrs: { dtype: attr.type('int32') } }));
      weights.set(name, Weight.of(Int32Array.from(sizes), [sizes.length]));
      return name;
    };
    const add = (node: Pick<Node, 'op' | 'inputs' | 'attrs'>, suffix: string) => {
      const name = fresh(suffix);
      nodes.set(name, makeNode({ ...node, name, origin: 'share-products' }));
      return name;
    };
    const reshape = (value: ValueId, sizes: readonly number[], suffix: string) =>
      add({ op: 'Reshape', inputs: [value, shape(`${suffix}/shape`, sizes)], attrs: RESHAPE }, suffix);

    const count = needCount(group.unpack);
    const rows = reshape(group.unpack.inputs[0] as ValueId, [-1, group.rows], 'rows');
    const product = add({ ...first, inputs: [rows, ...first.inputs.slice(1)] }, 'all');
    const steps = reshape(product, [count, -1, group.columns], 'steps');
    const parts = add({ op: 'Unpack', inputs: [steps], attrs: group.unpack.attrs }, 'unpack');
    for (const each of group.products) {
      moved.set(each.name, valueId(parts, splitValue(each.inputs[0] as ValueId)[1]));
      nodes.delete(each.name);
    }
    notes.push({
      level: 'info',
      kind: 'did',
      subject: first.name,
      message: `${group.products.length} products with ${first.inputs[1] ?? ''} become one`,
    });
  }
  const graph = rebuilt(model.graph, nodes, moved, new Set(groups.map(({ unpack }) => unpack.name)));
  return { model: model.with({ graph, weights: model.weights.with(weights) }), changed: true, notes };
}

const RESHAPE = { T: attr.type('float32'), Tshape: attr.type('int32') };

function findGroups({ graph, weights }: Model): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const node of graph) {
    if (node.op !== 'MatMul' && node.op !== '_FusedMatMul') continue;
    const [step, matrix, ...others] = node.inputs as [ValueId, ValueId, ...ValueId[]];
    const unpack = graph.producer(step);
    const sizes = weights.get(matrix)?.shape ?? [];
    const fits =
      unpack.op === 'Unpack' &&
      getAttr(unpack, 'axis', 'int') === 0 &&
      getAttr(unpack, 'num', 'int') !== undefined &&
      getAttr(node, 'transpose_a', 'bool') !== true &&
      getAttr(node, 'transpose_b', 'bool') !== true &&
      sizes.length === 2 &&
      others.every((value) => (weights.get(value)?.shape.length ?? Infinity) <= 1) &&
      node.controls.length === 0 &&
      !graph.isOutput(node.name) &&
      !graph.users(node.name).some((user) => user.controls.includes(node.name));
    if (!fits) continue;
    const key = JSON.stringify([unpack.name, node.op, node.inputs.slice(1), node.attrs]);
    const group = groups.get(key);
    if (group !== undefined) group.products.push(node);
    else groups.set(key, { unpack, products: [node], rows: sizes[0] as number, columns: sizes[1] as number });
  }
  return [...groups.values()].filter(({ products }) => products.length > 1);
}

function needCount(unpack: Node): number {
  return getAttr(unpack, 'num', 'int') ?? 0;
}

/** The graph with values moved, without those of `candidates` that nothing uses any more. */
function rebuilt(
  graph: Graph,
  nodes: ReadonlyMap<string, Node>,
  moved: ReadonlyMap<ValueId, ValueId>,
  candidates: ReadonlySet<string>,
): Graph {
  const rewired = Array.from(nodes.values(), (node) =>
    node.inputs.some((value) => moved.has(value))
      ? { ...node, inputs: node.inputs.map((value) => moved.get(value) ?? value) }
      : node,
  );
  const used = new Set(rewired.flatMap((node) => [...node.inputs.map(nodeOf), ...node.controls]));
  const kept = rewired.filter(({ name }) => !candidates.has(name) || used.has(name) || graph.isOutput(name));
  return new Graph(kept, graph.inputs, graph.outputs, graph.extras);
}

function freeName(wish: string, nodes: ReadonlyMap<string, Node>): string {
  let name = wish;
  for (let i = 1; nodes.has(name); i++) name = `${wish}_${i}`;
  return name;
}
