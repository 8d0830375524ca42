import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Model, Source } from '../model.js';
import type { Weight } from '../weights.js';
import { SHARED_BATCH, unknownName, type InputSpec } from './dimensions.js';
import { emitModel } from './emit.js';
import { layerWeightNames } from './layer-weights.js';
import { withLayerTraining } from './layer-training.js';
import { traceMerged } from './trace.js';
import { shapeText } from '../text/shape.js';

/** Options of {@link traceLayersModel}. */
export interface TraceLayersOptions {
  /**
   * Shapes that replace those of the model's inputs, by input name; null keeps a dimension unknown.
   * Recurrent layers need the length of their sequences: `{ tokens: [null, 40] }`.
   */
  readonly inputShapes?: Readonly<Record<string, readonly (number | null)[]>>;
  /**
   * Weights as a file stores them, by name. One of the right type and shape is taken instead of the
   * values in memory, which saves a copy and keeps its stored encoding.
   */
  readonly stored?: { get(name: string): Weight | undefined };
  /** Where the model came from, for reports. */
  readonly source?: Partial<Source>;
}

/**
 * Turns a layers model into a graph by recording the kernels of one call in inference mode. The
 * graph makes the same kernel calls, so its results are those of the layers model bit for bit on
 * the same backend. Dimensions that are null in the model's inputs (batch, length, height, width)
 * stay unknown: the graph runs at any size. The model must make the same calls at every size, which
 * is checked at four batch sizes, 1 among them, and three sizes of other dimensions, and at more where
 * sizes are divided. No arithmetic is done while tracing, and the model is not changed.
 *
 * Nodes are named after their layers (`block/conv/Conv2D`), constants after weights
 * (`conv/kernel`, see {@link layerWeightNames}), inputs and outputs after the layers of the model.
 *
 * @throws `trace/unsupported`, `trace/data-dependent`, `trace/random` or `trace/shape`, naming the
 * layer, where a graph cannot express what it does.
 */
export function traceLayersModel(model: tf.LayersModel, options: TraceLayersOptions = {}): Model<'float'> {
  ensureBuilt(model);
  refuseStateful(model);
  const inputs = inputSpecs(model, options.inputShapes ?? {});
  const variables = new Map<number, string>();
  for (const [name, variable] of layerWeightNames(model)) variables.set(variable.read().id, name);
  const { stored } = options;
  const names = {
    inputs: inputs.map(({ name }) => name),
    outputs: uniqueNames(model.outputNames),
    captured: variables,
    ...(stored === undefined ? {} : { stored: (name: string) => stored.get(name) }),
  };
  const traced = {
    name: `layers model '${model.name}'`,
    fixing: fixingOf(inputs),
    omitting: 'end the model before this layer',
  };
  const layers = model.layers.map(({ name }) => name);
  const source = { ...options.source, kind: 'layers-model', layers } as const;
  const graph = traceMerged(
    (tensors) => predict(model, tensors),
    inputs,
    traced,
    (trace, sizes) => emitModel(trace, sizes, names, source),
  );
  return withLayerTraining(graph, model);
}

/** The option that fixes sizes, on an input as an example: the batch only where nothing else is unknown. */
function fixingOf(inputs: readonly InputSpec[]): string {
  const isOpen = (size: number | string): boolean => typeof size === 'string' && size !== SHARED_BATCH;
  const example = inputs.find(({ shape }) => shape.some(isOpen)) ?? inputs[0];
  const hasOther = example?.shape.some(isOpen) === true;
  const sizes = example?.shape.map((size) => {
    if (typeof size === 'number') return size;
    if (size === SHARED_BATCH) return hasOther ? 'null' : 1;
    return 40;
  });
  const shape = `{ '${example?.name ?? ''}': [${(sizes ?? []).join(', ')}] }`;
  return `Give that dimension a fixed size with the option 'inputShapes' of tracing, as in ${shape}`;
}

/** The very path of `model.predict`, so that masks and defaults are those users get. */
function predict(model: tf.LayersModel, inputs: tf.Tensor[]): tf.Tensor[] {
  const batchSize = inputs[0]?.shape[0] ?? 1;
  const outputs = model.predict(inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs, { batchSize });
  return Array.isArray(outputs) ? outputs : [outputs];
}

function ensureBuilt(model: tf.LayersModel): void {
  const needsInput = (): never =>
    fail('argument/invalid', {
      subject: `layers model '${model.name}'`,
      expected: 'to know the shapes of its inputs',
      got: 'a model without inputs',
      advice: 'Give its first layer an inputShape, or call model.build(shape)',
    });
  if (model instanceof tf.Sequential && !model.built) {
    if (model.layers.length === 0) needsInput();
    model.build();
  }
  if ((model.inputs?.length ?? 0) === 0) needsInput();
}

function inputSpecs(
  model: tf.LayersModel,
  shapes: Readonly<Record<string, readonly (number | null)[]>>,
): InputSpec[] {
  const names = uniqueNames(model.inputNames);
  for (const name of Object.keys(shapes)) {
    if (!names.includes(name)) {
      fail('argument/invalid', {
        subject: `inputShapes['${name}']`,
        expected: `the name of an input (${names.join(', ')})`,
        got: `'${name}'`,
        advice: 'Name an input of the model',
      });
    }
  }
  return model.inputs.map((input, i) => {
    const name = names[i] as string;
    const given = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (given !== undefined && !compatible(given, input.shape)) {
      fail('argument/invalid', {
        subject: `inputShapes['${name}']`,
        expected: `a shape that fits ${shapeText(input.shape)}`,
        got: shapeText(given),
        advice: 'Change sizes only where the model leaves them open (?)',
      });
    }
    const shape = (given ?? input.shape).map(
      (size, axis) => size ?? (axis === 0 ? SHARED_BATCH : unknownName(i, axis)),
    );
    return { name, dtype: input.dtype, shape };
  });
}

function compatible(given: readonly (number | null)[], shape: readonly (number | null)[]): boolean {
  return (
    given.length === shape.length &&
    given.every((size, axis) => size === null || (size > 0 && [null, size].includes(shape[axis] ?? null)))
  );
}

function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 1; used.has(unique); n++) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}

/** A layer that remembers its state between calls has no place in a graph without variables. */
function refuseStateful(model: tf.LayersModel): void {
  for (const layer of model.layers) {
    if (layer instanceof tf.LayersModel) refuseStateful(layer);
    else if (layer.stateful) {
      fail('trace/unsupported', {
        subject: `layer '${layer.name}'`,
        expected: 'a layer without memory between calls',
        got: 'a stateful layer',
        advice: 'Rebuild the layer with stateful: false',
      });
    }
  }
}
