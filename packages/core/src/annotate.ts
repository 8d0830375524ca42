import * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from './errors.js';
import type { Graph } from './graph/graph.js';
import { liveNodes } from './graph/live.js';
import { valueId, type Shape, type ValueId } from './graph/node.js';
import { outputCount } from './graph/ops/table.js';
import { runKeepingAll } from './keep-values.js';
import { int8Ports } from './int8-ports.js';
import type { Model, ModelInputs } from './model.js';
import { checkInputs } from './run-inputs.js';
import { asyncNodeOf, executorOf } from './run.js';
import { BYTES, type DType } from './weights.js';

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

/** Values inside loops and in branches not taken cannot be asked for as outputs. */
async function annotateFrames(
  model: Model,
  sample: ModelInputs,
  entries: Map<ValueId, Annotation>,
): Promise<void> {
  const inputs = checkInputs(model.signature, sample, int8Ports(model).inputs);
  for (const { key, value } of model.signature.inputs) note(entries, value, inputs[key]);
  await runKeepingAll(model, sample, (kept) => {
    for (const { node, index, tensor } of kept) note(entries, valueId(node, index), tensor);
  });
}
