import * as tf from '@tensorflow/tfjs';
import { fail } from './errors.js';
import type { Graph } from './graph/graph.js';
import type { ValueId } from './graph/node.js';
import { toArtifacts } from './io/artifacts.js';
import type { Model, ModelInputs } from './model.js';
import { checkInputs } from './run-inputs.js';

/** What runs a model: TensorFlow.js' own graph executor over tensors of the model's weights. */
export interface Executor {
  /** Outputs in signature order. Synchronous; refuses models that need {@link runAsync}. */
  run(inputs: ModelInputs): tf.Tensor[];
  /** Outputs in signature order, for models with control flow or sizes that depend on values, too. */
  runAsync(inputs: ModelInputs): Promise<tf.Tensor[]>;
  /** Any values of the graph, inner ones included. */
  execute(inputs: ModelInputs, values: readonly ValueId[]): tf.Tensor[];
  executeAsync(inputs: ModelInputs, values: readonly ValueId[]): Promise<tf.Tensor[]>;
  /** Releases the tensors of the weights. */
  dispose(): void;
}

const executors = new WeakMap<Model, ModelExecutor>();
const disposed = new WeakSet<Model>();

/** The executor of a model, made on first use. A disposed model is refused. */
export function executorOf(model: Model): Executor {
  if (disposed.has(model)) {
    fail('model/disposed', {
      subject: 'model',
      expected: 'not to be disposed of before it is run',
      got: 'a call after dispose()',
      advice: 'Run it first, or load it again; model.with({}) makes a fresh one of the same parts',
    });
  }
  let executor = executors.get(model);
  if (executor === undefined) {
    executor = new ModelExecutor(model);
    executors.set(model, executor);
  }
  return executor;
}

/** Releases a model's tensors, if it has any, and refuses to run it from then on. */
export function disposeModel(model: Model): void {
  executors.get(model)?.dispose();
  executors.delete(model);
  disposed.add(model);
}

/** Ops for which TensorFlow.js' executor needs `executeAsync`: control flow and sizes known late. */
const ASYNC_OPS = new Set([
  ...['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond'],
  ...['If', 'StatelessIf', 'While', 'StatelessWhile'],
  ...['NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5'],
  ...['Where', 'ListDiff'],
  ...['HashTable', 'HashTableV2', 'LookupTableImport', 'LookupTableImportV2'],
  ...['LookupTableFind', 'LookupTableFindV2', 'LookupTableSize', 'LookupTableSizeV2'],
]);

/** The first node that makes a graph need {@link Model.runAsync}, or undefined. */
export function asyncNodeOf(graph: Graph): { readonly name: string; readonly op: string } | undefined {
  for (const node of graph) if (ASYNC_OPS.has(node.op)) return node;
  return undefined;
}

class ModelExecutor implements Executor {
  private readonly outputs: readonly ValueId[];
  private loaded: { readonly backend: string; readonly graph: tf.GraphModel } | undefined;

  constructor(private readonly model: Model) {
    this.outputs = model.signature.outputs.map((port) => port.value);
  }

  run(inputs: ModelInputs): tf.Tensor[] {
    return this.execute(inputs, this.outputs);
  }

  runAsync(inputs: ModelInputs): Promise<tf.Tensor[]> {
    return this.executeAsync(inputs, this.outputs);
  }

  execute(inputs: ModelInputs, values: readonly ValueId[]): tf.Tensor[] {
    const blocker = asyncNodeOf(this.model.graph);
    if (blocker !== undefined) {
      fail('argument/invalid', {
        subject: 'model.run',
        expected: 'a graph without control flow and data-dependent sizes',
        got: `node '${blocker.name}' (${blocker.op})`,
        advice: 'Use await model.runAsync(inputs)',
      });
    }
    const named = checkInputs(this.model.signature, inputs);
    // A new array each: the executor of TensorFlow.js sorts the list that it is given.
    const result = this.graphModel().execute(named, [...new Set(values)]);
    return owned(result, values, named);
  }

  async executeAsync(inputs: ModelInputs, values: readonly ValueId[]): Promise<tf.Tensor[]> {
    const named = checkInputs(this.model.signature, inputs);
    if (asyncNodeOf(this.model.graph) === undefined) return this.execute(inputs, values);
    const result = await this.graphModel().executeAsync(named, [...new Set(values)]);
    return owned(result, values, named);
  }

  dispose(): void {
    this.loaded?.graph.dispose();
    this.loaded = undefined;
  }

  /** The weights live on one backend; after a change of backend they are uploaded again. */
  private graphModel(): tf.GraphModel {
    const backend = tf.getBackend();
    if (this.loaded?.backend !== backend) {
      this.dispose();
      const graph = tf.loadGraphModelSync(toArtifacts(this.model)) as unknown as tf.GraphModel;
      // Weights outlive any tf.tidy around the first run.
      for (const tensors of Object.values(graph.weights)) tensors.forEach((tensor) => tf.keep(tensor));
      this.loaded = { backend, graph };
    }
    return (this.loaded as { graph: tf.GraphModel }).graph;
  }
}

/**
 * Tensors that the caller may dispose of. An output that is an input or a constant comes out of the
 * executor as that very tensor, and a value asked for twice as one tensor: those are cloned.
 */
function owned(
  result: tf.Tensor | tf.Tensor[],
  values: readonly ValueId[],
  inputs: Readonly<Record<string, tf.Tensor>>,
): tf.Tensor[] {
  const tensors = Array.isArray(result) ? result : [result];
  const distinct = [...new Set(values)];
  const taken = new Set<tf.Tensor>(Object.values(inputs));
  return values.map((value) => {
    const tensor = tensors[distinct.indexOf(value)] as tf.Tensor;
    if (taken.has(tensor) || tensor.kept) return tensor.clone();
    taken.add(tensor);
    return tensor;
  });
}
