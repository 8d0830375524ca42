import * as tf from '@tensorflow/tfjs';
import type { Weight } from '@tfjs-optimize/core';
import { fromPyTorch } from '../layout.js';
import { needTensor, type StateDict } from '../state-dict.js';
import {
  EPSILON,
  isSame,
  MOMENTUM,
  numbersIn,
  paddingOf,
  sizeBehind,
  type NetWriter,
  type FixedSize,
  type Value,
  type Window,
} from './writer.js';

/** Height and width of images; null where they are to be left open. */
export type ImageSize = readonly [height: number | null, width: number | null];

/** Writes a network as a layers model, whose layers have the names of PyTorch's modules. */
export class LayersWriter implements NetWriter<tf.SymbolicTensor> {
  private image: tf.SymbolicTensor | undefined;
  /** Layers with weights, and what these are to be. */
  private readonly filled: [layer: tf.layers.Layer, weights: readonly Weight[]][] = [];

  constructor(
    private readonly state: StateDict,
    private readonly size: ImageSize,
    private readonly subject: string,
  ) {}

  build(output: Value<tf.SymbolicTensor>, name: string): tf.LayersModel {
    const model = tf.model({ inputs: this.image as tf.SymbolicTensor, outputs: output.value, name });
    for (const [layer, weights] of this.filled) {
      tf.tidy(() =>
        layer.setWeights(weights.map((weight) => tf.tensor(weight.numbers(), [...weight.shape], 'float32'))),
      );
    }
    return model;
  }

  input(channels: number, size?: FixedSize): Value<tf.SymbolicTensor> {
    this.image = tf.input({ shape: [...(size ?? this.size), channels], name: 'image' });
    return { value: this.image, channels, ...(size && { size }) };
  }

  conv(
    x: Value<tf.SymbolicTensor>,
    name: string,
    out: number,
    window: Window & { readonly bias?: boolean },
  ): Value<tf.SymbolicTensor> {
    const useBias = window.bias === true;
    const layer = tf.layers.conv2d({
      ...convolution(name, window),
      ...{ filters: out, kernelInitializer: 'zeros', useBias },
    });
    const shape = [out, x.channels, window.size, window.size];
    const kernel = fromPyTorch.conv2d(this.tensor(`${name}.weight`, shape));
    this.fill(layer, kernel, ...(useBias ? [this.tensor(`${name}.bias`, [out])] : []));
    return { value: apply(layer, padded(x.value, name, window)), channels: out, ...sizeBehind(x, window) };
  }

  depthwise(x: Value<tf.SymbolicTensor>, name: string, window: Window): Value<tf.SymbolicTensor> {
    const layer = tf.layers.depthwiseConv2d({ ...convolution(name, window), depthwiseInitializer: 'zeros' });
    const shape = [x.channels, 1, window.size, window.size];
    this.fill(layer, fromPyTorch.depthwiseConv2d(this.tensor(`${name}.weight`, shape)));
    return { ...x, value: apply(layer, padded(x.value, name, window)), ...sizeBehind(x, window) };
  }

  batchNorm(x: Value<tf.SymbolicTensor>, name: string): Value<tf.SymbolicTensor> {
    const layer = tf.layers.batchNormalization({ epsilon: EPSILON, momentum: MOMENTUM, name });
    const norm = fromPyTorch.batchNorm(this.state, name, x.channels, this.subject);
    this.fill(layer, norm.gamma, norm.beta, norm.movingMean, norm.movingVariance);
    return { ...x, value: apply(layer, x.value) };
  }

  relu(x: Value<tf.SymbolicTensor>, name: string, most?: 6): Value<tf.SymbolicTensor> {
    const layer = tf.layers.reLU({ name, ...(most !== undefined && { maxValue: most }) });
    return { ...x, value: apply(layer, x.value) };
  }

  maxPool(x: Value<tf.SymbolicTensor>, name: string, window: Window): Value<tf.SymbolicTensor> {
    // Zeros pad as well as the -Infinity of PyTorch: no value is below 0, and each window has one of them.
    const { size, stride = 1 } = window;
    const layer = tf.layers.maxPooling2d({ poolSize: size, strides: stride, padding: 'valid', name });
    const value = apply(layer, withZeros(x.value, name, paddingOf(window)));
    return { ...x, value, ...sizeBehind(x, window) };
  }

  flatten(x: Value<tf.SymbolicTensor>, name: string): Value<tf.SymbolicTensor> {
    const channelsFirst = apply(tf.layers.permute({ dims: [3, 1, 2], name: `${name}.order` }), x.value);
    return { value: apply(tf.layers.flatten({ name }), channelsFirst), channels: numbersIn(x) };
  }

  globalAverage(x: Value<tf.SymbolicTensor>, name: string): Value<tf.SymbolicTensor> {
    const layer = tf.layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' });
    return { ...x, value: apply(layer, x.value) };
  }

  add(a: Value<tf.SymbolicTensor>, b: Value<tf.SymbolicTensor>, name: string): Value<tf.SymbolicTensor> {
    return { ...a, value: tf.layers.add({ name }).apply([a.value, b.value]) as tf.SymbolicTensor };
  }

  dropout(x: Value<tf.SymbolicTensor>, name: string, rate: number): Value<tf.SymbolicTensor> {
    return { ...x, value: apply(tf.layers.dropout({ name, rate }), x.value) };
  }

  linear(x: Value<tf.SymbolicTensor>, name: string, out: number): Value<tf.SymbolicTensor> {
    const layer = tf.layers.dense({ units: out, kernelInitializer: 'zeros', name });
    this.fill(
      layer,
      fromPyTorch.linear(this.tensor(`${name}.weight`, [out, x.channels])),
      this.tensor(`${name}.bias`, [out]),
    );
    return { value: apply(layer, x.value), channels: out };
  }

  private tensor(name: string, shape: readonly number[]): Weight {
    return needTensor(this.state, name, shape, this.subject);
  }

  private fill(layer: tf.layers.Layer, ...weights: readonly Weight[]): void {
    this.filled.push([layer, weights]);
  }
}

/** A stride of 1 is padded by the layer; at others SAME is not what PyTorch does. */
function convolution(name: string, window: Window) {
  return {
    name,
    kernelSize: window.size,
    strides: window.stride ?? 1,
    padding: isSame(window) ? 'same' : 'valid',
    dataFormat: 'channelsLast',
    useBias: false,
  } as const;
}

function padded(x: tf.SymbolicTensor, name: string, window: Window): tf.SymbolicTensor {
  return isSame(window) ? x : withZeros(x, name, paddingOf(window));
}

function withZeros(x: tf.SymbolicTensor, name: string, by: number): tf.SymbolicTensor {
  if (by === 0) return x;
  return apply(tf.layers.zeroPadding2d({ padding: [by, by], name: `${name}.pad` }), x);
}

function apply(layer: tf.layers.Layer, x: tf.SymbolicTensor): tf.SymbolicTensor {
  return layer.apply(x) as tf.SymbolicTensor;
}
