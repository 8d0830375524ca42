import { Annotations } from './annotate.js';
import { cost, type NodeCost } from './cost.js';
import type { Node } from './graph/node.js';
import { groupByLayer, isPlumbing } from './layer-groups.js';
import type { Model } from './model.js';
import type { Port } from './signature.js';
import { textTable, type Align } from './text/table.js';
import { bytesText, countText } from './text/units.js';
import { shapeText } from './text/shape.js';

/** What {@link summary} shows. */
export interface SummaryOptions {
  /** Shapes of a run, from `annotate`: with them the arithmetic is counted and output shapes are shown. */
  readonly annotations?: Annotations;
}

/**
 * A model as plain text: ports and sizes, then tables by op and by layer. Layers are those of the model
 * that was traced, or the scopes of a converted one.
 */
export function summary(model: Model, { annotations }: SummaryOptions = {}): string {
  const found = cost(model, annotations ?? new Annotations([]));
  const byNode = new Map(found.nodes.map((node) => [node.name, node]));
  const { stored, memory } = found.weightBytes;
  const stage = model.stage === 'float' ? '' : `, ${model.stage}`;
  const lines = [
    `${model.source.kind}${stage}, ${model.graph.size} nodes`,
    `inputs   ${ports(model.signature.inputs)}`,
    `outputs  ${ports(model.signature.outputs)}`,
    `weights  ${countText(found.parameters)} parameters, ${bytesText(stored)} stored, ${bytesText(memory)} in memory`,
  ];
  if (annotations !== undefined) {
    lines.push(
      `one run  ${countText(found.flops)} FLOPs, ${countText(found.macs)} multiply-accumulates, at most ${bytesText(found.peak.bytes)} of activations at once`,
    );
  }
  const counted = annotations !== undefined;
  return [...lines, '', opTable(model, byNode, counted), '', layerTable(model, byNode, annotations)].join(
    '\n',
  );
}

function ports(list: readonly Port[]): string {
  return (
    list.map(({ key, dtype, shape }) => `${key} ${dtype} ${shapeText(shape, ', ')}`).join(', ') || 'none'
  );
}

type Costs = ReadonlyMap<string, NodeCost>;

/** Parameters and FLOPs of nodes; empty cells for none, `?` where arithmetic is not counted. */
function sums(nodes: readonly Node[], costs: Costs, counted: boolean): string[] {
  const own = nodes.flatMap((node) => costs.get(node.name) ?? []);
  const parameters = own.reduce((sum, node) => sum + node.parameters, 0);
  const flops = own.reduce((sum, node) => sum + node.flops, 0);
  const cell = (count: number): string => (count === 0 ? '' : countText(count));
  if (!counted) return [cell(parameters)];
  return [cell(parameters), own.some((node) => node.uncounted !== undefined) ? '?' : cell(flops)];
}

const numbers = (counted: boolean): string[] => (counted ? ['parameters', 'FLOPs'] : ['parameters']);

function opTable(model: Model, costs: Costs, counted: boolean): string {
  const byOp = new Map<string, Node[]>();
  for (const node of model.graph) {
    const same = byOp.get(node.op);
    if (same === undefined) byOp.set(node.op, [node]);
    else same.push(node);
  }
  const rows = [...byOp]
    .sort(([a, m], [b, n]) => n.length - m.length || (a < b ? -1 : 1))
    .map(([op, nodes]) => [op, String(nodes.length), ...sums(nodes, costs, counted)]);
  return textTable([['op', 'nodes', ...numbers(counted)], ...rows], ['left', 'right', 'right', 'right']);
}

function layerTable(model: Model, costs: Costs, annotations: Annotations | undefined): string {
  const counted = annotations !== undefined;
  const rows = groupByLayer(model).map(({ name, nodes }) => {
    const shape = shapeText(annotations?.shape(lastComputing(nodes)?.name ?? ''), ', ');
    return [name, opsText(nodes), ...(counted ? [shape] : []), ...sums(nodes, costs, counted)];
  });
  const head = ['layer', 'ops', ...(counted ? ['output'] : []), ...numbers(counted)];
  const aligns: Align[] = ['left', 'left', ...(counted ? (['left'] as const) : []), 'right', 'right'];
  return textTable([head, ...rows], aligns);
}

function lastComputing(nodes: readonly Node[]): Node | undefined {
  return nodes.filter((node) => !isPlumbing(node)).at(-1);
}

/** `Conv2D, Relu`, with a count where an op stands more than once; at most three of them. */
function opsText(nodes: readonly Node[]): string {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const texts = [...counts].map(([op, count]) => (count === 1 ? op : `${count} ${op}`));
  return texts.length <= 3 ? texts.join(', ') : `${texts.slice(0, 3).join(', ')}, ...`;
}
