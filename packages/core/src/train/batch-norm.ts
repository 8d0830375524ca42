import * as tf from '@tensorflow/tfjs';
import type { Running } from '../facts.js';
import type { Graph } from '../graph/graph.js';
import { nodeOf, valueId, type Node, type ValueId } from '../graph/node.js';
import { weightTrainingOf } from '../graph/training-attrs.js';
import type { Model } from '../model.js';
import { DEFAULT_MOMENTUM } from '../trace/layer-training.js';

/** A batch normalization whose mean and variance are weights. */
export interface BatchNorm {
  readonly node: Node;
  /** Names of the weights that keep mean and variance of what was seen. */
  readonly mean: string;
  readonly variance: string;
  /** Weights that scale and shift, where they are weights. */
  readonly parameters: readonly string[];
  /** How much of the mean and variance a step keeps, from 0 to 1. */
  readonly momentum: number;
}

const OPS: readonly string[] = ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'];
/** Ops that hand a weight on in another shape, or rounded. */
const SHAPING: readonly string[] = ['ExpandDims', 'Identity', 'Reshape', 'Squeeze', 'TfjsOptimizeFakeBias'];

/**
 * The batch normalizations of a model that can be put into the form of training. Layer norms, which compute mean and
 * variance of their input, are none.
 */
export function batchNorms(model: Model, momentum?: number): BatchNorm[] {
  return [...model.graph].flatMap((node): BatchNorm[] => {
    if (!OPS.includes(node.op)) return [];
    const [scale, offset, mean, variance] = node.inputs.slice(1).map((value) => weightBehind(model, value));
    if (mean === undefined || variance === undefined) return [];
    const parameters = [scale, offset].filter((name) => name !== undefined);
    return [{ node, mean, variance, parameters, momentum: momentum ?? momentumOf(model.graph, mean) }];
  });
}

function momentumOf(graph: Graph, mean: string): number {
  const node = graph.get(mean);
  return (node && weightTrainingOf(node).momentum) ?? DEFAULT_MOMENTUM;
}

/** The weight that a value is, in whatever shape. */
function weightBehind({ graph, weights }: Model, value: ValueId): string | undefined {
  if (weights.has(value)) return value;
  const node = graph.get(nodeOf(value));
  if (node === undefined || !SHAPING.includes(node.op)) return undefined;
  return weightBehind({ graph, weights } as Model, node.inputs[0] as ValueId);
}

/** The values in which a batch normalization in the form of training gives mean and variance of the batch. */
export function statisticsOf({ node }: BatchNorm): readonly [mean: ValueId, variance: ValueId] {
  return [valueId(node.name, 1), valueId(node.name, 2)];
}

/** What a batch normalization keeps of what it saw. */
export function runningOf(norm: BatchNorm): readonly Running[] {
  const [mean, variance] = statisticsOf(norm);
  const { momentum } = norm;
  return [
    { weight: norm.mean, value: mean, momentum },
    { weight: norm.variance, value: variance, momentum },
  ];
}

/** What a batch normalization gives in training. */
export interface NormalizedBatch {
  readonly y: tf.Tensor;
  /** Mean and variance of the batch, in the shape of the weights that are used at inference. */
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/**
 * Normalizes a batch by its own mean and variance (Ioffe and Szegedy 2015); the variance is that of the batch, not an
 * estimate of that behind it, as tf.layers keeps it, too.
 * @param like a tensor of the shape of mean and variance: one number for each channel, wherever channels are.
 */
export function normalizeBatch(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  like: tf.Tensor,
  epsilon: number,
): NormalizedBatch {
  const ones = Array.from({ length: x.rank - like.rank }, () => 1);
  const axes = [...ones, ...like.shape].flatMap((size, axis) => (size === 1 ? [axis] : []));
  const average = tf.mean(x, axes, true);
  const mean = tf.reshape(average, like.shape);
  const variance = tf.reshape(tf.mean(tf.square(tf.sub(x, average)), axes, true), like.shape);
  const inverse = (): tf.Tensor => tf.rsqrt(tf.add(variance, epsilon));
  const fused = (): tf.Tensor =>
    tf.batchNorm(
      x as tf.Tensor4D,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
      epsilon,
    );
  // TensorFlow.js has the gradient of one number for each channel, and of channels that are last, alone.
  const y = like.rank === 1 ? fused() : tf.add(tf.mul(tf.mul(tf.sub(x, mean), inverse()), scale), offset);
  return { y, mean, variance };
}
