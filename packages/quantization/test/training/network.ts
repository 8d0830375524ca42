import * as tf from '@tensorflow/tfjs';
import { Random } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';

const COUNT = 48;
const random = Random.of(8);
const pixels = Float32Array.from({ length: COUNT * 8 * 8 * 3 }, () => random.normal());

/** Noise of [48, 8, 8, 3]. */
export const inputs = { values: pixels, shape: [COUNT, 8, 8, 3] };
/** Whether an example's mean is above 0, one-hot. */
export const labels = {
  values: Float32Array.from({ length: 2 * COUNT }, (_, i) => {
    const example = pixels.subarray(192 * (i >> 1), 192 * ((i >> 1) + 1));
    return example.reduce((a, b) => a + b, 0) > 0 === (i % 2 === 1) ? 1 : 0;
  }),
  shape: [COUNT, 2],
};

export const batchOf = (): tf.Tensor => tf.tensor(pixels, [COUNT, 8, 8, 3]);

/** Convolutions with batch norms, a sum, pools that are joined, a sigmoid, a mean and a dense layer. */
export function network(): tf.LayersModel {
  const { layers } = tf;
  const x = tf.input({ shape: [8, 8, 3] });
  const put = (from: tf.SymbolicTensor | tf.SymbolicTensor[], layer: tf.layers.Layer): tf.SymbolicTensor =>
    layer.apply(from) as tf.SymbolicTensor;
  const conv = put(x, layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', name: 'conv' }));
  const relu = put(
    put(conv, layers.batchNormalization({ name: 'conv_bn' })),
    layers.reLU({ name: 'conv_relu' }),
  );
  const own = { kernelSize: 3, padding: 'same', name: 'depthwise', useBias: false } as const;
  const norm = put(
    put(relu, layers.depthwiseConv2d(own)),
    layers.batchNormalization({ name: 'depthwise_bn' }),
  );
  const sum = put([relu, put(norm, layers.reLU({ maxValue: 6 }))], layers.add());
  const pools = [
    put(sum, layers.averagePooling2d({ poolSize: 2 })),
    put(sum, layers.maxPooling2d({ poolSize: 2 })),
  ];
  const joined = put(pools, layers.concatenate());
  const last = put(
    joined,
    layers.conv2d({ filters: 6, kernelSize: 3, activation: 'sigmoid', name: 'conv2' }),
  );
  const y = put(put(last, layers.globalAveragePooling2d({})), layers.dense({ units: 2, name: 'dense' }));
  return nets.seedWeights(tf.model({ inputs: x, outputs: y }), 6);
}
