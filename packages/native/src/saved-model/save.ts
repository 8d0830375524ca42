import { isModel, loadModel, throwIfAborted, type Model, type Progress } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { savedModelBytes } from './assemble.js';
import { checkModel } from './check.js';
import { writeGraph } from './graph.js';
import { checkFolder, writeFolder, type FileToWrite } from './folder.js';

/** What {@link saveSavedModel} takes: a model of ours, or one of TensorFlow.js. */
export type ModelLike = Model | tf.LayersModel | tf.GraphModel;

/** How a SavedModel is written. */
export interface SavedModelOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: Progress) => void) | undefined;
}

/** What was written. */
export interface SavedModelResult {
  /** The files by their paths below the folder, saved_model.pb first. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Bytes of all files. */
  readonly bytes: number;
}
export async function saveSavedModel(
  model: ModelLike,
  folder: string,
  options: SavedModelOptions = {},
): Promise<SavedModelResult> {
  throwIfAborted(options.signal, 'saving');
  await checkFolder(folder);
  const ours = isModel(model) ? model : await loadModel(model, { signal: options.signal });
  checkModel(ours);
  const graph = writeGraph(ours);
  const files: FileToWrite[] = [{ path: 'saved_model.pb', pieces: [savedModelBytes(graph)] }];
  const written = await writeFolder(folder, files, options);
  return { files: written, bytes: written.reduce((sum, file) => sum + file.bytes, 0) };
}
