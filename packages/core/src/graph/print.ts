import type { DType, Weights } from '../weights.js';
import type { Graph } from './graph.js';
import { isSilentAttr } from './ops/table.js';
import { dtypeOfTf, type Attr, type Node, type Shape, type ValueId } from './node.js';
import { shapeText } from '../text/shape.js';

/** Options of {@link printGraph}. */
export interface PrintOptions {
  /** Prints type and shape of constants, and their values where there are few. */
  readonly weights?: Weights;
  /** Adds what is known of each value after a colon. */
  readonly shapes?: { shape(value: ValueId): Shape | undefined; dtype(value: ValueId): DType | undefined };
  /** Prints only these nodes. */
  readonly nodes?: ((node: Node) => boolean) | Iterable<string>;
}

/** Constants of at most this many elements are printed with their values. */
const FEW_VALUES = 8;

/**
 * A graph as short stable text, one line a node in topological order, outputs last:
 *
 * ```
 * x = Placeholder float32[?,8,8,3]
 * w = Const float32[3,3,3,8]
 * y = Conv2D(x, w) {dilations: [1,1,1,1], padding: SAME, strides: [1,1,1,1]}
 * return y
 * ```
 *
 * Attributes stand in alphabetical order. Those that say nothing beyond the types and shapes of
 * inputs and outputs (`T`, `Tidx`, names that begin with `_`, …) are left out.
 */
export function printGraph(graph: Graph, options: PrintOptions = {}): string {
  const wanted = selection(options.nodes);
  const lines: string[] = [];
  for (const node of graph) if (wanted(node)) lines.push(printNode(node, options));
  if (options.nodes === undefined) lines.push(`return ${graph.outputs.join(', ')}`);
  return lines.join('\n');
}

/** One line of {@link printGraph}. */
export function printNode(node: Node, options: Omit<PrintOptions, 'nodes'> = {}): string {
  const args = [...node.inputs, ...node.controls.map((name) => `^${name}`)].join(', ');
  const head = `${node.name} = ${node.op}${args === '' ? '' : `(${args})`}`;
  return head + detail(node, options) + typeSuffix(node, options);
}

function selection(nodes: PrintOptions['nodes']): (node: Node) => boolean {
  if (nodes === undefined) return () => true;
  if (typeof nodes === 'function') return nodes;
  const names = new Set(nodes);
  return (node) => names.has(node.name);
}

function detail(node: Node, { weights }: PrintOptions): string {
  if (node.op === 'Const') {
    const weight = weights?.get(node.name);
    if (weight === undefined) return '';
    const few = weight.size <= FEW_VALUES ? ` = ${listText(weight.values())}` : '';
    return ` ${weight.dtype}${shapeText(weight.shape)}${few}`;
  }
  if (node.op === 'Placeholder') {
    const { dtype, shape } = node.attrs;
    const type = dtype?.kind === 'type' ? (dtypeOfTf(dtype.value) ?? dtype.value) : '?';
    return ` ${type}${shape?.kind === 'shape' && shape.value !== null ? shapeText(shape.value) : ''}`;
  }
  const attrs = Object.entries(node.attrs)
    .filter(([name]) => !isSilentAttr(node, name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, attr]) => `${name}: ${attrText(attr)}`);
  return attrs.length === 0 ? '' : ` {${attrs.join(', ')}}`;
}

function typeSuffix(node: Node, { shapes }: PrintOptions): string {
  const shape = shapes?.shape(node.name);
  const dtype = shapes?.dtype(node.name);
  if (shape === undefined && dtype === undefined) return '';
  return `: ${dtype ?? '?'}${shape === undefined ? '' : shapeText(shape)}`;
}

function attrText(attr: Attr): string {
  switch (attr.kind) {
    case 'shape':
      return shapeText(attr.value);
    case 'shapes':
      return `[${attr.value.map((shape) => shapeText(shape)).join(',')}]`;
    case 'type':
      return dtypeOfTf(attr.value) ?? attr.value;
    case 'string':
      return quoteIfNeeded(attr.value);
    case 'strings':
      return `[${attr.value.map(quoteIfNeeded).join(',')}]`;
    case 'raw':
      return JSON.stringify(attr.value);
    default:
      return Array.isArray(attr.value) ? `[${attr.value.join(',')}]` : String(attr.value);
  }
}

function quoteIfNeeded(text: string): string {
  return /^[\w.:/+-]+$/.test(text) ? text : JSON.stringify(text);
}

function listText(values: ArrayLike<number | string>): string {
  const texts = Array.from(values, (value) =>
    typeof value === 'string' ? JSON.stringify(value) : String(value),
  );
  return `[${texts.join(',')}]`;
}
