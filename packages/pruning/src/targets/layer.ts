import { countText, fail, type Note } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { layerMask, setLayerMask } from '../masks/layer-masks.js';
import { masked, prunedCount, type Mask, type Masks } from '../masks/mask.js';
import { sparsity, type Sparsity } from '../masks/sparsity.js';
import { emptyNotes, prunedText, wholeNote } from './notes.js';
import { refuseNaN, type Choose, type Part } from './part.js';

/** A pruned layer. */
export interface PrunedLayer {
  /** The very layer given, whose kernels now hold zeros. */
  readonly layer: tf.layers.Layer;
  /** Masks of its weights by the weights' names, those that were pruned before included. */
  readonly masks: Masks;
  readonly notes: readonly Note[];
  readonly sparsity: Sparsity;
  /** The sparsity as a table, and what is worth knowing. */
  text(): string;
  toString(): string;
}

/** Last parts of the names that tf.layers gives to kernels. */
const KERNELS: readonly string[] = ['kernel', 'depthwise_kernel', 'pointwise_kernel', 'recurrent_kernel'];

/**
 * Prunes the kernels of layers in place, chosen among together, and remembers the masks: the next pruning of a layer looks
 * at what is left. The only form that changes what it is given.
 */
export function prunedLayers(
  layers: readonly tf.layers.Layer[],
  choose: Choose,
  subject: string,
): PrunedLayer[] {
  const seen = new Set<tf.LayerVariable>();
  const kernels = layers.flatMap((layer) =>
    kernelVariables(layer, subject)
      .filter((variable) => !seen.has(variable) && seen.add(variable))
      .map((variable) => ({ layer, variable, part: partOf(layer, variable, subject) })),
  );
  const notes = new Map<tf.layers.Layer, Note[]>(layers.map((layer) => [layer, frozenNotes(layer)]));
  // All of it is chosen before any of it is written.
  choose(kernels.map(({ part }) => part)).forEach((kept, i) => {
    const { layer, variable, part } = kernels[i] as (typeof kernels)[number];
    const { name, shape } = part;
    if (typeof kept === 'string') {
      notes.get(layer)?.push(wholeNote(name, kept));
      return;
    }
    const mask: Mask = { shape, kept };
    write(variable, masked(part.scores, mask), shape);
    setLayerMask(variable, mask);
    const message = `weight '${name}': ${countText(prunedCount(mask))} of ${countText(kept.length)} are pruned`;
    const did: Note = { level: 'info', kind: 'did', subject: name, message };
    notes.get(layer)?.push(did, ...emptyNotes(name, mask));
  });
  return layers.map((layer) => result(layer, notes.get(layer) ?? []));
}

function result(layer: tf.layers.Layer, notes: readonly Note[]): PrunedLayer {
  const found = sparsity(layer);
  const text = (): string => prunedText(found, notes);
  return { layer, masks: masksOf(layer), notes, sparsity: found, text, toString: text };
}

function frozenNotes(layer: tf.layers.Layer): Note[] {
  if (layer.trainable) return [];
  const message = `layer '${layer.name}' is frozen: it is pruned as asked for, and training will not make up for it`;
  return [{ level: 'info', kind: 'saw', subject: layer.name, message }];
}

/** The masks that a layer's weights have, by the names of these. */
export function masksOf(layer: tf.layers.Layer): Masks {
  return new Map(
    layer.weights.flatMap((variable) => {
      const mask = layerMask(variable);
      return mask === undefined ? [] : [[variable.originalName, mask] as const];
    }),
  );
}

function kernelVariables(layer: tf.layers.Layer, subject: string): tf.LayerVariable[] {
  const variables = [...new Set(layer.weights)];
  const kernels = variables.filter(({ originalName, shape }) => {
    return KERNELS.includes(originalName.split('/').at(-1) as string) && shape.length >= 2;
  });
  if (kernels.length > 0) return kernels;
  return fail('pruning/layer', {
    subject: `${subject}: layer '${layer.name}'`,
    expected: 'a layer that has a kernel',
    got: `one of class ${layer.getClassName()} ${variables.length === 0 ? 'without weights' : 'without one'}`,
    advice:
      variables.length === 0
        ? 'Leave it out; if it is to have a kernel, build the model that it is part of first'
        : 'Prune its weights as those of the model: l1Unstructured(model, amount, { weights: [name] })',
  });
}

function partOf(layer: tf.layers.Layer, variable: tf.LayerVariable, subject: string): Part {
  const name = variable.originalName;
  const shape = variable.shape as number[];
  const values = variable.read().dataSync() as Float32Array;
  refuseNaN(name, values, subject, { advice: 'Train it again, or prune other layers' });
  const mask = layerMask(variable);
  const scores = mask === undefined ? values : masked(values, mask);
  const isDepthwise = name.endsWith('depthwise_kernel');
  const isTurned = layer.getClassName().endsWith('Transpose');
  return {
    ...{ name, shape, scores, layer: layer.name, kept: mask?.kept },
    outputs: isDepthwise ? [-2, -1] : [isTurned ? -2 : -1],
    inputs: isDepthwise ? undefined : isTurned ? -1 : -2,
  };
}

/** Past the constraint of the variable, which would change values that are kept. */
function write(variable: tf.LayerVariable, values: Float32Array, shape: readonly number[]): void {
  tf.tidy(() => {
    const held = variable.read();
    const value = tf.tensor(values, [...shape], 'float32');
    if (held instanceof tf.Variable) held.assign(value);
    else variable.write(value);
  });
}
