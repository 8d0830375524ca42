import * as tf from '@tensorflow/tfjs';
import { asyncNodeOf } from './async-ops.js';
import type { Graph } from './graph/graph.js';
import { int8Ports } from './int8-ports.js';
import type { Model, ModelInputs } from './model.js';
import { runFailed } from './run-failure.js';
import { checkInputs } from './run-inputs.js';
import { artifactsToRun, loadArtifacts, type Asked, type GraphModel } from './run.js';
import { patchMethod } from './trace/patch.js';

/** An output that a node made; a node in a loop makes one each turn. */
export interface KeptValue {
  readonly node: string;
  /** Which of the outputs. */
  readonly index: number;
  /** A clone that TensorFlow.js' executor made as soon as the node had run. */
  readonly tensor: tf.Tensor;
  /** Nodes of the model that `node` stands for, which is then none of them: a backend ran them as one. */
  readonly members?: readonly string[];
}

/**
 * Runs a model once while TensorFlow.js' executor keeps all it makes, also inside loops,
 * and shows that. It runs on a graph model of its own, because what is kept belongs to it; all
 * tensors are gone afterwards.
 *
 * @param look gets all values; what it reads of them it awaits, since some backends have values only later.
 * @param asked 'outputs' to run the model as `Model.run` does, where a backend may run several nodes as one: what they
 *   hand to each other is then not shown.
 * @throws `model/input`; `model/run` where TensorFlow.js cannot run the model.
 */
export async function runKeepingAll<T>(
  model: Model,
  sample: ModelInputs,
  look: (kept: readonly KeptValue[]) => T | Promise<T>,
  asked: Asked = 'values',
): Promise<T> {
  await tf.ready();
  const inputs = checkInputs(model.signature, sample, int8Ports(model).inputs);
  const artifacts = artifactsToRun(model, asked);
  const graphModel = loadArtifacts(artifacts);
  const keptBefore = tf.env().getBool(KEEP_FLAG);
  const clones = new Set<tf.Tensor>();
  const unwatch = watchKeep(clones);
  setKeepFlag(true);
  try {
    let results: tf.Tensor[];
    try {
      results = await execute(model, graphModel, inputs);
    } finally {
      setKeepFlag(keptBefore);
      unwatch();
    }
    const found = await look(
      keptValues(model.graph, artifacts.regions ?? NONE, graphModel.getIntermediateTensors()),
    );
    tf.dispose(results.filter((tensor) => !tensor.kept && !Object.values(inputs).includes(tensor)));
    return found;
  } finally {
    graphModel.disposeIntermediateTensors();
    graphModel.dispose();
    // The executors of functions forget what they keep.
    tf.dispose([...clones]);
  }
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map();

const KEEP_FLAG = 'KEEP_INTERMEDIATE_TENSORS';

/** Sets the flag along with all others, because `env().set` prints a warning for this one. */
function setKeepFlag(value: boolean): void {
  tf.env().setFlags({ ...tf.env().getFlags(), [KEEP_FLAG]: value });
}

/** Collects the tensors that are kept, until the function returned is called. */
function watchKeep(clones: Set<tf.Tensor>): () => void {
  const engine = tf.engine();
  const keep = engine.keep.bind(engine);
  return patchMethod(engine, 'keep', <T extends tf.Tensor>(tensor: T): T => {
    clones.add(tensor);
    return keep(tensor);
  });
}

async function execute(
  { graph, signature }: Model,
  graphModel: GraphModel,
  inputs: Record<string, tf.Tensor>,
): Promise<tf.Tensor[]> {
  const outputs = [...new Set(signature.outputs.map((port) => port.value))];
  try {
    const isAsync = asyncNodeOf(graph) !== undefined;
    const results = isAsync
      ? await graphModel.executeAsync(inputs, outputs)
      : graphModel.execute(inputs, outputs);
    return [results].flat();
  } catch (cause) {
    return runFailed(cause);
  }
}

/** The executor names what nodes make in a loop `node-/frame-turn` (nested: `node-/outer-0/inner-2`). */
function keptValues(
  graph: Graph,
  regions: ReadonlyMap<string, readonly string[]>,
  kept: Readonly<Record<string, readonly (tf.Tensor | null | undefined)[] | null>>,
): KeptValue[] {
  const isNode = (name: string): boolean => graph.has(name) || regions.has(name);
  return Object.entries(kept).flatMap(([key, tensors]) => {
    const node = isNode(key) ? key : nodeInFrame(isNode, key);
    if (node === undefined || graph.get(node)?.op === 'Const') return [];
    const members = regions.get(node);
    return (tensors ?? []).flatMap((tensor, index) =>
      tensor ? [{ node, index, tensor, ...(members && { members }) }] : [],
    );
  });
}

function nodeInFrame(isNode: (name: string) => boolean, key: string): string | undefined {
  for (let at = key.indexOf('-/'); at >= 0; at = key.indexOf('-/', at + 1)) {
    if (isNode(key.slice(0, at))) return key.slice(0, at);
  }
  return undefined;
}
