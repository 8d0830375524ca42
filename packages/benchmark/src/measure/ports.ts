import {
  fail,
  isGraphModel,
  isLayersModel,
  isModel,
  type Port,
  type StockGraphModel,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import type { Candidate } from './candidate.js';

/** The inputs that a candidate takes, in order; undefined for functions, which do not tell. */
export function inputPorts(candidate: Candidate): readonly Port[] | undefined {
  if (isModel(candidate)) return candidate.signature.inputs;
  if (isLayersModel(candidate)) return layersPorts(candidate);
  if (isGraphModel(candidate)) return graphPorts(candidate);
  if (typeof candidate === 'function') return undefined;
  return fail('argument/invalid', {
    subject: 'candidate',
    expected: 'a Model, a tf.LayersModel, a tf.GraphModel or a function',
    got: candidate === null ? 'null' : typeof candidate,
  });
}

function layersPorts(model: tf.LayersModel): Port[] {
  // A sequential model has no inputs until it is built.
  const inputs = (model.inputs as tf.SymbolicTensor[] | undefined) ?? [];
  if (inputs.length === 0) {
    fail('argument/invalid', {
      subject: `layers model '${model.name}'`,
      expected: 'a model that is built',
      got: 'one without inputs',
      advice: 'Give its first layer an inputShape, or call model.build',
    });
  }
  return inputs.map(({ shape, dtype }, i) => {
    const key = model.inputNames[i] ?? `input ${i}`;
    return { key, value: key, dtype: dtype, shape: shape.map((size) => size ?? -1) };
  });
}

/** Hash tables come in by placeholders, too; those have a resourceId and are none of the caller's. */
function graphPorts(model: StockGraphModel): Port[] {
  const declared = (model.modelSignature as { inputs?: Record<string, { resourceId?: unknown }> } | undefined)
    ?.inputs;
  return model.inputNodes.flatMap((key, i) => {
    const { shape, dtype } = model.inputs[i] as tf.ModelTensorInfo | { shape: undefined; dtype: undefined };
    if (declared?.[key]?.resourceId !== undefined) return [];
    return [{ key, value: key, dtype: dtype ?? 'float32', shape: shape ?? undefined }];
  });
}
