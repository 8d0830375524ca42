import type * as tf from '@tensorflow/tfjs';
import {
  asyncNodeOf,
  isGraphModel,
  isLayersModel,
  isModel,
  type Model,
  type StockGraphModel,
} from '@tfjs-optimize/core';
import { fail, valueText } from '@tfjs-optimize/core/plain';

/** Tensors of a batch by input; functions that are given single arrays get one tensor. */
export type ServedInputs = tf.Tensor | Record<string, tf.Tensor>;

/**
 * What answers requests: a model, or a function that computes on tensors whose first size counts requests. What a function
 * makes on the way it has to free, as by `tf.tidy`.
 */
export type Servable =
  | Model
  | tf.LayersModel
  | StockGraphModel
  | ((inputs: ServedInputs) => ServedOutputs | Promise<ServedOutputs>);

/** Outputs, whose first size counts requests, too. The batcher disposes of them. */
export type ServedOutputs = tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;

/** An input that a model tells of. */
export interface ServedPort {
  readonly key: string;
  /** Sizes of one request, -1 where open; undefined where the model does not tell. */
  readonly shape: readonly number[] | undefined;
  readonly isWhole: boolean;
}

/** A model as the batcher calls it. */
export interface Served {
  /** Undefined for functions, which do not tell. */
  readonly ports: readonly ServedPort[] | undefined;
  run(inputs: ServedInputs): ServedOutputs | Promise<ServedOutputs>;
}

/** @throws `argument/invalid` for what is no model. */
export function servedOf(model: Servable): Served {
  if (isModel(model)) {
    const ports = model.signature.inputs.map(({ key, shape, dtype }) => portOf(key, shape, dtype));
    // Only that much is slower for models with control flow, which have to be waited for.
    const isLate = asyncNodeOf(model.graph) !== undefined;
    return { ports, run: (inputs) => (isLate ? model.runAsync(inputs) : model.run(inputs)) };
  }
  if (isLayersModel(model)) return servedLayers(model);
  if (isGraphModel(model)) {
    const ports = model.inputs.map(({ name, shape, dtype }) => portOf(name, shape, dtype));
    return { ports, run: (inputs) => model.predict(inputs) };
  }
  if (typeof model === 'function') return { ports: undefined, run: model };
  return fail('argument/invalid', {
    subject: 'model',
    expected: 'a Model, a tf.LayersModel, a tf.GraphModel or a function',
    got: valueText(model),
  });
}

function servedLayers(model: tf.LayersModel): Served {
  const inputs = (model.inputs as tf.SymbolicTensor[] | undefined) ?? [];
  const names = inputs.map((_, i) => model.inputNames[i] ?? `input ${i}`);
  const ports = inputs.map(({ shape, dtype }, i) => portOf(names[i] as string, shape, dtype));
  return {
    ports,
    // predict would cut batches into pieces of 32.
    run: (given) => {
      const named = given as Record<string, tf.Tensor>;
      const list = 'dataId' in given ? (given as tf.Tensor) : names.map((name) => named[name] as tf.Tensor);
      return model.predictOnBatch(list);
    },
  };
}

function portOf(key: string, shape: readonly (number | null)[] | undefined, dtype: string): ServedPort {
  const sizes = shape?.slice(1).map((size) => size ?? -1);
  return { key, shape: sizes, isWhole: dtype === 'int32' };
}
