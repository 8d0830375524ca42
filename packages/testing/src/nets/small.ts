import * as tf from '@tensorflow/tfjs';
import { seedWeights } from './weights.js';

/** Options that every small network takes. */
export interface SmallOptions {
  readonly seed: number;
}

/** Dense layers with ReLU between them, none after the last. Input [batch, first width]. */
export function mlp({
  widths = [16, 24, 24, 4],
  seed,
}: SmallOptions & { readonly widths?: readonly number[] }): tf.LayersModel {
  const [inputs, ...units] = widths;
  const input = tf.input({ shape: [inputs as number], name: 'input_1' });
  let x: tf.SymbolicTensor = input;
  for (const [i, count] of units.entries()) {
    const last = i === units.length - 1;
    x = apply(tf.layers.dense({ units: count, activation: last ? 'linear' : 'relu', name: `dense_${i}` }), x);
  }
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'mlp' }), seed);
}

/** LeNet-5 (LeCun et al. 1998) with ReLU and max pooling. Input [batch, 28, 28, 1], logits [batch, 10]. */
export function lenet({ seed }: SmallOptions): tf.LayersModel {
  const input = tf.input({ shape: [28, 28, 1], name: 'input_1' });
  let x = apply(
    tf.layers.conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'relu', name: 'conv_0' }),
    input,
  );
  x = apply(tf.layers.maxPooling2d({ poolSize: 2, name: 'pool_0' }), x);
  x = apply(tf.layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu', name: 'conv_1' }), x);
  x = apply(tf.layers.maxPooling2d({ poolSize: 2, name: 'pool_1' }), x);
  x = apply(tf.layers.flatten({ name: 'flatten' }), x);
  x = apply(tf.layers.dense({ units: 120, activation: 'relu', name: 'dense_0' }), x);
  x = apply(tf.layers.dense({ units: 84, activation: 'relu', name: 'dense_1' }), x);
  x = apply(tf.layers.dense({ units: 10, name: 'dense_2' }), x);
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'lenet' }), seed);
}

/**
 * Every convolution block that fusion knows, once: conv + batch norm + ReLU, a depthwise separable
 * block with ReLU6, a residual add, a transposed convolution, dropout, a dense layer behind a batch
 * norm. Input [batch, size, size, 3], class scores [batch, classes].
 */
export function residual({
  size = 16,
  classes = 5,
  seed,
}: SmallOptions & { readonly size?: number; readonly classes?: number }): tf.LayersModel {
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = block(
    tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', useBias: false, name: 'conv_0' }),
    input,
  );
  const trunk = apply(tf.layers.reLU({ name: 'conv_0_relu' }), x);
  x = block(
    tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false, name: 'depthwise' }),
    trunk,
  );
  x = apply(tf.layers.reLU({ maxValue: 6, name: 'depthwise_relu' }), x);
  x = block(tf.layers.conv2d({ filters: 8, kernelSize: 1, name: 'project' }), x);
  x = tf.layers.add({ name: 'add' }).apply([trunk, x]) as tf.SymbolicTensor;
  x = block(
    tf.layers.conv2dTranspose({ filters: 6, kernelSize: 2, strides: 2, useBias: false, name: 'up' }),
    x,
  );
  x = apply(tf.layers.activation({ activation: 'relu', name: 'up_relu' }), x);
  x = apply(tf.layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }), x);
  x = apply(tf.layers.dropout({ rate: 0.3, name: 'dropout' }), x);
  x = block(tf.layers.dense({ units: 12, name: 'hidden' }), x);
  x = apply(tf.layers.dense({ units: classes, activation: 'softmax', name: 'scores' }), x);
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'residual' }), seed);
}

/** A layer with a batch norm behind it. */
function block(layer: tf.layers.Layer, x: tf.SymbolicTensor): tf.SymbolicTensor {
  return apply(tf.layers.batchNormalization({ name: `${layer.name}_bn` }), apply(layer, x));
}

function apply(layer: tf.layers.Layer, x: tf.SymbolicTensor): tf.SymbolicTensor {
  return layer.apply(x) as tf.SymbolicTensor;
}
