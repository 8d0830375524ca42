import * as tf from '@tensorflow/tfjs';
import { fail, throwIfAborted } from './errors.js';
import type { Graph } from './graph/graph.js';
import { liveNodes } from './graph/live.js';
import { valueId, type Shape, type ValueId } from './graph/node.js';
import { outputCount } from './graph/ops/table.js';
import { toArtifacts } from './io/artifacts.js';
import type { Model, ModelInputs } from './model.js';
import { checkInputs } from './run-inputs.js';
import { asyncNodeOf, executorOf } from './run.js';
import type { DType } from './weights.js';

/** What one run showed of a value. */
export interface Annotation {
  /** Sizes, all known; of a value that a loop makes many times, those of the largest one. */
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Shapes and types of the values of a graph, from one real run; see {@link annotate}. */
export class Annotations implements Iterable<readonly [ValueId, Annotation]> {
  private readonly found: ReadonlyMap<ValueId, Annotation>;

  constructor(entries: Iterable<readonly [ValueId, Annotation]>) {
    this.found = new Map(entries);
  }

  /** Number of values that had a tensor in the run. */
  get size(): number {
    return this.found.size;
  }
  /** Whether the value was made in the run: branches not taken and dead nodes make none. */
  has(value: ValueId): boolean {
    return this.found.has(value);
  }
  get(value: ValueId): Annotation | undefined {
    return this.found.get(value);
  }
  shape(value: ValueId): Shape | undefined {
    return this.found.get(value)?.shape;
  }
  dtype(value: ValueId): DType | undefined {
    return this.found.get(value)?.dtype;
  }
  /** Bytes of the value in memory (strings count 4 bytes, which is what TensorFlow.js counts at least). */
  bytes(value: ValueId): number | undefined {
    const annotation = this.found.get(value);
    return annotation && elements(annotation.shape) * BYTES[annotation.dtype];
  }
  [Symbol.iterator](): Iterator<readonly [ValueId, Annotation]> {
    return this.found[Symbol.iterator]();
  }
}

/** Bytes of an element in memory. */
export const BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  string: 4,
};

const elements = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/**
 * Runs a model once on the present backend and tells the shape and type of every value that the
 * outputs depend on, constants included. Models with control flow are run asynchronously; of a
 * branch that is not taken there are no annotations. All tensors made are disposed of.
 *
 * @param sample inputs as {@link Model.run} takes them; they stay the caller's.
 * @throws `model/input` for inputs that do not fit, `model/run` where TensorFlow.js cannot run the model.
 */
export async function annotate(
  model: Model,
  sample: ModelInputs,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Annotations> {
  throwIfAborted(options.signal, 'annotate');
  const entries = new Map<ValueId, Annotation>();
  for (const [name, { shape, dtype }] of model.weights) {
    if (model.graph.has(name)) entries.set(name, { shape, dtype });
  }
  const isAsync = asyncNodeOf(model.graph) !== undefined;
  if (isAsync) await annotateFrames(model, sample, entries);
  else await annotateStraight(model, sample, entries);
  return new Annotations(entries);
}

/** Without control flow every value can be asked for as an output. */
async function annotateStraight(
  model: Model,
  sample: ModelInputs,
  entries: Map<ValueId, Annotation>,
): Promise<void> {
  const values = liveValues(model.graph);
  const tensors = await executorOf(model).executeAsync(sample, values);
  values.forEach((value, i) => note(entries, value, tensors[i]));
  tf.dispose(tensors);
}

function note(entries: Map<ValueId, Annotation>, value: ValueId, tensor: tf.Tensor | null | undefined): void {
  if (tensor === null || tensor === undefined) return;
  const before = entries.get(value);
  if (before !== undefined && elements(before.shape) >= tensor.size) return;
  entries.set(value, { shape: [...tensor.shape], dtype: tensor.dtype });
}

/** Values of nodes that the outputs need, constants aside. */
function liveValues(graph: Graph): ValueId[] {
  const live = liveNodes(graph);
  const values = new Set<ValueId>();
  for (const node of graph) {
    if (!live.has(node.name) || node.op === 'Const') continue;
    for (let i = 0; i < (outputCount(node) ?? 1); i++) values.add(valueId(node.name, i));
    for (const value of node.inputs) if (graph.producer(value).op !== 'Const') values.add(value);
  }
  return [...values];
}

const KEEP_FLAG = 'KEEP_INTERMEDIATE_TENSORS';

/** Sets the flag along with all others, because `env().set` prints a warning for this one. */
function setKeepFlag(value: boolean): void {
  tf.env().setFlags({ ...tf.env().getFlags(), [KEEP_FLAG]: value });
}

/**
 * Values inside loops and in branches not taken cannot be asked for as outputs, so the executor is
 * told to keep all it makes. It runs on a graph model of its own, because what is kept belongs to it.
 */
async function annotateFrames(
  model: Model,
  sample: ModelInputs,
  entries: Map<ValueId, Annotation>,
): Promise<void> {
  await tf.ready();
  const inputs = checkInputs(model.signature, sample);
  for (const { key, value } of model.signature.inputs) note(entries, value, inputs[key]);
  const graphModel = tf.loadGraphModelSync(toArtifacts(model));
  const keptBefore = tf.env().getBool(KEEP_FLAG);
  setKeepFlag(true);
  try {
    const outputs = model.signature.outputs.map((port) => port.value);
    const results = await graphModel.executeAsync(inputs, [...new Set(outputs)]);
    collect(model.graph, graphModel.getIntermediateTensors(), entries);
    tf.dispose([results].flat().filter((tensor) => !tensor.kept && !Object.values(inputs).includes(tensor)));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    fail('model/run', { subject: 'model', expected: 'TensorFlow.js to run it', got, cause });
  } finally {
    setKeepFlag(keptBefore);
    graphModel.disposeIntermediateTensors();
    graphModel.dispose();
  }
}

/** The executor names what nodes make in a loop `node-/frame-turn` (nested: `node-/outer-0/inner-2`). */
function collect(
  graph: Graph,
  kept: Readonly<Record<string, readonly (tf.Tensor | null | undefined)[] | null>>,
  entries: Map<ValueId, Annotation>,
): void {
  for (const [key, tensors] of Object.entries(kept)) {
    const name = graph.has(key) ? key : nodeInFrame(graph, key);
    if (name === undefined || graph.get(name)?.op === 'Const') continue;
    tensors?.forEach((tensor, i) => note(entries, valueId(name, i), tensor));
  }
}

function nodeInFrame(graph: Graph, key: string): string | undefined {
  for (let at = key.indexOf('-/'); at >= 0; at = key.indexOf('-/', at + 1)) {
    if (graph.has(key.slice(0, at))) return key.slice(0, at);
  }
  return undefined;
}
