import type * as tfTypes from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { builtIn } from '../built-in.js';
import { fail, isOptimizeError, throwIfAborted } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { Model } from '../model.js';
import type { Weight } from '../weights.js';
import { toJsonAndWeights, toPackedArtifacts } from './artifacts.js';
import { toPath } from './file-store.js';
import { specOf } from './manifest.js';
import {
  checkPlace,
  filesToWrite,
  writeModel,
  writtenBytes,
  type FileToWrite,
  type ModelToWrite,
  type WriteOptions,
  type WrittenFile,
} from './write.js';

/** Options of {@link saveModel}; `overwrite` and `shardBytes` are for files only. */
export type SaveOptions = WriteOptions;

/** What was written. */
export interface SaveResult {
  /** The files, model.json first; empty where a handler took the model. */
  readonly files: readonly WrittenFile[];
  /** Bytes of all files, or of topology and weights handed to a handler. */
  readonly bytes: number;
}

/**
 * Saves a model in the graph-model format that stock `tf.loadGraphModel` loads. Weights keep the
 * encoding they were stored in. The same model gives the same bytes.
 *
 * @param target a folder to make (path or file:// URL), a URL that TensorFlow.js has a handler for
 *   (`indexeddb://…`, `http://…`), or a `tf.io.IOHandler`. A folder that exists is refused; with
 *   `overwrite` one is replaced that holds a model and nothing else, once the new one is complete.
 *   Folders above it are made.
 * @throws `io/exists`, `io/permission`, `io/disk-full`, `aborted`; nothing is left behind then.
 */
export async function saveModel(
  model: Model,
  target: string | tfTypes.io.IOHandler,
  options: SaveOptions = {},
): Promise<SaveResult> {
  throwIfAborted(options.signal, 'saving');
  const handler = typeof target === 'string' ? handlerOf(target) : target;
  if (handler !== undefined) return saveTo(handler, model);
  const folder = await folderOf(target as string);
  const fs = await builtIn('fs/promises');
  const files = await writeModel(folder, toWrite(model), options, fs);
  return { files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/**
 * Saves a model into a folder, in the place of the one that is there, with more metadata and weights that are no part
 * of its graph: those who load it as a model pass over both.
 */
export async function saveWith(
  model: Model,
  target: string,
  metadata: JsonObject,
  extra: ReadonlyMap<string, Weight>,
): Promise<void> {
  // As it runs: a checksum of packed weights would not be that of a file with more of them.
  const { json, entries } = toJsonAndWeights(model, 'run');
  const all = [...entries, ...extra];
  const toWrite: ModelToWrite = {
    json: { ...json, userDefinedMetadata: { ...json.userDefinedMetadata, ...metadata } },
    specs: all.map(([name, weight]) => specOf(name, weight)),
    parts: all.map(([, weight]) => weight.bytes),
  };
  await writeModel(await folderOf(target), toWrite, { overwrite: true }, await builtIn('fs/promises'));
}

/**
 * Looks whether {@link saveModel} could write into a folder, for work that should not be done in vain. Leaves
 * nothing behind.
 * @param target a path or file:// URL.
 * @throws `argument/invalid`, `io/exists`, `io/permission` as saving would.
 */
export async function checkSavePlace(
  target: string,
  options: Pick<SaveOptions, 'overwrite'> = {},
): Promise<void> {
  const folder = await folderOf(target);
  await checkPlace(folder, options.overwrite ?? false, await builtIn('fs/promises'));
}

async function folderOf(target: string): Promise<string> {
  const folder = await toPath(target);
  const refuse = (got: string): never =>
    fail('argument/invalid', {
      subject: folder === '' ? 'saving' : folder,
      expected: 'the name of a folder',
      got,
      advice: 'The folder will hold model.json and the weight files',
    });
  if (folder.trim() === '') refuse('an empty one');
  if (/\.json$/i.test(folder)) refuse('that of a file');
  return folder;
}

/** Bytes that {@link saveModel} would write into a folder, model.json and all weight files. */
export function savedBytes(model: Model, shardBytes?: number): number {
  return writtenBytes(toWrite(model), shardBytes);
}

/** The files that {@link saveModel} would write into a folder, with their bytes, model.json first. */
export function savedFiles(model: Model, shardBytes?: number): FileToWrite[] {
  return filesToWrite(toWrite(model), shardBytes);
}

function toWrite(model: Model): ModelToWrite {
  const { json, entries } = toJsonAndWeights(model, 'file');
  return {
    json,
    specs: entries.map(([name, weight]) => specOf(name, weight)),
    parts: entries.map(([, weight]) => weight.bytes),
  };
}

/** TensorFlow.js' handler for URLs that are neither files nor paths. */
function handlerOf(target: string): tfTypes.io.IOHandler | undefined {
  if (!/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(target) || target.startsWith('file:')) return undefined;
  const [handler] = tf.io.getSaveHandlers(target);
  return (
    handler ??
    fail('argument/invalid', {
      subject: target,
      expected: 'a path, a file:// URL or one that TensorFlow.js can save to',
      got: 'a URL without a handler',
    })
  );
}

async function saveTo(handler: tfTypes.io.IOHandler, model: Model): Promise<SaveResult> {
  if (handler.save === undefined) {
    fail('argument/invalid', { subject: 'target', expected: 'an IOHandler with save()', got: 'one without' });
  }
  const artifacts = toPackedArtifacts(model);
  try {
    await handler.save(artifacts);
  } catch (error) {
    if (isOptimizeError(error)) throw error;
    const got = error instanceof Error ? error.message : String(error);
    fail('io/handler', { subject: 'IOHandler.save', expected: 'to take the model', got, cause: error });
  }
  const topology = new TextEncoder().encode(JSON.stringify(artifacts.modelTopology)).byteLength;
  const data = artifacts.weightData ?? [];
  const buffers = Array.isArray(data) ? data : [data];
  return { files: [], bytes: buffers.reduce((sum, buffer) => sum + buffer.byteLength, topology) };
}
