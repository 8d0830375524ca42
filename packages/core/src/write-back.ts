import * as tf from '@tensorflow/tfjs';
import { fail } from './errors.js';
import type { Node } from './graph/node.js';
import type { Model } from './model.js';
import { layerWeightNames, traceLayersModel, type TraceLayersOptions } from './trace/index.js';
import type { Weight } from './weights.js';
import { shapeText } from './text/shape.js';

/** How the original was traced, for {@link writeBack}. */
export type WriteBackOptions = Pick<TraceLayersOptions, 'inputShapes'>;

/**
 * Writes the values of a model's weights back into the layers model that it was traced from, and
 * returns that. The original is traced again and compared node by node: as long as passes changed
 * values alone (pruning, fine-tuning), every value has its place. Nothing is written unless all fits.
 * Weights that inference does not read stay as they are.
 *
 * @throws `model/structure` naming the first node or weight that is no longer that of the original,
 *   `model/stage` for integer models.
 */
export function writeBack(
  model: Model,
  original: tf.LayersModel,
  options: WriteBackOptions = {},
): tf.LayersModel {
  if (model.stage !== 'float') {
    fail('model/stage', {
      subject: 'model',
      expected: 'float values, which layers have',
      got: `a model of stage ${model.stage}`,
      advice: 'Save it as a graph model',
    });
  }
  const traced = traceLayersModel(original, options);
  compareNodes(traced, model);
  const variables = layerWeightNames(original);
  compareWeights(traced, model, variables);
  for (const [name, variable] of variables) {
    const weight = model.weights.get(name);
    if (weight === undefined) continue;
    const value = tf.tensor(weight.numbers(), [...weight.shape], weight.dtype);
    // Past the constraint, which would change last bits.
    const held = variable.read();
    if (held instanceof tf.Variable) held.assign(value);
    else variable.write(value);
    value.dispose();
  }
  return original;
}

function compareNodes(traced: Model, model: Model): void {
  for (const node of model.graph) {
    const same = traced.graph.get(node.name);
    if (same === undefined) changed(`node '${node.name}'`, 'no node of that name', `a new ${node.op}`);
    if (described(same) !== described(node)) {
      changed(`node '${node.name}'`, described(same), described(node));
    }
  }
  for (const node of traced.graph) {
    if (!model.graph.has(node.name)) changed(`node '${node.name}'`, `a ${node.op}`, 'no such node any more');
  }
  const [before, after] = [traced, model].map(({ graph }) => graph.outputs.join(', '));
  if (before !== after) changed('outputs', before ?? '', after ?? '');
}

/** A node in one line, its attributes in the order of their names. */
function described({ op, inputs, controls, attrs }: Node): string {
  const sorted = Object.keys(attrs)
    .sort()
    .map((name) => `${name}=${JSON.stringify(attrs[name]?.value)}`);
  return `${op}(${[...inputs, ...controls.map((name) => `^${name}`)].join(', ')}) ${sorted.join(' ')}`.trim();
}

/** Weights that are no variables of a layer must be those of the original: they have no place there. */
function compareWeights(traced: Model, model: Model, variables: ReadonlyMap<string, tf.LayerVariable>): void {
  for (const [name, before] of traced.weights) {
    const after = model.weights.need(name);
    const expected = `${before.dtype} of shape ${shapeText(before.shape)}`;
    if (after.dtype !== before.dtype || after.shape.join() !== before.shape.join()) {
      changed(`weight '${name}'`, expected, `${after.dtype} of shape ${shapeText(after.shape)}`);
    }
    if (!variables.has(name) && !sameValues(before, after)) {
      changed(`constant '${name}'`, 'the value that the layers give it', 'another value');
    }
  }
}

function sameValues(a: Weight, b: Weight): boolean {
  const [x, y] = [a.values(), b.values()];
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}

function changed(subject: string, expected: string, got: string): never {
  return fail('model/structure', {
    subject,
    expected: `${expected}, as in the layers model`,
    got,
    advice: 'Values can be written back while the structure is unchanged; save this as a graph model',
  });
}
