import * as tf from '@tensorflow/tfjs';
import { fail, isOptimizeError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import { traceLayersModel, type TraceOptions } from '../trace/index.js';
import type { Weights } from '../weights.js';
import { joinBuffers, notesOnWeights } from './artifacts.js';
import { toKeras2 } from './keras3.js';
import { checkLayerCalls } from './layers-config.js';
import { specOf } from './manifest.js';
import { matchWeights } from './match-weights.js';
import { restoreEncodings } from './restore-encodings.js';

/** A layers model as it was read. */
export interface StoredLayers {
  readonly topology: JsonObject;
  readonly weights: Weights;
  readonly location?: string | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** No single value of a model is larger than this for one example: 2^28 elements, 1 GiB of float32. */
const MAX_VALUE_SIZE = 2 ** 28;

/**
 * A model of the layers format: loaded by TensorFlow.js, traced to a graph, and given back the stored
 * encodings of its weights (tracing sees them decoded), so that a uint8 file stays one.
 */
export async function modelFromLayers(stored: StoredLayers, options?: TraceOptions): Promise<Model<'float'>> {
  const topology = toKeras2(stored.topology);
  checkLayerCalls(topology);
  const { layers, notes } = await instantiate(topology, stored.weights, stored.location);
  try {
    checkSizes(layers);
    const traced = traceLayersModel(layers, options);
    const weights = restoreEncodings(traced.weights, stored.weights);
    const { userDefinedMetadata: own } = traced.extras;
    const metadata = stored.metadata ?? own;
    return traced.with({
      weights,
      source: {
        ...traced.source,
        kind: 'layers-model',
        ...(stored.location === undefined ? {} : { location: stored.location }),
        notes: [...(traced.source.notes ?? []), ...notes, ...notesOnWeights(weights)],
      },
      extras: { ...traced.extras, ...(metadata === undefined ? {} : { userDefinedMetadata: metadata }) },
    });
  } finally {
    layers.dispose();
  }
}

interface Instance {
  readonly layers: tf.LayersModel;
  readonly notes: readonly Note[];
}

/**
 * The live layers model. Weights go by name; where names differ (converters leave out the layer, or
 * put the model's name in front) they are matched by the end of their names and then by order and
 * shape, and a note says so.
 */
async function instantiate(topology: JsonObject, weights: Weights, location?: string): Promise<Instance> {
  try {
    return { layers: await load(topology, weights), notes: [] };
  } catch (error) {
    const renamed = await rename(topology, weights).catch(() => undefined);
    if (renamed === undefined) return failLayers(error, location);
    const message =
      'the names of the stored weights are not those of the layers; they were matched by order and shape';
    return {
      layers: await load(topology, renamed).catch(() => failLayers(error, location)),
      notes: [{ level: 'warning', kind: 'saw', message }],
    };
  }
}

async function load(topology: JsonObject, weights: Weights): Promise<tf.LayersModel> {
  const entries = [...weights];
  const artifacts: tf.io.ModelArtifacts = {
    // TensorFlow.js converts the configuration in place in some versions: give it its own.
    modelTopology: structuredClone(topology),
    weightSpecs: entries.map(([name, weight]) => specOf(name, weight)),
    weightData: joinBuffers(entries.map(([, weight]) => weight.bytes)),
  };
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

/** The weights under the names that the layers expect; undefined where they cannot be told apart. */
async function rename(topology: JsonObject, weights: Weights): Promise<Weights | undefined> {
  const bare = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: structuredClone(topology) }));
  try {
    const expected = bare.layers.flatMap((layer) =>
      layer.weights.map((weight) => ({ name: weight.originalName, shape: weight.shape as number[] })),
    );
    return matchWeights(expected, weights);
  } finally {
    bare.dispose();
  }
}

function checkSizes(model: tf.LayersModel): void {
  for (const layer of model.layers) {
    for (const shape of shapesOf(layer)) {
      const size = shape.reduce<number>((product, dim) => product * (dim ?? 1), 1);
      if (Number.isFinite(size) && size <= MAX_VALUE_SIZE) continue;
      fail('io/unsafe', {
        subject: `layer '${layer.name}'`,
        expected: `outputs of at most ${MAX_VALUE_SIZE} elements an example`,
        got: `[${shape.join(',')}]`,
      });
    }
  }
}

function shapesOf(layer: tf.layers.Layer): (number | null)[][] {
  const shapes: unknown = layer.inboundNodes.flatMap((node) => node.outputShapes as unknown[]);
  const lists = shapes as (number | null)[][] | (number | null)[];
  return (Array.isArray(lists[0]) || lists.length === 0 ? lists : [lists]) as (number | null)[][];
}

function failLayers(error: unknown, location: string | undefined): never {
  if (isOptimizeError(error)) throw error;
  return fail('io/format', {
    subject: location ?? 'layers model',
    expected: 'a model that tf.loadLayersModel accepts',
    got: error instanceof Error ? error.message.slice(0, 300) : String(error),
    advice: 'If a layer is your own, register it with tf.serialization.registerClass first',
    cause: error,
  });
}
