import type * as tf from '@tensorflow/tfjs';
import { Facts } from './facts.js';
import { saveModel, type SaveOptions, type SaveResult } from './io/save.js';
import { disposeModel, executorOf } from './run.js';
import type { Graph } from './graph/graph.js';
import type { JsonObject } from './json.js';
import type { Note } from './pass.js';
import type { Port, Signature } from './signature.js';
import { summary, type SummaryOptions } from './summary.js';
import { fewOf, INSPECT } from './text/inspect.js';
import { bytesText } from './text/units.js';
import { warmUp, type WarmUpOptions } from './warm-up.js';
import type { Weights } from './weights.js';
import { writeBack, type WriteBackOptions } from './write-back.js';

/** An integer model can be run, measured and saved, not trained. */
export type Stage = 'float' | 'integer';

/** Where a model came from, kept so that results can be written back and reports can tell. */
export interface Source {
  readonly kind: 'layers-model' | 'graph-model' | 'function' | 'made';
  /** File or URL, where there was one. */
  readonly location?: string;
  /** Format of the file's producer, as in model.json. */
  readonly generatedBy?: string;
  readonly convertedBy?: string;
  /** Names of the layers of a layers model, those that compute nothing and left no node included. */
  readonly layers?: readonly string[];
  /** What was noticed while reading it: NaN weights, ports of the signature without a node, … */
  readonly notes?: readonly Note[];
}

/** What a model file carries beside graph and weights, written back as it was read. */
export interface ModelExtras {
  readonly userDefinedMetadata?: JsonObject;
  /** The signature as the file had it; {@link Model.signature} is what counts. */
  readonly signature?: JsonObject;
  /** Hash-table initializer graph, as JSON; its constants are in the weights. */
  readonly modelInitializer?: JsonObject;
  readonly initializerSignature?: JsonObject;
  readonly trainingConfig?: JsonObject;
}

/** The parts of a model; see {@link Model}. */
export interface ModelParts<S extends Stage = Stage> {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly signature: Signature;
  readonly stage: S;
  readonly facts?: Facts;
  readonly source?: Source;
  readonly extras?: ModelExtras;
}

/**
 * A model: a graph, its weights and signature, and what passes have established about it. Data
 * only (typed arrays, no tensors): it can be hashed, compared, sent to a worker and garbage
 * collected. {@link run} makes tensors on first use and keeps them until {@link dispose}.
 */
export class Model<S extends Stage = Stage> {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly signature: Signature;
  readonly stage: S;
  readonly facts: Facts;
  readonly source: Source;
  readonly extras: ModelExtras;

  constructor(parts: ModelParts<S>) {
    this.graph = parts.graph;
    this.weights = parts.weights;
    this.signature = parts.signature;
    this.stage = parts.stage;
    this.facts = parts.facts ?? Facts.none;
    this.source = parts.source ?? { kind: 'made' };
    this.extras = parts.extras ?? {};
  }

  /** A model with some parts replaced; the rest is shared. */
  with<T extends Stage = S>(parts: Partial<ModelParts<T>>): Model<T> {
    return new Model<T>({
      graph: parts.graph ?? this.graph,
      weights: parts.weights ?? this.weights,
      signature: parts.signature ?? this.signature,
      stage: parts.stage ?? (this.stage as unknown as T),
      facts: parts.facts ?? this.facts,
      source: parts.source ?? this.source,
      extras: parts.extras ?? this.extras,
    });
  }

  /**
   * Runs the model on the current backend through TensorFlow.js' own graph executor.
   * @param inputs one tensor, an array in signature order, or tensors by input key.
   * @returns outputs in signature order; the caller disposes of them (or a surrounding tf.tidy).
   */
  run(inputs: ModelInputs): tf.Tensor[] {
    return executorOf(this).run(inputs);
  }

  /** Like {@link run}, for models with control flow or sizes that depend on values, too. */
  runAsync(inputs: ModelInputs): Promise<tf.Tensor[]> {
    return executorOf(this).runAsync(inputs);
  }

  /** Runs the model a few times so that weights are uploaded and code is compiled; see {@link warmUp}. */
  warmUp(options: number | WarmUpOptions = {}): Promise<void> {
    return warmUp(this, typeof options === 'number' ? { runs: options } : options);
  }

  /**
   * Saves the model in the graph-model format that stock `tf.loadGraphModel` loads.
   * @param target a folder to make, a URL or a `tf.io.IOHandler`; see {@link saveModel}.
   */
  save(target: string | tf.io.IOHandler, options: SaveOptions = {}): Promise<SaveResult> {
    return saveModel(this, target, options);
  }

  /**
   * Writes the weights' values into the layers model that this model was traced from and returns that.
   * @throws `model/structure` naming what is no longer as it was traced; see {@link writeBack}.
   */
  toLayersModel(original: tf.LayersModel, options: WriteBackOptions = {}): tf.LayersModel {
    return writeBack(this, original, options);
  }

  /** The model as plain text: ports, sizes, tables by op and by layer; see {@link summary}. */
  summary(options: SummaryOptions = {}): string {
    return summary(this, options);
  }

  /** One line, which Node's `console.log` shows, too; {@link summary} tells more. */
  toString(): string {
    let bytes = 0;
    for (const [, weight] of this.weights) bytes += weight.storedBytes;
    const { inputs, outputs } = this.signature;
    const stage = this.stage === 'float' ? '' : ` of ${this.stage}s`;
    return (
      `Model${stage} (${this.source.kind}): ${this.graph.size} nodes, ` +
      `${bytesText(bytes)} of weights, ${portsText(inputs)} → ${portsText(outputs)}`
    );
  }

  [INSPECT](): string {
    return this.toString();
  }

  /**
   * Releases the tensors that {@link run} made. The model's data stays: running it again uploads its
   * weights again.
   */
  dispose(): void {
    disposeModel(this);
  }
}

function portsText(ports: readonly Port[]): string {
  return fewOf(
    ports.map(({ key, dtype, shape }) => {
      const sizes = shape?.map((size) => (size < 0 ? '?' : size)).join(', ') ?? '…';
      return `${key} ${dtype} [${sizes}]`;
    }),
  );
}

/** What {@link Model.run} accepts. */
export type ModelInputs = tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;
