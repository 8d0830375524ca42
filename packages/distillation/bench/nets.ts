import { traceLayersModel, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { PIXELS, SIDE } from './digits.js';

const CLASSES = 10;

function traced(layers: tf.layers.Layer[]): Model<'float'> {
  const model = tf.sequential({ layers });
  const graph = traceLayersModel(model);
  model.dispose();
  return graph;
}

/** Weights of a seed, for rectified layers (He et al. 2015). */
const rectified = (seed: number) => ({
  activation: 'relu' as const,
  kernelInitializer: tf.initializers.heNormal({ seed }),
});

const scores = (seed: number): tf.layers.Layer =>
  tf.layers.dense({ units: CLASSES, kernelInitializer: tf.initializers.glorotNormal({ seed }) });

/** Shares of pixels and of hidden units that are dropped in training (Hinton et al. 2012). */
export interface Dropout {
  readonly pixels: number;
  readonly units: number;
}

/** Dense layers with ReLU on 784 pixels, logits of ten classes. */
export function dense(widths: readonly number[], seed: number, dropout?: Dropout): Model<'float'> {
  const drop = (rate: number, more: object = {}): tf.layers.Layer => tf.layers.dropout({ rate, ...more });
  const inputShape = [PIXELS];
  const hidden = widths.flatMap((units, i) => [
    tf.layers.dense({
      units,
      ...(i === 0 && dropout === undefined ? { inputShape } : {}),
      ...rectified(100 * seed + i),
    }),
    ...(dropout === undefined ? [] : [drop(dropout.units)]),
  ]);
  const first = dropout === undefined ? [] : [drop(dropout.pixels, { inputShape })];
  return traced([...first, ...hidden, scores(100 * seed + 99)]);
}

/** A convolution with batch norm and ReLU. */
function block(filters: number, seed: number, first = false): tf.layers.Layer[] {
  return [
    tf.layers.conv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed }),
      ...(first ? { inputShape: [SIDE, SIDE, 1] } : {}),
    }),
    tf.layers.batchNormalization(),
    tf.layers.reLU(),
  ];
}

/** Two stages of convolutions, each twice, with pooling between: as many filters as told in the first stage. */
export function convolutional(filters: number, seed: number): Model<'float'> {
  const s = 100 * seed;
  return traced([
    ...block(filters, s, true),
    ...block(filters, s + 1),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    ...block(2 * filters, s + 2),
    ...block(2 * filters, s + 3),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    ...block(4 * filters, s + 4),
    tf.layers.globalAveragePooling2d({}),
    scores(s + 99),
  ]);
}

/**
 * Two convolutions with pooling, then dense layers: many weights and few multiplications, so that it learns its images
 * by heart when nobody but their labels teaches it.
 */
export function flattened(filters: number, units: number, seed: number): Model<'float'> {
  const s = 100 * seed;
  return traced([
    ...block(filters, s, true),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    ...block(2 * filters, s + 1),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units, ...rectified(s + 2) }),
    scores(s + 99),
  ]);
}
