import * as tf from '@tensorflow/tfjs';
import { fail, isOptimizeError } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import type { Json, JsonObject } from '../json.js';
import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import { layerWeightNames, traceLayersModel, type TraceOptions } from '../trace/index.js';
import type { Weights } from '../weights.js';
import { notesOnWeights } from './artifacts.js';
import { toKeras2 } from './keras3.js';
import { checkBuiltLayers } from './layers-built.js';
import { checkLayerCalls } from './layers-config.js';
import { matchWeights, type Expected, type Matched } from './match-weights.js';
import { shapeText } from '../text/shape.js';

/** A layers model as it was read. */
export interface StoredLayers {
  readonly topology: JsonObject;
  readonly weights: Weights;
  readonly location?: string | undefined;
  readonly metadata?: JsonObject | undefined;
}

/**
 * A model of the layers format. Its layers are built by TensorFlow.js and traced to a graph; the weights
 * go from the file into the graph as they are stored, undecoded, so that a uint8 file stays one.
 *
 * Weights are told by their names. Files name them in several ways (with the model's name in front,
 * without the layer's, numbered as Keras 3 does); what no name tells is matched by order and shape, and
 * a note says so.
 *
 * @throws `io/format` where TensorFlow.js does not take the layers, `io/manifest` where a weight is
 * missing, `trace/…` for layers that no graph can express.
 */
export async function modelFromLayers(stored: StoredLayers, options?: TraceOptions): Promise<Model<'float'>> {
  const topology = toKeras2(stored.topology);
  checkLayerCalls(topology);
  const { layers, dispose } = await build(topology, stored.location);
  try {
    checkBuiltLayers(layers);
    const { weights, guessed, unused } = match(layers, stored);
    const traced = traceLayersModel(layers, { ...options, stored: weights });
    return traced.with({
      source: {
        ...traced.source,
        ...(stored.location === undefined ? {} : { location: stored.location }),
        notes: [
          ...(traced.source.notes ?? []),
          ...notesOnNames(guessed, unused),
          ...notesOnWeights(traced.weights),
        ],
      },
      extras: {
        ...traced.extras,
        ...(stored.metadata === undefined ? {} : { userDefinedMetadata: stored.metadata }),
      },
    });
  } finally {
    dispose();
  }
}

/** Live layers, and how to be rid of them. */
interface Built {
  readonly layers: tf.LayersModel;
  readonly dispose: () => void;
}

let building: Promise<unknown> = Promise.resolve();

/**
 * The live layers, all weights zero: the stored ones are put in their place in the graph. One model at a
 * time, to know which variables are its own.
 */
function build(topology: JsonObject, location: string | undefined): Promise<Built> {
  const turn = building.then(() => buildNow(topology, location));
  building = turn.catch(() => undefined);
  return turn;
}

async function buildNow(topology: JsonObject, location: string | undefined): Promise<Built> {
  const newVariables = watchVariables(layerNames(topology));
  try {
    const modelTopology = withZeros(topology) as JsonObject;
    const layers = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology }));
    const own = new Set(layers.weights.map(({ name }) => name));
    const variables = newVariables(own);
    return { layers, dispose: () => tf.dispose(variables) };
  } catch (error) {
    tf.dispose(newVariables(new Set()));
    if (isOptimizeError(error)) throw error;
    return fail('io/format', {
      subject: location ?? 'layers model',
      expected: 'layers that tf.loadLayersModel accepts',
      got: error instanceof Error ? error.message.slice(0, 300) : String(error),
      advice: 'If a layer is your own, register it with tf.serialization.registerClass first',
      cause: error,
    });
  }
}

/**
 * Finds the variables made since that are called so or by layers of the given names.
 * `LayersModel.dispose` (4.22) forgets layers that are reached in several ways or not at all, refuses
 * unfinished ones, and there is no model to dispose of when building one failed.
 */
function watchVariables(layers: ReadonlySet<string>): (names: ReadonlySet<string>) => tf.Variable[] {
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  return (names) =>
    Object.entries(tf.engine().registeredVariables)
      .filter(([name]) => !before.has(name) && (names.has(name) || layers.has(name.replace(/\/.*$/s, ''))))
      .map(([, variable]) => variable);
}

function layerNames(json: Json, names = new Set<string>()): Set<string> {
  if (Array.isArray(json)) for (const item of json as readonly Json[]) layerNames(item, names);
  if (!isJsonObject(json)) return names;
  if (typeof json['name'] === 'string') names.add(json['name']);
  for (const value of Object.values(json)) layerNames(value, names);
  return names;
}

/**
 * A configuration that starts every weight at zero, which takes no time. The forget bias of a LSTM is
 * part of that, and TensorFlow.js 4.22 loses four tensors when it makes one.
 */
function withZeros(json: Json): Json {
  if (Array.isArray(json)) return (json as readonly Json[]).map(withZeros);
  if (!isJsonObject(json)) return json;
  const entries = Object.entries(json).map(([key, value]): [string, Json] => {
    if (/(_i|I)nitializer$/.test(key) && value !== null) return [key, { class_name: 'Zeros', config: {} }];
    if (key === 'unit_forget_bias' || key === 'unitForgetBias') return [key, false];
    return [key, withZeros(value)];
  });
  return Object.fromEntries(entries);
}

function match(layers: tf.LayersModel, { weights, location }: StoredLayers): Matched {
  const expected = expectedWeights(layers);
  const matched = matchWeights(expected, weights);
  if (matched !== undefined) return matched;
  const missing = expected.find(({ name }) => !weights.has(name)) ?? expected[0];
  for (const { name, shape } of expected) {
    const stored = weights.get(name);
    if (stored === undefined || stored.shape.join() === shape.join()) continue;
    fail('io/manifest', {
      subject: `weight '${name}' of ${location ?? 'layers model'}`,
      expected: `the shape ${shapeText(shape)}, which its layer has`,
      got: shapeText(stored.shape),
    });
  }
  return fail('io/manifest', {
    subject: `weights of ${location ?? 'layers model'}`,
    expected: `one for every weight of the layers, such as '${missing?.name ?? ''}' of shape ${shapeText(missing?.shape)}`,
    got: `${weights.size} for ${expected.length}, none of which is it`,
  });
}

function expectedWeights(layers: tf.LayersModel): Expected[] {
  const places = new Map<tf.LayerVariable, { layer: string; index: number }>();
  for (const layer of layers.layers) {
    layer.weights.forEach((variable, index) => places.set(variable, { layer: layer.name, index }));
  }
  return Array.from(layerWeightNames(layers), ([name, variable]) => ({
    name,
    shape: variable.shape as number[],
    dtype: variable.dtype,
    ...(places.get(variable) ?? { layer: name, index: 0 }),
  }));
}

function notesOnNames(guessed: readonly string[], unused: readonly string[]): Note[] {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 3).join(', ')}${names.length > 3 ? `, … (${names.length})` : ''}`;
  const notes: Note[] = [];
  const note = (message: string): unknown => notes.push({ level: 'warning', kind: 'saw', message });
  if (guessed.length > 0) note(`no stored weight is named ${some(guessed)}: matched by order and shape`);
  if (unused.length > 0) note(`no layer asks for the stored weight ${some(unused)}: left out`);
  return notes;
}
