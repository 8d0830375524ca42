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

/**
 * Dense layers with ReLU on 784 pixels, logits of ten classes.
 * @param dropout a fifth of the pixels and half of the hidden units (Hinton et al. 2012).
 */
export function dense(widths: readonly number[], seed: number, dropout = false): Model<'float'> {
  const first = dropout ? [tf.layers.dropout({ rate: 0.2, inputShape: [PIXELS] })] : [];
  const hidden = widths.flatMap((units, i) => [
    tf.layers.dense({
      units,
      ...(i === 0 && !dropout ? { inputShape: [PIXELS] } : {}),
      ...rectified(100 * seed + i),
    }),
    ...(dropout ? [tf.layers.dropout({ rate: 0.5 })] : []),
  ]);
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
