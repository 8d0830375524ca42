import * as tf from '@tensorflow/tfjs';
import { OP_PREFIX, readsLater, registerOps } from '@tfjs-optimize/runtime';
import { isIntegerOp, loweringOf, type Lowered } from '@tfjs-optimize/runtime/format';
import { asyncNodeOf } from './async-ops.js';
import { fail } from './errors.js';
import { isJsonObject } from './graph/json-attr.js';
import { nodeOf, type Node, type ValueId } from './graph/node.js';
import { int8Ports } from './int8-ports.js';
import { toArtifacts } from './io/artifacts.js';
import type { Model, ModelInputs } from './model.js';
import { checkDevice, runFailed } from './run-failure.js';
import { checkInputs } from './run-inputs.js';

export { asyncNodeOf } from './async-ops.js';

/** What runs a model: TensorFlow.js' own graph executor over tensors of the model's weights. */
export interface Executor {
  /** Outputs in signature order. Refuses models that need {@link runAsync}. */
  run(inputs: ModelInputs): tf.Tensor[];
  /** Outputs in signature order, for models with control flow or sizes that depend on values, too. */
  runAsync(inputs: ModelInputs): Promise<tf.Tensor[]>;
  /** Any values of the graph, inner ones included, in the order in which they are asked for. */
  execute(inputs: ModelInputs, values: readonly ValueId[]): tf.Tensor[];
  /** Like {@link execute}, for every model. */
  executeAsync(inputs: ModelInputs, values: readonly ValueId[]): Promise<tf.Tensor[]>;
  /** Makes the tensors of the weights on the present backend now, not at the first run. */
  upload(): void;
}

const executors = new WeakMap<Model, ModelExecutor>();

/** Frees the tensors of a model that was garbage collected without dispose(). */
const abandoned = new FinalizationRegistry<LoadedWeights>((weights) => weights.dispose());

/** The executor of a model, made on first use. */
export function executorOf(model: Model): Executor {
  let executor = executors.get(model);
  if (executor === undefined) {
    const weights = new LoadedWeights();
    executor = new ModelExecutor(model, weights);
    executors.set(model, executor);
    abandoned.register(model, weights);
  }
  return executor;
}

/** Releases a model's tensors, if it has any; running it again makes new ones. */
export function disposeModel(model: Model): void {
  executors.get(model)?.weights.dispose();
}

/** TensorFlow.js' own graph model. */
export type GraphModel = ReturnType<typeof tf.loadGraphModelSync>;

/** Which values a graph model is asked for: all of them, or the outputs of its model alone. */
export type Asked = 'values' | 'outputs';

/** A model's weights as tensors of one backend, inside TensorFlow.js' graph models. */
class LoadedWeights {
  private backend: object | undefined;
  private readonly loaded = new Map<Asked, GraphModel>();

  /** A graph model on the present backend; after a change of backend or device the weights are uploaded again. */
  graphModel(model: Model, asked: Asked): GraphModel {
    const backend = tf.backend();
    if (this.backend !== backend) this.dispose();
    this.backend = backend;
    const graph = this.loaded.get(asked) ?? loadGraphModel(model, asked);
    this.loaded.set(asked, graph);
    return graph;
  }

  /** Whether the weights of a graph model are still there. */
  holds(graph: GraphModel): boolean {
    return [...this.loaded.values()].includes(graph);
  }

  dispose(): void {
    for (const graph of this.loaded.values()) graph.dispose();
    this.loaded.clear();
  }
}

/** Loads a model into a graph model whose weights outlive a `tf.tidy` around it. */
export function loadGraphModel(model: Model, asked: Asked = 'values'): GraphModel {
  return loadArtifacts(artifactsToRun(model, asked));
}

/**
 * What the present backend is given of a model.
 * @param asked 'outputs' where no others are asked for: a backend may then run several ops as one.
 */
export function artifactsToRun(model: Model, asked: Asked): Lowered {
  for (const { op } of model.graph) if (op.startsWith(OP_PREFIX)) registerOps();
  const lower = asked === 'outputs' ? loweringOf(tf.getBackend()) : undefined;
  const artifacts = runnable(model);
  const outputs = model.signature.outputs.map(({ value }) => value);
  return lower?.(artifacts, outputs) ?? artifacts;
}

/** Loads artifacts into a graph model whose weights outlive a `tf.tidy` around it. */
export function loadArtifacts(artifacts: tf.io.ModelArtifacts): GraphModel {
  const graph = tf.loadGraphModelSync(artifacts);
  for (const tensor of Object.values(graph.weights).flat()) tf.keep(tensor);
  return graph;
}

/**
 * A model's artifacts without the names of its outputs: TensorFlow.js takes those for nodes, so that
 * an inner node could not be asked for whose name is also that of an output.
 */
function runnable(model: Model): tf.io.ModelArtifacts {
  const { userDefinedMetadata, signature, ...artifacts } = toArtifacts(model);
  const written = isJsonObject(userDefinedMetadata) ? userDefinedMetadata['signature'] : undefined;
  const { inputs } = (written ?? signature ?? {}) as { inputs?: object };
  return { ...artifacts, signature: { inputs: inputs ?? {}, outputs: {} } };
}

class ModelExecutor implements Executor {
  private readonly outputs: readonly ValueId[];
  private readonly isOutput: ReadonlySet<ValueId>;
  private readonly blocker: Node | undefined;
  /** Whether ops of the runtime are in the graph. */
  private readonly isInteger: boolean;

  constructor(
    private readonly model: Model,
    readonly weights: LoadedWeights,
  ) {
    this.outputs = model.signature.outputs.map((port) => port.value);
    this.isOutput = new Set(this.outputs);
    this.blocker = asyncNodeOf(model.graph);
    this.isInteger = [...model.graph].some(({ op }) => isIntegerOp(op));
  }

  run(inputs: ModelInputs): tf.Tensor[] {
    return this.execute(inputs, this.outputs);
  }

  runAsync(inputs: ModelInputs): Promise<tf.Tensor[]> {
    return this.executeAsync(inputs, this.outputs);
  }

  upload(): void {
    this.graphFor(this.outputs);
  }

  execute(inputs: ModelInputs, values: readonly ValueId[]): tf.Tensor[] {
    if (this.blocker !== undefined) {
      fail('argument/invalid', {
        subject: 'model.run',
        expected: 'a graph without control flow, hash tables and sizes that depend on values',
        got: `node '${this.blocker.name}' (${this.blocker.op})`,
        advice: 'Use await model.runAsync(inputs)',
      });
    }
    const named = this.check(inputs, values);
    checkDevice();
    try {
      // A list of its own: TensorFlow.js' executor may reorder what it is given.
      return made(owned(this.graphFor(values).execute(named, distinct(values)), values, named));
    } catch (error) {
      return runFailed(error);
    }
  }

  async executeAsync(inputs: ModelInputs, values: readonly ValueId[]): Promise<tf.Tensor[]> {
    await tf.ready();
    if (this.blocker === undefined && !(this.isInteger && readsLater())) {
      return this.execute(inputs, values);
    }
    const named = this.check(inputs, values);
    checkDevice();
    let graph: GraphModel | undefined;
    try {
      graph = this.graphFor(values);
      return made(owned(await graph.executeAsync(named, distinct(values)), values, named));
    } catch (error) {
      if (graph !== undefined && !this.weights.holds(graph)) return failedWithoutWeights(error);
      return runFailed(error);
    }
  }

  private graphFor(values: readonly ValueId[]): GraphModel {
    tf.backend(); // Starts one if none runs yet.
    const canLower = this.isInteger && loweringOf(tf.getBackend()) !== undefined;
    const asked = canLower && values.every((value) => this.isOutput.has(value)) ? 'outputs' : 'values';
    return this.weights.graphModel(this.model, asked);
  }

  private check(inputs: ModelInputs, values: readonly ValueId[]): Record<string, tf.Tensor> {
    for (const value of values) {
      if (!this.model.graph.has(nodeOf(value))) {
        fail('graph/output', {
          subject: `'${value}'`,
          expected: 'a value of the graph',
          got: 'no such node',
        });
      }
    }
    return checkInputs(this.model.signature, inputs, int8Ports(this.model).inputs);
  }
}

function distinct(values: readonly ValueId[]): ValueId[] {
  return [...new Set(values)];
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
  const tensors = [result].flat();
  const order = distinct(values);
  const taken = new Set<tf.Tensor>(Object.values(inputs));
  return values.map((value) => {
    const tensor = tensors[order.indexOf(value)] as tf.Tensor;
    if (taken.has(tensor) || tensor.kept) return tensor.clone();
    taken.add(tensor);
    return tensor;
  });
}

/** Outputs, where the device that was to make them has not told meanwhile that it could not. */
function made(outputs: tf.Tensor[]): tf.Tensor[] {
  try {
    checkDevice();
    return outputs;
  } catch (error) {
    tf.dispose(outputs);
    throw error;
  }
}

/** What ops say whose weights are gone helps nobody. */
function failedWithoutWeights(cause: unknown): never {
  return fail('model/run', {
    subject: 'model',
    expected: 'one that is kept until its run has ended',
    got: 'one that was disposed of meanwhile',
    advice: 'Await the run first',
    cause,
  });
}
