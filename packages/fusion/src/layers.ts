import * as tf from '@tensorflow/tfjs';
import { fail } from '@tfjs-optimize/core';
import { multiply, fitsFloat32 } from './broadcast.js';

type Config = Record<string, unknown>;

/** How a class of layer is made again, and where its output channels are in which of its weights. */
interface LayerKind {
  readonly make: (config: never) => tf.layers.Layer;
  /** Axes of input and output. */
  readonly rank: number;
  /** Which of the layer's weights is scaled; the bias follows the last of them. */
  readonly scaled: number;
  /** Shape in which a vector over output channels meets that weight. */
  readonly factor: (shape: readonly number[]) => number[];
  readonly inputChannels: (shape: readonly number[]) => number;
}

const at = (shape: readonly number[], fromEnd: number): number => shape[shape.length - fromEnd] as number;
const lastAxis = (shape: readonly number[]): number[] => [at(shape, 1)];
const plain = { scaled: 0, factor: lastAxis, inputChannels: (shape: readonly number[]) => at(shape, 2) };
const transposed = {
  scaled: 0,
  factor: (shape: readonly number[]) => [at(shape, 2), 1],
  inputChannels: (shape: readonly number[]) => at(shape, 1),
};

const KINDS: Readonly<Record<string, LayerKind>> = {
  Dense: { make: tf.layers.dense, rank: 2, ...plain },
  Conv1D: { make: tf.layers.conv1d, rank: 3, ...plain },
  Conv2D: { make: tf.layers.conv2d, rank: 4, ...plain },
  Conv3D: { make: tf.layers.conv3d, rank: 5, ...plain },
  Conv2DTranspose: { make: tf.layers.conv2dTranspose, rank: 4, ...transposed },
  DepthwiseConv2D: {
    make: tf.layers.depthwiseConv2d,
    rank: 4,
    ...plain,
    factor: (shape) => shape.slice(-2),
  },
  SeparableConv2D: { make: tf.layers.separableConv2d, rank: 4, ...plain, scaled: 1 },
};

/**
 * Fuses a convolution (or dense layer) and the batch normalization behind it into one layer that
 * computes what the two do at inference:
 *
 *     γ·(x ∗ W + b − mean)/√(variance + ε) + β = x ∗ (W·s) + (b − mean)·s + β,   s = γ/√(variance + ε)
 *
 * as `torch.nn.utils.fusion.fuse_conv_bn_eval` does. Both layers stay as they are; the new one has the
 * convolution's name and configuration, with a bias, and weights of its own.
 *
 * @param conv a built Dense, Conv1D, Conv2D, Conv3D, Conv2DTranspose, DepthwiseConv2D or SeparableConv2D
 *   layer with channels last and without activation.
 * @param bn a built BatchNormalization layer over its last axis.
 * @throws `fusion/layer` for other layers, activations, axes and channel counts.
 */
export function fuseConvBatchNorm(conv: tf.layers.Layer, bn: tf.layers.Layer): tf.layers.Layer {
  const kind = kindOf(conv);
  const config = conv.getConfig() as Config;
  const weights = conv
    .getWeights()
    .map((weight) => ({ shape: weight.shape, values: weight.dataSync() as Float32Array }));
  const kernel = weights[kind.scaled];
  if (kernel === undefined) refuse(conv, 'a layer that is built', 'one without weights');
  const shape = kind.factor(kernel.shape);
  const channels = shape.reduce((a, b) => a * b, 1);
  const { scale, shift } = normalization(bn, kind, channels);
  const bias = weights[kind.scaled + 1]?.values ?? new Float32Array(channels);
  const fusedKernel = multiply(
    kernel.values,
    kernel.shape,
    scale,
    shape,
    new Float32Array(kernel.values.length),
  );
  const fusedBias = Float32Array.from(scale, (s, c) => (bias[c] as number) * s + (shift[c] as number));
  if (!fitsFloat32(fusedKernel) || !fitsFloat32(fusedBias)) refuse(bn, 'a finite scale and shift', 'others');
  const fused = kind.make({ ...config, useBias: true } as never);
  const first = weights[0] as (typeof weights)[number];
  fused.build([...new Array<null>(kind.rank - 1).fill(null), kind.inputChannels(first.shape)]);
  const unchanged = weights.slice(0, kind.scaled).map(({ values, shape: own }) => tf.tensor(values, own));
  const tensors = [...unchanged, tf.tensor(fusedKernel, kernel.shape), tf.tensor(fusedBias, [channels])];
  fused.setWeights(tensors);
  tf.dispose(tensors);
  return fused;
}

function kindOf(conv: tf.layers.Layer): LayerKind {
  const name = conv.getClassName();
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) return refuse(conv, `one of ${Object.keys(KINDS).join(', ')}`, name);
  const { activation, dataFormat } = conv.getConfig() as Config;
  if (activation !== 'linear' && activation !== undefined && activation !== null) {
    refuse(conv, 'no activation in front of the batch normalization', JSON.stringify(activation));
  }
  if (dataFormat === 'channelsFirst') refuse(conv, "dataFormat 'channelsLast'", "'channelsFirst'");
  return kind;
}

/** s = γ/√(variance + ε) and β − mean·s. */
function normalization(
  bn: tf.layers.Layer,
  kind: LayerKind,
  channels: number,
): { scale: Float64Array; shift: Float64Array } {
  if (bn.getClassName() !== 'BatchNormalization') refuse(bn, 'BatchNormalization', bn.getClassName());
  const { axis, epsilon, scale: hasScale, center } = bn.getConfig() as Config;
  if (axis !== -1 && axis !== kind.rank - 1) refuse(bn, `axis -1 or ${kind.rank - 1}`, String(axis));
  const vectors = bn.getWeights().map((weight) => weight.dataSync() as Float32Array);
  const variance = vectors.pop();
  const mean = vectors.pop();
  if (mean?.length !== channels || variance === undefined) {
    return refuse(
      bn,
      `statistics of ${channels} channels`,
      mean === undefined ? 'none' : String(mean.length),
    );
  }
  const gamma = hasScale === false ? undefined : vectors.shift();
  const beta = center === false ? undefined : vectors.shift();
  const scale = Float64Array.from(variance, (v, c) => (gamma?.[c] ?? 1) / Math.sqrt(v + Number(epsilon)));
  const shift = scale.map((s, c) => (beta?.[c] ?? 0) - (mean[c] as number) * s);
  return { scale, shift };
}

function refuse(layer: tf.layers.Layer, expected: string, got: string): never {
  return fail('fusion/layer', { subject: `layer '${layer.name}'`, expected, got });
}
