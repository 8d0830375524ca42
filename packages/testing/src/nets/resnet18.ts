import * as tf from '@tensorflow/tfjs';
import { seedWeights } from './weights.js';

/** Options of {@link resnet18}. */
export interface Resnet18Options {
  /** Height and width of the image; a multiple of 32. */
  readonly size?: number;
  readonly classes?: number;
  readonly seed: number;
}

/** Channels and stride of the first block of the four stages. */
const STAGES = [
  [64, 1],
  [128, 2],
  [256, 2],
  [512, 2],
] as const;

/**
 * ResNet-18 (He et al. 2016) laid out, padded and named as torchvision's `resnet18`, with random
 * weights. At 1000 classes it has 11,689,512 trainable parameters. Input [batch, size, size, 3],
 * output logits [batch, classes].
 */
export function resnet18({ size = 224, classes = 1000, seed }: Resnet18Options): tf.LayersModel {
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = conv(input, 'conv1', 64, 7, 2);
  x = relu(batchNorm(x, 'bn1'), 'relu');
  // Zeros pad as well as -Infinity would: everything after ReLU is at least 0.
  x = pad(x, 'maxpool_pad', 1);
  x = apply(tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'valid', name: 'maxpool' }), x);
  for (const [stage, [channels, stride]] of STAGES.entries()) {
    for (const block of [0, 1]) {
      x = basicBlock(x, `layer${stage + 1}_${block}`, channels, block === 0 ? stride : 1);
    }
  }
  x = apply(tf.layers.globalAveragePooling2d({ name: 'avgpool', dataFormat: 'channelsLast' }), x);
  x = apply(tf.layers.dense({ units: classes, kernelInitializer: 'zeros', name: 'fc' }), x);
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'resnet18' }), seed);
}

/** Two 3×3 convolutions and a shortcut, which is a 1×1 convolution where the shape changes. */
function basicBlock(
  input: tf.SymbolicTensor,
  name: string,
  channels: number,
  stride: 1 | 2,
): tf.SymbolicTensor {
  let x = conv(input, `${name}_conv1`, channels, 3, stride);
  x = relu(batchNorm(x, `${name}_bn1`), `${name}_relu1`);
  x = batchNorm(conv(x, `${name}_conv2`, channels, 3, 1), `${name}_bn2`);
  const same = stride === 1 && input.shape[3] === channels;
  const shortcut = same
    ? input
    : batchNorm(conv(input, `${name}_downsample_0`, channels, 1, stride), `${name}_downsample_1`);
  const sum = tf.layers.add({ name: `${name}_add` }).apply([x, shortcut]) as tf.SymbolicTensor;
  return relu(sum, `${name}_relu2`);
}

/** Convolution padded by ⌊kernel / 2⌋ on every side, as PyTorch does at every stride. */
function conv(
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
  strides: number,
): tf.SymbolicTensor {
  const explicit = strides !== 1 && kernelSize > 1;
  return apply(
    tf.layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: explicit ? 'valid' : 'same',
      useBias: false,
      kernelInitializer: 'zeros',
      name,
    }),
    explicit ? pad(x, `${name}_pad`, (kernelSize - 1) / 2) : x,
  );
}

function pad(x: tf.SymbolicTensor, name: string, by: number): tf.SymbolicTensor {
  return apply(tf.layers.zeroPadding2d({ padding: [by, by], name }), x);
}

function batchNorm(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return apply(tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9, name }), x);
}

function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return apply(tf.layers.reLU({ name }), x);
}

function apply(layer: tf.layers.Layer, x: tf.SymbolicTensor): tf.SymbolicTensor {
  return layer.apply(x) as tf.SymbolicTensor;
}
