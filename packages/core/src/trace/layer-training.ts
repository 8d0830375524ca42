import type * as tf from '@tensorflow/tfjs';
import { weightTrainingAttrs, type WeightTraining } from '../graph/training-attrs.js';
import { editGraph } from '../graph/graph.js';
import type { Node } from '../graph/node.js';
import type { Model } from '../model.js';
import { classNameOf, constraintOfVariable } from './layer-constraints.js';
import { layerWeightNames } from './layer-weights.js';

/** What layers keep of how their weights are trained, beyond what TensorFlow.js documents. */
interface TrainedLayer {
  readonly momentum?: number;
  readonly movingMean?: tf.LayerVariable;
  readonly movingVariance?: tf.LayerVariable;
}

/** What Keras and TensorFlow.js keep of a moving mean in a step unless told. */
export const DEFAULT_MOMENTUM = 0.99;

/**
 * Marks the weights of a model traced from layers with how these train them: which are frozen, what regularizers add
 * to the loss, what constraints hold, how much of its past a moving mean keeps, and what no mark can tell. What is as
 * usual is not said.
 */
export function withLayerTraining(model: Model<'float'>, layers: tf.LayersModel): Model<'float'> {
  const names = new Map([...layerWeightNames(layers)].map(([name, variable]) => [variable, name]));
  const trained = new Map<string, WeightTraining>();
  for (const variable of frozenWeights(layers)) note(trained, names.get(variable), { trainable: false });
  for (const [variable, name] of names) {
    const constraint = constraintOfVariable(variable);
    if (typeof constraint === 'string') note(trained, name, { leftOut: [`the constraint ${constraint}`] });
    else if (constraint !== undefined) note(trained, name, { constraint });
  }
  for (const layer of leavesOf(layers)) {
    const { momentum, movingMean, movingVariance } = layer as unknown as TrainedLayer;
    if (layer.getClassName() === 'BatchNormalization' && momentum !== DEFAULT_MOMENTUM) {
      for (const variable of [movingMean, movingVariance])
        if (variable !== undefined) note(trained, names.get(variable), { momentum: momentum as number });
    }
    for (const [variable, training] of [...regularized(layer), ...droppedOut(layer)])
      note(trained, names.get(variable), training);
  }
  const marked = new Map<string, Node>();
  for (const [name, training] of trained) {
    const node = model.graph.get(name);
    if (node !== undefined)
      marked.set(name, { ...node, attrs: { ...node.attrs, ...weightTrainingAttrs(training) } });
  }
  return marked.size === 0 ? model : model.with({ graph: editGraph(model.graph, marked) });
}

function note(
  trained: Map<string, WeightTraining>,
  name: string | undefined,
  training: WeightTraining,
): void {
  if (name === undefined) return;
  const before = trained.get(name);
  const leftOut = [...new Set([...(before?.leftOut ?? []), ...(training.leftOut ?? [])])];
  trained.set(name, { ...before, ...training, ...(leftOut.length > 0 && { leftOut }) });
}

/** Weights of layers that are not to be trained; moving means are known by what reads them. */
function frozenWeights(model: tf.LayersModel): ReadonlySet<tf.LayerVariable> {
  const statistics = leavesOf(model).flatMap((layer) => {
    const { movingMean, movingVariance } = layer as unknown as TrainedLayer;
    return [movingMean, movingVariance];
  });
  const rest = model.nonTrainableWeights.filter((variable) => !statistics.includes(variable));
  return new Set(rest);
}

/** Layers inside of another: what a model consists of, what a wrapper wraps, the cells of a recurrent layer. */
interface Containing {
  readonly layers?: readonly tf.layers.Layer[];
  readonly layer?: tf.layers.Layer;
  readonly forwardLayer?: tf.layers.Layer;
  readonly backwardLayer?: tf.layers.Layer;
  readonly cell?: tf.layers.Layer;
  readonly cells?: readonly tf.layers.Layer[];
}

/** A layer and all inside of it. */
function leavesOf(layer: tf.layers.Layer): tf.layers.Layer[] {
  const { layers, layer: wrapped, forwardLayer, backwardLayer, cell, cells } = layer as unknown as Containing;
  const inner = [...(layers ?? []), wrapped, forwardLayer, backwardLayer, cell, ...(cells ?? [])];
  return [layer, ...inner.flatMap((each) => (each === undefined ? [] : leavesOf(each)))];
}

/** Weights with the L1 and L2 factors of their regularizers: `kernelRegularizer` is that of `kernel`, and so on. */
function regularized(layer: tf.layers.Layer): [tf.LayerVariable, WeightTraining][] {
  const properties = layer as unknown as Readonly<Record<string, unknown>>;
  return Object.keys(properties).flatMap((key): [tf.LayerVariable, WeightTraining][] => {
    const of = /^(.+)Regularizer$/.exec(key)?.[1];
    const factors = properties[key] as { readonly l1?: unknown; readonly l2?: unknown } | null | undefined;
    if (of === undefined || factors === null || factors === undefined) return [];
    const variable = (properties[of] ?? properties[`${of}Kernel`]) as tf.LayerVariable | undefined;
    const { l1, l2 } = factors;
    if (variable === undefined) return [];
    if (typeof l1 !== 'number' || typeof l2 !== 'number')
      return [[variable, { leftOut: [`the regularizer ${classNameOf(factors)}`] }]];
    return [[variable, { ...(l1 > 0 ? { l1 } : {}), ...(l2 > 0 ? { l2 } : {}) }]];
  });
}

/** The dropout inside of a cell of a recurrent layer, by the weights that what is dropped is multiplied by. */
function droppedOut(layer: tf.layers.Layer): [tf.LayerVariable, WeightTraining][] {
  const { dropout, recurrentDropout, kernel, recurrentKernel } = layer as unknown as RecurrentCell;
  if (recurrentKernel === undefined) return [];
  const named = [
    [kernel, dropout, 'the dropout'],
    [recurrentKernel, recurrentDropout, 'the recurrent dropout'],
  ] as const;
  return named.flatMap(([variable, rate, what]): [tf.LayerVariable, WeightTraining][] =>
    variable === undefined || typeof rate !== 'number' || rate <= 0
      ? []
      : [[variable, { leftOut: [`${what} of ${rate}`] }]],
  );
}

/** What cells of recurrent layers keep, beyond what TensorFlow.js documents. */
interface RecurrentCell {
  readonly kernel?: tf.LayerVariable;
  readonly recurrentKernel?: tf.LayerVariable;
  readonly dropout?: number;
  readonly recurrentDropout?: number;
}
