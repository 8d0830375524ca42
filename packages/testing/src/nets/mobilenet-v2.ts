import * as tf from '@tensorflow/tfjs';
import { seedWeights } from './weights.js';

/** Options of {@link mobilenetV2}. */
export interface MobilenetV2Options {
  /** Height and width of the image; a multiple of 32. */
  readonly size?: number;
  /** Width multiplier α of the paper. */
  readonly alpha?: number;
  readonly classes?: number;
  readonly seed: number;
}

/** Rows of table 2 of the paper: expansion t, channels c, repeats n, stride s of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/**
 * MobileNetV2 (Sandler et al. 2018) laid out and named as Keras' `MobileNetV2`, with random weights.
 * At α = 1 and 1000 classes it has 3,504,872 trainable parameters. Input [batch, size, size, 3],
 * output class scores after softmax [batch, classes].
 */
export function mobilenetV2({
  size = 224,
  alpha = 1,
  classes = 1000,
  seed,
}: MobilenetV2Options): tf.LayersModel {
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = pad(input, 'Conv1_pad');
  x = conv(x, 'Conv1', roundChannels(32 * alpha), 3, 2);
  x = relu6(batchNorm(x, 'bn_Conv1'), 'Conv1_relu');
  let block = 0;
  for (const [expansion, channels, repeats, stride] of STAGES) {
    for (let i = 0; i < repeats; i++) {
      x = inverted(x, block++, expansion, roundChannels(channels * alpha), i === 0 ? stride : 1);
    }
  }
  x = conv(x, 'Conv_1', alpha > 1 ? roundChannels(1280 * alpha) : 1280, 1, 1);
  x = relu6(batchNorm(x, 'Conv_1_bn'), 'out_relu');
  x = apply(
    tf.layers.globalAveragePooling2d({ name: 'global_average_pooling2d', dataFormat: 'channelsLast' }),
    x,
  );
  x = apply(
    tf.layers.dense({
      units: classes,
      activation: 'softmax',
      kernelInitializer: 'zeros',
      name: 'predictions',
    }),
    x,
  );
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'mobilenet_v2' }), seed);
}

/** Inverted residual: expand by 1×1, filter by depthwise 3×3, project by a linear 1×1. */
function inverted(
  input: tf.SymbolicTensor,
  index: number,
  expansion: number,
  channels: number,
  stride: 1 | 2,
): tf.SymbolicTensor {
  const name = index === 0 ? 'expanded_conv' : `block_${index}`;
  const inputChannels = input.shape[3] as number;
  let x = input;
  if (expansion !== 1) {
    x = conv(x, `${name}_expand`, inputChannels * expansion, 1, 1);
    x = relu6(batchNorm(x, `${name}_expand_BN`), `${name}_expand_relu`);
  }
  if (stride === 2) x = pad(x, `${name}_pad`);
  x = apply(
    tf.layers.depthwiseConv2d({
      kernelSize: 3,
      strides: stride,
      padding: stride === 2 ? 'valid' : 'same',
      useBias: false,
      depthwiseInitializer: 'zeros',
      name: `${name}_depthwise`,
    }),
    x,
  );
  x = relu6(batchNorm(x, `${name}_depthwise_BN`), `${name}_depthwise_relu`);
  x = batchNorm(conv(x, `${name}_project`, channels, 1, 1), `${name}_project_BN`);
  if (stride !== 1 || inputChannels !== channels) return x;
  return tf.layers.add({ name: `${name}_add` }).apply([input, x]) as tf.SymbolicTensor;
}

/** Channels are kept a multiple of 8, never more than 10 % below what was asked for. */
function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/** Keras pads an even-sized image on its far sides before a convolution of stride 2. */
function pad(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  const padding: [[number, number], [number, number]] = [
    [0, 1],
    [0, 1],
  ];
  return apply(tf.layers.zeroPadding2d({ padding, name }), x);
}

function conv(
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
  strides: number,
): tf.SymbolicTensor {
  return apply(
    tf.layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: strides === 2 ? 'valid' : 'same',
      useBias: false,
      kernelInitializer: 'zeros',
      name,
    }),
    x,
  );
}

function batchNorm(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return apply(tf.layers.batchNormalization({ epsilon: 1e-3, momentum: 0.999, name }), x);
}

function relu6(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return apply(tf.layers.reLU({ maxValue: 6, name }), x);
}

function apply(layer: tf.layers.Layer, x: tf.SymbolicTensor): tf.SymbolicTensor {
  return layer.apply(x) as tf.SymbolicTensor;
}
