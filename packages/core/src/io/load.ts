import type * as tfTypes from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { fail, isOptimizeError, throwIfAborted } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import { isGraphModel, isLayersModel, type StockGraphModel } from '../kinds.js';
import type { JsonObject } from '../json.js';
import type { Model } from '../model.js';
import { traceLayersModel, type TraceOptions } from '../trace/index.js';
import { modelFromJson } from './artifacts.js';
import { fileStore } from './file-store.js';
import { rememberPlace } from './files.js';
import { httpStore, type HttpOptions } from './http-store.js';
import { modelFromLayers } from './layers.js';
import { readArtifacts } from './memory.js';
import { readStore, type StoredModel, type Watch } from './store.js';

/** What {@link loadModel} reads. */
export type ModelSource =
  | string
  | tfTypes.io.IOHandler
  | tfTypes.io.IOHandlerSync
  | tfTypes.io.ModelArtifacts
  | tfTypes.LayersModel
  | StockGraphModel;

/** Options of {@link loadModel}. */
export interface LoadOptions extends Watch, HttpOptions {
  readonly signal?: AbortSignal | undefined;
  /** How layers models are traced. */
  readonly trace?: TraceOptions | undefined;
}

/**
 * Reads a model: a path, file:// or http(s):// URL of a model.json or of the folder that holds one,
 * any URL or `tf.io.IOHandler` that TensorFlow.js can load from, artifacts in memory, or a live
 * `tf.GraphModel` or `tf.LayersModel`. Layers models are traced to graphs. Weights keep their stored
 * encoding and are views on what was read. What was noticed on the way (NaN weights, unused ports, …)
 * is in `model.source.notes`. A graph with ops of integers is of the stage `integer`, all others are `float`.
 *
 * @throws `io/…`, `packed/…` and `graph/…` for bad files, `trace/…` for layers that no graph can express, `aborted`.
 */
export async function loadModel(source: tfTypes.LayersModel, options?: LoadOptions): Promise<Model<'float'>>;
export async function loadModel(source: ModelSource, options?: LoadOptions): Promise<Model>;
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  throwIfAborted(options.signal, 'loading a model');
  if (isLayersModel(source)) return traceLayersModel(source, options.trace);
  const stored = await readSource(source, options);
  const model = await modelFromStored(stored, options);
  rememberPlace(model, stored.place);
  return model;
}

async function readSource(
  source: Exclude<ModelSource, tfTypes.LayersModel>,
  options: LoadOptions,
): Promise<StoredModel> {
  if (typeof source === 'string') return readLocation(source, options);
  if (typeof source !== 'object' || source === null) {
    fail('argument/invalid', { subject: 'source', expected: 'a model, a path or a URL', got: typeof source });
  }
  if (isGraphModel(source)) return readArtifacts(await artifactsOf(source));
  if ('load' in source && typeof source.load === 'function') return readHandler(source);
  if ('modelTopology' in source || 'weightSpecs' in source) return readArtifacts(source);
  return fail('argument/invalid', {
    subject: 'source',
    expected: 'a path, URL, IOHandler, ModelArtifacts, tf.GraphModel or tf.LayersModel',
    got: `an object with keys ${Object.keys(source).slice(0, 6).join(', ')}`,
  });
}

async function readLocation(location: string, options: LoadOptions): Promise<StoredModel> {
  if (/^https?:\/\//i.test(location)) return readStore(httpStore(location, options), options);
  const isOtherUrl = /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(location) && !location.startsWith('file:');
  if (!isOtherUrl) return readStore(await fileStore(location, options.weightPathPrefix), options);
  const [handler] = tf.io.getLoadHandlers(location);
  if (handler === undefined) {
    fail('argument/invalid', {
      subject: location,
      expected: 'a path, a file:// or http(s):// URL or one that TensorFlow.js can load from',
      got: 'a URL without a handler',
    });
  }
  return { ...(await readHandler(handler)), location };
}

async function readHandler(handler: tfTypes.io.IOHandler | tfTypes.io.IOHandlerSync): Promise<StoredModel> {
  const load = handler.load?.bind(handler);
  if (load === undefined) {
    fail('argument/invalid', { subject: 'source', expected: 'an IOHandler with load()', got: 'one without' });
  }
  try {
    return await readArtifacts(await load());
  } catch (error) {
    if (isOptimizeError(error)) throw error;
    const got = error instanceof Error ? error.message : String(error);
    return fail('io/handler', { subject: 'IOHandler.load', expected: 'to give a model', got, cause: error });
  }
}

/** The artifacts that a live graph model was made of, through its public `save`. */
async function artifactsOf(model: StockGraphModel): Promise<tfTypes.io.ModelArtifacts> {
  let artifacts: tfTypes.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((given) => {
      artifacts = given;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  return (
    artifacts ??
    fail('argument/invalid', {
      subject: 'source',
      expected: 'a graph model that was loaded',
      got: 'an empty one',
    })
  );
}

async function modelFromStored(stored: StoredModel, options: LoadOptions): Promise<Model> {
  const topology = stored.json['modelTopology'];
  const { location } = stored;
  if (!isJsonObject(topology)) {
    fail('io/format', {
      subject: location ?? 'modelTopology',
      expected: 'a modelTopology that is an object',
      got: Array.isArray(topology) ? 'a list' : typeof topology,
    });
  }
  if (!isLayersTopology(topology)) {
    return modelFromJson(stored.json, stored.weights, location === undefined ? {} : { location });
  }
  const metadata = stored.json['userDefinedMetadata'];
  const optimizer = new Map(
    stored.specs.filter((spec) => spec.isOptimizer).map((spec) => [spec.name, undefined]),
  );
  return modelFromLayers(
    {
      topology,
      weights: stored.weights.with(optimizer),
      location,
      metadata: isJsonObject(metadata) ? metadata : undefined,
    },
    options.trace,
  );
}

/** The format is told by the topology: files of both formats were written without naming it. */
function isLayersTopology(topology: JsonObject): boolean {
  if (Array.isArray(topology['node'])) return false;
  return ['model_config', 'class_name', 'className', 'config'].some((key) => topology[key] !== undefined);
}
