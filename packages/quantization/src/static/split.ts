import { attr, getAttr, Graph, makeNode, type Model, type Node } from '@tfjs-optimize/core';
import { Names } from './names.js';

/** Activations that a fused node applies and integer ops do not: what goes into them has a range of its own. */
const SPLIT: ReadonlySet<string> = new Set(['Elu', 'LeakyRelu', 'Prelu', 'Sigmoid', 'Tanh']);

/**
 * Takes activations other than ReLU and ReLU6 out of fused nodes, so that calibration sees what goes into them. It changes
 * nothing that the model computes.
 */
export function splitActivations<M extends Model>(model: M): M {
  const names = new Names(model);
  const nodes: Node[] = [];
  let changed = false;
  for (const node of model.graph) {
    const fused = getAttr(node, 'fused_ops', 'strings');
    const activation = fused?.[1];
    if (activation === undefined || !SPLIT.has(activation)) {
      nodes.push(node);
      continue;
    }
    changed = true;
    const inner = names.take(`${node.name}/linear`);
    const own = activation === 'Prelu' ? node.inputs.slice(3) : [];
    const { leakyrelu_alpha: alpha, ...attrs } = node.attrs;
    nodes.push({
      ...node,
      name: inner,
      inputs: node.inputs.slice(0, 3),
      attrs: { ...attrs, fused_ops: attr.strings(['BiasAdd']), num_args: attr.int(1) },
    });
    const isLeaky = activation === 'LeakyRelu';
    nodes.push(
      makeNode({
        name: node.name,
        op: activation,
        inputs: [inner, ...own],
        attrs: isLeaky && alpha !== undefined ? { alpha } : {},
      }),
    );
  }
  if (!changed) return model;
  const { graph } = model;
  return model.with({ graph: new Graph(nodes, graph.inputs, graph.outputs, graph.extras) }) as M;
}
