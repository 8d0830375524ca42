import * as tf from '@tensorflow/tfjs';
import { SIDE } from './digits.js';

/**
 * The quickstart's network, made of the blocks that image networks are made of: a convolution with
 * batch norm and ReLU, depthwise separable blocks with ReLU6, a residual block, dropout. Input
 * [batch, 28, 28, 1] with values 0 to 1, output probabilities of the ten digits.
 */
export function digitNetwork(seed: number): tf.LayersModel {
  let draws = seed;
  const initializer = () => tf.initializers.heNormal({ seed: draws++ });
  const through = (x: tf.SymbolicTensor, ...layers: tf.layers.Layer[]) =>
    layers.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, x);
  const batchNorm = (name: string) => tf.layers.batchNormalization({ momentum: 0.9, name: `${name}_bn` });
  const conv = (name: string, filters: number, kernelSize: number) =>
    tf.layers.conv2d({
      filters,
      kernelSize,
      padding: 'same',
      useBias: false,
      kernelInitializer: initializer(),
      name,
    });
  const relu6 = (name: string) => tf.layers.reLU({ maxValue: 6, name: `${name}_relu6` });
  /** Depthwise 3 × 3 that halves the image, then a convolution over channels. */
  const separable = (name: string, filters: number) => [
    tf.layers.depthwiseConv2d({
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      depthwiseInitializer: initializer(),
      name: `${name}_depthwise`,
    }),
    batchNorm(`${name}_depthwise`),
    relu6(`${name}_depthwise`),
    conv(`${name}_pointwise`, filters, 1),
    batchNorm(`${name}_pointwise`),
    relu6(`${name}_pointwise`),
  ];

  const image = tf.input({ shape: [SIDE, SIDE, 1], name: 'image' });
  let x = through(image, conv('stem', 16, 3), batchNorm('stem'), tf.layers.reLU({ name: 'stem_relu' }));
  const trunk = through(x, ...separable('down1', 32));
  x = through(
    trunk,
    conv('residual_a', 32, 3),
    batchNorm('residual_a'),
    tf.layers.reLU({ name: 'residual_a_relu' }),
    conv('residual_b', 32, 3),
    batchNorm('residual_b'),
  );
  x = tf.layers.add({ name: 'residual_add' }).apply([trunk, x]) as tf.SymbolicTensor;
  x = through(x, tf.layers.reLU({ name: 'residual_relu' }), ...separable('down2', 64));
  x = through(
    x,
    tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast', name: 'pool' }),
    tf.layers.dropout({ rate: 0.2, name: 'dropout' }),
    tf.layers.dense({
      units: 10,
      activation: 'softmax',
      kernelInitializer: tf.initializers.glorotUniform({ seed: draws++ }),
      name: 'digit',
    }),
  );
  return tf.model({ inputs: image, outputs: x, name: 'digits' });
}
