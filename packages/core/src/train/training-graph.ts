import * as tf from '@tensorflow/tfjs';
import { asyncNodeOf } from '../async-ops.js';
import { fail } from '../errors.js';
import { editGraph, Graph } from '../graph/graph.js';
import { attr, getAttr, makeNode, type Node, type ValueId } from '../graph/node.js';
import { noiseOf, type Noise } from '../graph/training-attrs.js';
import type { Model } from '../model.js';
import type { Random } from '../random.js';
import { loadGraphModel, type GraphModel } from '../run.js';
import { checkInputs } from '../run-inputs.js';
import type { Port } from '../signature.js';
import type { Batch } from './data.js';
import { addNoise } from './noise.js';
import { normalizeBatch, type BatchNorm } from './batch-norm.js';

/** Ops of graphs in the form of training. They are run here and never saved. */
const NOISE_OP = 'TfjsOptimizeTrainingNoise';
const BATCH_NORM_OP = 'TfjsOptimizeTrainingBatchNorm';

/** Random numbers of the step that runs; none outside of steps. */
let current: Random | undefined;

function registerOps(): void {
  tf.registerOp(NOISE_OP, ({ inputs, attrs }) => {
    const [x] = inputs as [tf.Tensor];
    if (current === undefined) return tf.clone(x);
    const { kind, amount, key } = attrs as unknown as {
      readonly kind: Noise['kind'];
      readonly amount: number;
      readonly key: string;
    };
    const shape = attrs['shape'] as number[] | undefined;
    const noise: Noise = { kind, amount, ...(shape === undefined ? {} : { shape }) };
    const random = current.fork(key);
    return tf.tidy(() => addNoise(x, noise, random));
  });
  tf.registerOp(BATCH_NORM_OP, ({ inputs, attrs }) => {
    const [x, scale, offset, like] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.tidy(() => {
      const { y, mean, variance } = normalizeBatch(x, scale, offset, like, attrs['epsilon'] as number);
      return [y, mean, variance];
    });
  });
}
registerOps();

/** A graph whose weights are given at each run, so that gradients reach them. */
export class FedGraph {
  private readonly graph: GraphModel;

  /**
   * @param fed names of the weights that are given.
   * @param training the batch normalizations that are to use their batch, and noise that is to be made.
   */
  constructor(model: Model, fed: ReadonlySet<string>, training: readonly BatchNorm[] | undefined) {
    const trained = training === undefined ? model : inTraining(model, training);
    this.graph = loadGraphModel(feeding(trained, fed));
  }

  /**
   * Runs the graph on inputs and weights by name.
   * @param random what noise is made of; none is made without it.
   * @returns the values asked for, each a tensor of its own.
   */
  run(
    named: Readonly<Record<string, tf.Tensor>>,
    values: readonly ValueId[],
    random?: Random,
  ): ReadonlyMap<ValueId, tf.Tensor> {
    const distinct = [...new Set(values)];
    current = random;
    try {
      const result = [this.graph.execute({ ...named }, [...distinct])].flat();
      return new Map(distinct.map((value, i) => [value, result[i] as tf.Tensor]));
    } finally {
      current = undefined;
    }
  }

  dispose(): void {
    this.graph.dispose();
  }
}

/** The inputs of a batch by the values of the graph that they are. */
export function feedsOf({ signature }: Model, { inputs }: Batch): Record<string, tf.Tensor> {
  const byKey = checkInputs(signature, inputs);
  return Object.fromEntries(signature.inputs.map(({ key, value }) => [value, byKey[key] as tf.Tensor]));
}

/** Refuses graphs that gradients do not go through. */
export function refuseControlFlow(model: Model): void {
  const node = asyncNodeOf(model.graph);
  if (node === undefined) return;
  fail('train/unsupported', {
    subject: 'model',
    expected: 'a graph without control flow, hash tables and sizes that depend on values',
    got: `node '${node.name}' (${node.op})`,
    advice: 'Train the layers model or function that it was made of',
  });
}

function inTraining(model: Model, norms: readonly BatchNorm[]): Model {
  const changes = new Map<string, Node>();
  for (const { node } of norms) {
    const epsilon = attr.float(getAttr(node, 'epsilon', 'float') ?? 0.001);
    // The variance serves for its shape as the mean does.
    changes.set(node.name, {
      ...node,
      op: BATCH_NORM_OP,
      inputs: node.inputs.slice(0, 4),
      attrs: { epsilon },
    });
  }
  for (const node of model.graph) {
    const noise = noiseOf(node);
    if (noise !== undefined) changes.set(node.name, noiseNode(node, noise));
  }
  return model.with({ graph: editGraph(model.graph, changes) });
}

function noiseNode(node: Node, { kind, amount, shape }: Noise): Node {
  const attrs = {
    kind: attr.string(kind),
    amount: attr.float(amount),
    key: attr.string(node.name),
    ...(shape === undefined ? {} : { shape: attr.ints(shape) }),
  };
  return { ...node, op: NOISE_OP, attrs };
}

/** The same graph with inputs in the place of some of its weights. */
function feeding(model: Model, fed: ReadonlySet<string>): Model {
  const ports = [...fed].map((name): Port => {
    const { dtype, shape } = model.weights.need(name);
    return { key: name, value: name, dtype, shape };
  });
  const placeholders = ports.map(({ value, dtype, shape }): [string, Node] => {
    const attrs = { dtype: attr.type(dtype), shape: attr.shape(shape ?? null) };
    return [value, makeNode({ name: value, op: 'Placeholder', attrs })];
  });
  const changed = editGraph(model.graph, new Map(placeholders));
  const inputs = [...changed.inputs, ...fed];
  return model.with({
    graph: new Graph(changed.nodes.values(), inputs, changed.outputs, changed.extras),
    weights: model.weights.with(new Map([...fed].map((name) => [name, undefined]))),
    signature: { ...model.signature, inputs: [...model.signature.inputs, ...ports] },
  });
}
