import * as tf from '@tensorflow/tfjs';
import {
  activationsOf,
  asyncNodeOf,
  breathe,
  checkInputs,
  executorOf,
  fail,
  FLOAT16_MAX,
  Graph,
  makeNode,
  nodeOf,
  runKeepingAll,
  valueId,
  type Model,
  type ModelInputs,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';

/** Batches of inputs as `model.run` takes them; tensors stay the caller's. */
export type CalibrationBatches = Iterable<ModelInputs> | AsyncIterable<ModelInputs>;

/** What float16 cannot hold, found by running a model on examples. */
export interface Overflow {
  /** Nodes that are given or make larger numbers than float16 has, or may on their way, and what they are in words. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly batches: number;
}

/**
 * Runs a model in float32 and finds the nodes that would overflow in float16: those that are given or make values
 * beyond 65504, and products whose partial sums may be beyond, in whatever order they are added. That bound is the same
 * product of magnitudes, Σ |x|·|w|, which is computed beside it; models with control flow do without.
 *
 * @throws `native/calibration` where there are no batches, and naming the first value that is not finite in float32;
 *   `model/input`, `aborted`.
 */
export async function findOverflow(
  model: Model,
  batches: CalibrationBatches,
  signal: AbortSignal | undefined,
): Promise<Overflow> {
  await tf.ready();
  const isAsync = asyncNodeOf(model.graph) !== undefined;
  const probes = isAsync ? [] : [...model.graph].flatMap(probeOf);
  const runner = withProbes(model, probes);
  const largest = new Map<ValueId, number>();
  let count = 0;
  try {
    for await (const inputs of batches) {
      await breathe(signal, 'calibrating');
      await (isAsync ? lookKept : look)(runner, inputs, probes, largest);
      count++;
    }
  } finally {
    runner.dispose();
  }
  if (count === 0) refuse('calibration', 'at least one batch of inputs', 'none');
  return { nodes: overflowing(model, probes, largest), batches: count };
}

/** The product of magnitudes beside a product. */
interface Probe {
  readonly of: string;
  readonly nodes: readonly Node[];
  readonly value: ValueId;
}

/** Products, which of their inputs are multiplied, and the op that multiplies and does no more. */
const PRODUCTS: Readonly<Record<string, readonly [op: string, ...factors: number[]]>> = {
  BatchMatMul: ['BatchMatMul', 0, 1],
  BatchMatMulV2: ['BatchMatMulV2', 0, 1],
  Conv1D: ['Conv1D', 0, 1],
  Conv2D: ['Conv2D', 0, 1],
  Conv2DBackpropInput: ['Conv2DBackpropInput', 1, 2],
  Conv3D: ['Conv3D', 0, 1],
  DepthwiseConv2d: ['DepthwiseConv2d', 0, 1],
  DepthwiseConv2dNative: ['DepthwiseConv2dNative', 0, 1],
  Einsum: ['Einsum', 0, 1],
  FusedDepthwiseConv2dNative: ['DepthwiseConv2dNative', 0, 1],
  MatMul: ['MatMul', 0, 1],
  _FusedConv2D: ['Conv2D', 0, 1],
  _FusedMatMul: ['MatMul', 0, 1],
};

/** Attributes of what fused ops do behind their product. */
const BEHIND: readonly string[] = ['fused_ops', 'num_args', 'epsilon', 'leakyrelu_alpha'];

function probeOf(node: Node): Probe[] {
  const product = PRODUCTS[node.op];
  if (product === undefined) return [];
  const [op, ...factors] = product;
  const name = `${node.name}/tfjs-optimize-magnitude`;
  const sizes = Object.fromEntries(Object.entries(node.attrs).filter(([key]) => !BEHIND.includes(key)));
  const magnitudes = factors.map((at) =>
    makeNode({ name: `${name}-${at}`, op: 'Abs', inputs: [node.inputs[at] as ValueId] }),
  );
  const inputs = node.inputs
    .slice(0, Math.max(...factors) + 1)
    .map((value, at) => (factors.includes(at) ? `${name}-${at}` : value));
  return [
    { of: node.name, nodes: [...magnitudes, makeNode({ name, op, inputs, attrs: sizes })], value: name },
  ];
}

function withProbes(model: Model, probes: readonly Probe[]): Model {
  const { graph } = model;
  const nodes = [...graph, ...probes.flatMap((probe) => probe.nodes)];
  return model.with({ graph: new Graph(nodes, graph.inputs, graph.outputs, graph.extras) });
}

async function look(
  model: Model,
  inputs: ModelInputs,
  probes: readonly Probe[],
  largest: Map<ValueId, number>,
): Promise<void> {
  const values = [...activationsOf(model), ...probes.map(({ value }) => value)];
  const tensors = executorOf(model).execute(inputs, values);
  try {
    for (const [i, tensor] of tensors.entries()) {
      if (tensor.dtype === 'float32') note(values[i] as ValueId, await tensor.data<'float32'>(), largest);
    }
  } finally {
    tf.dispose(tensors);
  }
}

/** For models with control flow, whose values the executor hands out only where it kept them. */
async function lookKept(
  model: Model,
  inputs: ModelInputs,
  _probes: readonly Probe[],
  largest: Map<ValueId, number>,
): Promise<void> {
  const named = checkInputs(model.signature, inputs);
  for (const { key, value } of model.signature.inputs) {
    const tensor = named[key];
    if (tensor?.dtype === 'float32') note(value, await tensor.data<'float32'>(), largest);
  }
  await runKeepingAll(model, inputs, (kept) => {
    for (const { node, index, tensor } of kept) {
      if (tensor.dtype === 'float32') note(valueId(node, index), tensor.dataSync<'float32'>(), largest);
    }
  });
}

function note(value: ValueId, data: Float32Array, largest: Map<ValueId, number>): void {
  let most = largest.get(value) ?? 0;
  for (const number of data) {
    const size = Math.abs(number);
    if (!(size < Infinity)) refuse(`calibration: value '${value}'`, 'finite numbers in float32', `${number}`);
    if (size > most) most = size;
  }
  largest.set(value, most);
}

function overflowing(
  { graph }: Model,
  probes: readonly Probe[],
  largest: ReadonlyMap<ValueId, number>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const tell = (node: string, what: string, size = 0): void => {
    if (size > FLOAT16_MAX && !found.has(node))
      found.set(node, `${what} ${size.toExponential(1)}, beyond ${FLOAT16_MAX}`);
  };
  const made = new Map<string, number>();
  for (const [value, size] of largest) made.set(nodeOf(value), Math.max(size, made.get(nodeOf(value)) ?? 0));
  const sums = new Map(probes.map(({ of, value }) => [of, largest.get(value)]));
  for (const { name, inputs } of graph) {
    tell(name, 'it makes numbers up to', made.get(name));
    for (const value of inputs) tell(name, 'it is given numbers up to', largest.get(value));
    tell(name, 'its sums may reach', sums.get(name));
  }
  return found;
}

function refuse(subject: string, expected: string, got: string): never {
  return fail('native/calibration', {
    subject,
    expected,
    got,
    advice: 'Give {calibration} batches like those that the model will see',
  });
}
