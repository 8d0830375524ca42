import type * as tf from '@tensorflow/tfjs';
import {
  checkOptions,
  fail,
  isModel,
  loadModel,
  optionKinds,
  throwIfAborted,
  type Model,
  type Progress,
} from '@tfjs-optimize/core';
import { bundleFiles } from '../bundle/bundle.js';
import { planOf, PRECISION_KINDS, type PrecisionOptions, type PrecisionPlan } from '../precision/plan.js';
import { makeReport, type PrecisionReport } from '../precision/report.js';
import { StoredWeights } from '../precision/stored-weights.js';
import { savedModelBytes } from './assemble.js';
import { checkModel } from './check.js';
import { checkFolder, writeFolder, type FileToWrite, type WrittenFile } from './folder.js';
import { writeGraph } from './graph.js';
import { tensorBytes } from './tensor.js';
import { Variables, VARIABLES_PREFIX, type VariableChoice } from './variables.js';

/** What {@link saveSavedModel} takes: a model of ours, or one of TensorFlow.js. */
export type ModelLike = Model | tf.LayersModel | tf.GraphModel;

/** How a SavedModel is written. */
export interface SavedModelOptions extends PrecisionOptions, WritingOptions {}

/** How a SavedModel is written, whatever is in it. */
export interface WritingOptions {
  /**
   * Weights as constants of the graph, or as variables in a checkpoint beside it. TensorFlow computes with constants
   * ahead and packs them for its kernels, but copies them several times as it does so; a graph with more than 2 GB of
   * them cannot be a file. Unless told, matrices of products and tables from 1 MiB on are variables, which are nearly
   * as fast so, and all weights of models with more than 1 GiB of them, decoded.
   */
  readonly weights?: 'constants' | 'variables' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each file that is written. */
  readonly onProgress?: ((event: Progress) => void) | undefined;
}

const { anything, oneOf } = optionKinds;

const KINDS = {
  ...PRECISION_KINDS,
  weights: oneOf('constants', 'variables'),
  signal: anything,
  onProgress: anything,
} as const;

/** What was written. */
export interface SavedModelResult {
  /** The files by their paths below the folder, saved_model.pb first. */
  readonly files: readonly WrittenFile[];
  /** Bytes of all files. */
  readonly bytes: number;
  /** What weights are stored in and nodes computed in, and why. */
  readonly precision: PrecisionReport;
}

/** Bytes of weights up to which they are constants unless told, and above which they cannot be. */
export interface Limits {
  readonly usual: number;
  readonly most: number;
}

/** No message of protocol buffers has 2 GiB; some room is left for the nodes. */
const LIMITS: Limits = { usual: 2 ** 30, most: 2 ** 31 - 2 ** 26 };

/**
 * Writes a model as a SavedModel, which `tf.node.loadSavedModel` of tfjs-node and `tf.saved_model.load` of Python run
 * through TensorFlow's graph executor and its optimizer. One signature, `serving_default`, has the names, types and
 * shapes of the model's inputs and outputs, unknown sizes included. Types are those of TensorFlow.js: float32, int32,
 * bool and complex64.
 *
 * Ops of TensorFlow.js that TensorFlow does not have are taken apart; fused ones, too, which TensorFlow's optimizer
 * fuses again where its kernels can. Weights in 8 or 16 bits are decoded. Loops and branches are kept.
 *
 * @param model of floats.
 * @param folder to be made, with those above it; it may be there if it is empty.
 * @throws `native/exists` for a folder that holds something, `native/op` for nodes that TensorFlow has no ops for,
 *   `native/layer`, `native/calibration`, `native/type`, `native/string` for strings, `native/size` for too many constants, `model/stage` for integer models,
 *   `io/permission`, `io/disk-full`, `aborted`. Nothing is left behind then.
 */
export function saveSavedModel(
  model: ModelLike,
  folder: string,
  options: SavedModelOptions = {},
): Promise<SavedModelResult> {
  return saveWithin(model, folder, options, LIMITS);
}

/** As {@link saveSavedModel}, with other limits than those of files. */
export async function saveWithin(
  model: ModelLike,
  folder: string,
  options: SavedModelOptions,
  limits: Limits,
): Promise<SavedModelResult> {
  checkOptions<SavedModelOptions>(options, KINDS);
  throwIfAborted(options.signal, 'saving');
  await checkFolder(folder);
  const ours = isModel(model) ? model : await loadModel(model, { signal: options.signal });
  checkModel(ours);
  const plan = await planOf(ours, options, options.signal);
  return writeModel(ours, plan, folder, options, limits);
}

/** Writes a model that was checked, as it was planned. */
export async function writeModel(
  model: Model,
  plan: PrecisionPlan,
  folder: string,
  options: WritingOptions,
  limits = LIMITS,
): Promise<SavedModelResult> {
  const { files, precision } = filesToWrite(model, plan, options, limits);
  throwIfAborted(options.signal, 'saving');
  const written = await writeFolder(folder, files, options);
  return { files: written, bytes: written.reduce((sum, file) => sum + file.bytes, 0), precision };
}

/** The files of a model, whose pieces are made as they are asked for, but for the graph. */
export function filesToWrite(
  model: Model,
  plan: PrecisionPlan,
  options: WritingOptions,
  limits = LIMITS,
): { readonly files: readonly FileToWrite[]; readonly precision: PrecisionReport } {
  const stored = new StoredWeights(model, plan);
  const choice = variableChoice(model, options, limits);
  const variables = choice === undefined ? undefined : new Variables(model, stored, choice);
  const graph = writeGraph(model, stored, variables);
  const main: FileToWrite = { path: 'saved_model.pb', pieces: [savedModelBytes(graph)] };
  const more = graph.restoring === undefined ? [] : bundleFiles(VARIABLES_PREFIX, variables?.tensors() ?? []);
  const precision = makeReport(plan, graph.precisions, graph.casts, stored.notes);
  return { files: [main, ...more], precision };
}

function variableChoice(
  model: Model,
  { weights }: WritingOptions,
  { usual, most }: Limits,
): VariableChoice | undefined {
  if (weights === 'variables') return 'all';
  let bytes = 0;
  for (const [, weight] of model.weights) bytes += tensorBytes(weight);
  if (weights === undefined) return bytes > usual ? 'all' : 'matrices';
  if (bytes > most) {
    fail('native/size', {
      subject: 'weights',
      expected: `at most ${most} bytes of constants`,
      got: `${bytes}`,
      advice: "Save them with {weights: 'variables'}",
    });
  }
  return undefined;
}
