import {
  attr,
  getAttr,
  Graph,
  makeNode,
  nodeOf,
  Weight,
  type Model,
  type Node,
  type ValueId,
  type WeightMove,
} from '@tfjs-optimize/core';
import { onlyUser } from '../static/constants.js';
import { Names } from '../static/names.js';

/** A batch normalization that becomes part of the kernel in front of it. */
export interface FoldedNorm {
  /** The convolution or product with a matrix. */
  readonly head: Node;
  /** The node between them that adds a number to each channel. */
  readonly adder: Node | undefined;
  readonly norm: Node;
  readonly epsilon: number;
}

const HEADS: ReadonlySet<string> = new Set(['Conv2D', 'DepthwiseConv2d', 'DepthwiseConv2dNative', 'MatMul']);
const ADDERS: ReadonlySet<string> = new Set(['BiasAdd', 'Add', 'AddV2']);
const NORMS: ReadonlySet<string> = new Set(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']);
/** Ops that hand a weight on as it is, and in another shape. */
const KEEPING: ReadonlySet<string> = new Set(['Identity']);
const SHAPING: ReadonlySet<string> = new Set(['ExpandDims', 'Identity', 'Reshape', 'Squeeze']);

/** The batch normalizations behind kernels, by the name of the node that multiplies. */
export function foldedNorms(model: Model): ReadonlyMap<string, FoldedNorm> {
  const found = new Map<string, FoldedNorm>();
  for (const head of model.graph) {
    if (!HEADS.has(head.op) || !isChannelsLast(head)) continue;
    const kernel = weightBehind(model, head.inputs[1], KEEPING);
    const channels = kernel === undefined ? undefined : channelsOf(head, kernel.shape);
    if (channels === undefined) continue;
    const follower = (name: string): Node | undefined => {
      const user = onlyUser(model.graph, name);
      return user === undefined ? undefined : model.graph.need(user);
    };
    let norm = follower(head.name);
    let adder: Node | undefined;
    if (norm !== undefined && ADDERS.has(norm.op) && addend(model, norm, head.name, channels) !== undefined) {
      adder = norm;
      norm = follower(norm.name);
    }
    if (norm === undefined || !NORMS.has(norm.op) || !isChannelsLast(norm)) continue;
    if (norm.inputs[0] !== (adder ?? head).name) continue;
    const fits = norm.inputs.slice(1, 5).every((value) => weightBehind(model, value)?.size === channels);
    if (!fits || norm.inputs.length < 5) continue;
    found.set(head.name, { head, adder, norm, epsilon: getAttr(norm, 'epsilon', 'float') ?? 0.001 });
  }
  return found;
}

const PLAIN: Readonly<Record<string, string>> = {
  _FusedConv2D: 'Conv2D',
  FusedDepthwiseConv2dNative: 'DepthwiseConv2dNative',
  _FusedMatMul: 'MatMul',
};

/**
 * Takes the bias out of kernels that are followed by a batch normalization, so that this can be folded. It changes nothing
 * that the model computes.
 */
export function splitBiases<M extends Model>(model: M): M {
  const names = new Names(model);
  const nodes = [...model.graph].flatMap((node): Node[] => {
    const op = PLAIN[node.op];
    const [fused, ...others] = getAttr(node, 'fused_ops', 'strings') ?? [];
    const follower = onlyUser(model.graph, node.name);
    const isFollowed = follower !== undefined && NORMS.has(model.graph.need(follower).op);
    if (op === undefined || fused !== 'BiasAdd' || others.length > 0 || !isFollowed) return [node];
    const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId];
    const {
      fused_ops: _ops,
      num_args: _count,
      leakyrelu_alpha: _alpha,
      epsilon: _epsilon,
      ...attrs
    } = node.attrs;
    const name = names.take(`${node.name}/linear`);
    const format = { data_format: attr.string('NHWC') };
    return [
      { ...node, name, op, inputs: [x, kernel], attrs },
      makeNode({ name: node.name, op: 'BiasAdd', inputs: [name, bias], attrs: format }),
    ];
  });
  const { graph } = model;
  if (nodes.length === graph.nodes.size) return model;
  return model.with({ graph: new Graph(nodes, graph.inputs, graph.outputs, graph.extras) }) as M;
}

/** The value that an adder adds to each channel. */
export function addend(
  model: Model,
  { inputs }: Node,
  before: ValueId,
  channels: number,
): ValueId | undefined {
  const other = inputs.find((value) => value !== before);
  const weight = weightBehind(model, other);
  return weight?.size === channels && weight.shape.at(-1) === channels ? other : undefined;
}

function isChannelsLast(node: Node): boolean {
  return !(getAttr(node, 'data_format', 'string') ?? '').toUpperCase().startsWith('NC');
}

/** The weight that a value is, in whatever shape. */
function weightBehind(
  model: Model,
  value: ValueId | undefined,
  through: ReadonlySet<string> = SHAPING,
): Weight | undefined {
  if (value === undefined) return undefined;
  const weight = model.weights.get(value);
  if (weight !== undefined) return weight.dtype === 'float32' ? weight : undefined;
  const node = model.graph.get(nodeOf(value));
  return node !== undefined && through.has(node.op)
    ? weightBehind(model, node.inputs[0], through)
    : undefined;
}

/** The name of the weight that a node hands on, if any. */
function namesBehind(model: Model, name: string): string[] {
  if (model.weights.has(name)) return [name];
  const [input] = model.graph.get(name)?.inputs ?? [];
  return input === undefined ? [] : namesBehind(model, nodeOf(input));
}

function channelsOf({ op, ...node }: Node, shape: readonly number[]): number | undefined {
  const last = shape.at(-1);
  if (op === 'MatMul') {
    if (shape.length !== 2 || getAttr({ op, ...node }, 'transpose_a', 'bool') === true) return undefined;
    return getAttr({ op, ...node }, 'transpose_b', 'bool') === true ? shape[0] : last;
  }
  if (shape.length !== 4 || last === undefined) return undefined;
  return op === 'Conv2D' ? last : last * (shape[2] as number);
}

/**
 * The model with batch normalizations as part of the kernels in front of them: kernel · factor, and
 * (bias − mean) · factor + offset by a BiasAdd of the normalization's name, in the arithmetic of the graph that was
 * trained. What the values of other nodes are called stays.
 */
export function foldNorms<M extends Model>(model: M): M {
  const norms = foldedNorms(model);
  if (norms.size === 0) return model;
  const names = new Names(model);
  const weights = new Map<string, Weight>();
  const changes = new Map<string, Node | undefined>();
  const moves: WeightMove[] = [];
  const constant = (wanted: string, weight: Weight): string => {
    const name = names.take(wanted);
    weights.set(name, weight);
    changes.set(name, makeNode({ name, op: 'Const' }));
    return name;
  };
  for (const { head, adder, norm, epsilon } of norms.values()) {
    const numbers = (value: ValueId | undefined): Float32Array | undefined => {
      const weight = weightBehind(model, value);
      return weight === undefined ? undefined : Float32Array.from(weight.numbers());
    };
    const [scale, offset, mean, variance] = norm.inputs.slice(1, 5).map(numbers) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const { fround } = Math;
    const factor = scale.map(
      (g, c) => g / fround(Math.sqrt(fround((variance[c] as number) + fround(epsilon)))),
    );
    const inner = adder && numbers(addend(model, adder, head.name, factor.length));
    const bias = factor.map((f, c) => {
      const at = fround((inner?.[c] ?? 0) - (mean[c] as number));
      return fround(at * f) + (offset[c] as number);
    });
    const kernel = weightBehind(model, head.inputs[1]) as Weight;
    const isTransposed = getAttr(head, 'transpose_b', 'bool') === true;
    const inChannel = isTransposed ? kernel.size / factor.length : 1;
    const values = Float32Array.from(
      kernel.numbers(),
      (w, i) => w * (factor[Math.floor(i / inChannel) % factor.length] as number),
    );
    const from = nodeOf(head.inputs[1] as ValueId);
    const folded = constant(`${from}/folded`, Weight.of(values, kernel.shape));
    for (const name of namesBehind(model, from)) moves.push({ from: name, to: folded });
    const added = constant(`${norm.name}/bias`, Weight.of(bias, [bias.length]));
    changes.set(head.name, { ...head, inputs: [head.inputs[0] as ValueId, folded] });
    if (adder !== undefined) changes.set(adder.name, undefined);
    changes.set(
      norm.name,
      makeNode({
        name: norm.name,
        op: 'BiasAdd',
        inputs: [head.name, added],
        controls: norm.controls,
        attrs: { data_format: attr.string('NHWC') },
      }),
    );
  }
  const { graph } = model;
  const kept = [...graph].flatMap((node) => {
    if (!changes.has(node.name)) return [node];
    const changed = changes.get(node.name);
    return changed === undefined ? [] : [changed];
  });
  const added = [...changes.values()].filter((node) => node !== undefined && !graph.has(node.name)) as Node[];
  const all = model.weights.with(weights);
  return model.with({
    graph: new Graph([...kept, ...added], graph.inputs, graph.outputs, graph.extras),
    weights: all,
    facts: model.facts.followed(moves, all),
  }) as M;
}
