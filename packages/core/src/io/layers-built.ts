import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { DTYPES } from './manifest.js';
import { shapeText } from '../text/shape.js';

/** No single value of a model is larger than this for one example: 2^28 elements, 1 GiB of float32. */
const MAX_VALUE_SIZE = 2 ** 28;
/** Recurrent layers become a graph of all their steps; more would take minutes and hundreds of megabytes. */
const MAX_STEPS = 2048;
/** Layers that run once a step. */
const STEPWISE = new Set([
  'SimpleRNN',
  'GRU',
  'LSTM',
  'RNN',
  'ConvRNN2D',
  'ConvLSTM2D',
  'Bidirectional',
  'TimeDistributed',
]);

type Dims = readonly (number | null)[];

/**
 * Refuses what TensorFlow.js builds layers of without looking: no inputs, types that are none and absurd sizes.
 * Nothing in proportion to these was allocated yet, but tracing would.
 */
export function checkBuiltLayers(model: tf.LayersModel): void {
  // A sequential model without layers, or whose first one does not tell.
  if ((model.inputs?.length ?? 0) === 0) {
    fail('io/format', {
      subject: 'layers model',
      expected: 'a first layer that knows the shape of its input',
      got: 'a model without inputs',
      advice: 'Give its first layer an inputShape and save it again',
    });
  }
  for (const { name, dtype } of model.inputs) {
    if (DTYPES.includes(dtype)) continue;
    const got = JSON.stringify(dtype) ?? 'none';
    fail('io/format', { subject: `input '${name}'`, expected: `a dtype of ${DTYPES.join(', ')}`, got });
  }
  for (const layer of allLayers(model)) {
    for (const { inputShapes, outputShapes } of layer.inboundNodes) {
      for (const shape of listOf(outputShapes)) checkSize(layer.name, shape);
      if (STEPWISE.has(layer.getClassName())) checkSteps(layer.name, listOf(inputShapes)[0]);
    }
  }
}

function* allLayers(model: tf.LayersModel): Generator<tf.layers.Layer> {
  for (const layer of model.layers) {
    yield layer;
    if ('layers' in layer) yield* allLayers(layer as tf.LayersModel);
  }
}

function checkSize(layer: string, shape: Dims): void {
  const size = shape.reduce<number>((product, dim) => product * (dim ?? 1), 1);
  if (Number.isFinite(size) && size <= MAX_VALUE_SIZE) return;
  fail('io/unsafe', {
    subject: `layer '${layer}'`,
    expected: `outputs of at most ${MAX_VALUE_SIZE} elements an example`,
    got: shapeText(shape),
  });
}

function checkSteps(layer: string, shape: Dims | undefined): void {
  const steps = shape?.[1] ?? 0;
  if (steps <= MAX_STEPS) return;
  fail('io/unsafe', {
    subject: `layer '${layer}'`,
    expected: `sequences of at most ${MAX_STEPS} steps, each of which becomes nodes of the graph`,
    got: `${steps}`,
    advice: 'Build the model for shorter sequences',
  });
}

/** One shape or several, as several. */
function listOf(shapes: Dims | readonly Dims[]): readonly Dims[] {
  return Array.isArray(shapes[0]) ? (shapes as readonly Dims[]) : [shapes as Dims];
}
