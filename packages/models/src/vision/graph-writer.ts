import {
  editGraph,
  GraphBuilder,
  weightTrainingAttrs,
  type Model,
  type ValueId,
  type Weight,
} from '@tfjs-optimize/core';
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

/**
 * Writes a network as a graph in its form for inference. Nodes and constants are named as tracing names those of a
 * layers model: `layer1.0.conv1/Conv2D`, `layer1.0.conv1/kernel`.
 */
export class GraphWriter implements NetWriter<ValueId> {
  private readonly builder = new GraphBuilder();
  /** Weights as they are stored, halves too. */
  private readonly weights = new Map<string, Weight>();
  private readonly statistics: string[] = [];

  constructor(
    private readonly state: StateDict,
    private readonly subject: string,
  ) {}

  /** The model, with one output of the shape [batch, classes]. */
  build(output: Value<ValueId>, key: string): Model<'float'> {
    this.builder.output(output.value, key, 'float32', [-1, output.channels]);
    const model = this.builder.build();
    const weights = model.weights.with(this.weights);
    const marks = weightTrainingAttrs({ momentum: MOMENTUM });
    const marked = this.statistics.map((name) => {
      const node = model.graph.need(name);
      return [name, { ...node, attrs: { ...node.attrs, ...marks } }] as const;
    });
    return model.with({ graph: editGraph(model.graph, new Map(marked)), weights });
  }

  input(channels: number, size?: FixedSize): Value<ValueId> {
    const [height, width] = size ?? [-1, -1];
    const value = this.builder.input('image', [-1, height, width, channels]);
    return { value, channels, ...(size && { size }) };
  }

  conv(
    x: Value<ValueId>,
    name: string,
    out: number,
    window: Window & { readonly bias?: boolean },
  ): Value<ValueId> {
    const weight = needTensor(
      this.state,
      `${name}.weight`,
      [out, x.channels, window.size, window.size],
      this.subject,
    );
    const kernel = this.weight(`${name}/kernel`, fromPyTorch.conv2d(weight));
    const products = this.convolve('Conv2D', x.value, name, kernel, window);
    const value = window.bias === true ? this.withBias(products, name, out) : products;
    return { value, channels: out, ...sizeBehind(x, window) };
  }

  depthwise(x: Value<ValueId>, name: string, window: Window): Value<ValueId> {
    const shape = [x.channels, 1, window.size, window.size];
    const weight = needTensor(this.state, `${name}.weight`, shape, this.subject);
    const kernel = this.weight(`${name}/depthwise_kernel`, fromPyTorch.depthwiseConv2d(weight));
    const value = this.convolve('DepthwiseConv2dNative', x.value, name, kernel, window);
    return { ...x, value, ...sizeBehind(x, window) };
  }

  batchNorm(x: Value<ValueId>, name: string): Value<ValueId> {
    const b = this.builder;
    const norm = fromPyTorch.batchNorm(this.state, name, x.channels, this.subject);
    const [mean, variance] = [`${name}/moving_mean`, `${name}/moving_variance`];
    this.statistics.push(mean, variance);
    const inputs = [
      x.value,
      this.weight(`${name}/gamma`, norm.gamma),
      this.weight(`${name}/beta`, norm.beta),
      this.weight(mean, norm.movingMean),
      this.weight(variance, norm.movingVariance),
    ];
    const attrs = { epsilon: EPSILON, is_training: false };
    return { ...x, value: b.op('FusedBatchNormV3', inputs, attrs, `${name}/FusedBatchNormV3`) };
  }

  relu(x: Value<ValueId>, name: string, most?: 6): Value<ValueId> {
    const op = most === undefined ? 'Relu' : 'Relu6';
    return { ...x, value: this.builder.op(op, [x.value], {}, `${name}/${op}`) };
  }

  maxPool(x: Value<ValueId>, name: string, window: Window): Value<ValueId> {
    // Zeros pad as well as the -Infinity of PyTorch: no value is below 0, and each window has one of them.
    const padded = this.pad(x.value, name, paddingOf(window));
    const { size, stride = 1 } = window;
    const attrs = { ksize: [1, size, size, 1], strides: [1, stride, stride, 1], padding: 'VALID' };
    const value = this.builder.op('MaxPool', [padded], attrs, `${name}/MaxPool`);
    return { ...x, value, ...sizeBehind(x, window) };
  }

  flatten(x: Value<ValueId>, name: string): Value<ValueId> {
    const b = this.builder;
    const order = b.constant(`${name}/order`, [0, 3, 1, 2], undefined, 'int32');
    const shape = b.constant(`${name}/shape`, [-1, numbersIn(x)], undefined, 'int32');
    const channelsFirst = b.op('Transpose', [x.value, order], {}, `${name}/Transpose`);
    return { value: b.op('Reshape', [channelsFirst, shape], {}, `${name}/Reshape`), channels: numbersIn(x) };
  }

  globalAverage(x: Value<ValueId>, name: string): Value<ValueId> {
    const axes = this.builder.constant(`${name}/axes`, [1, 2], undefined, 'int32');
    return { ...x, value: this.builder.op('Mean', [x.value, axes], { keep_dims: false }, `${name}/Mean`) };
  }

  add(a: Value<ValueId>, b: Value<ValueId>, name: string): Value<ValueId> {
    return { ...a, value: this.builder.op('AddV2', [a.value, b.value], {}, `${name}/AddV2`) };
  }

  dropout(x: Value<ValueId>): Value<ValueId> {
    return x;
  }

  linear(x: Value<ValueId>, name: string, out: number): Value<ValueId> {
    const b = this.builder;
    const weight = needTensor(this.state, `${name}.weight`, [out, x.channels], this.subject);
    const kernel = this.weight(`${name}/kernel`, fromPyTorch.linear(weight));
    const product = b.op(
      'MatMul',
      [x.value, kernel],
      { transpose_a: false, transpose_b: false },
      `${name}/MatMul`,
    );
    return { value: this.withBias(product, name, out), channels: out };
  }

  private withBias(x: ValueId, name: string, out: number): ValueId {
    const bias = this.weight(`${name}/bias`, needTensor(this.state, `${name}.bias`, [out], this.subject));
    return this.builder.op('BiasAdd', [x, bias], {}, `${name}/BiasAdd`);
  }

  private weight(name: string, weight: Weight): ValueId {
    this.weights.set(name, weight);
    return this.builder.constant(name, weight.values(), weight.shape);
  }

  /**
   * What a window of stride 1 gives as many values as there were is padded as PyTorch pads by SAME. At other strides SAME
   * depends on the size of the image and is one-sided at even ones, so that zeros are put around it first.
   */
  private convolve(op: string, x: ValueId, name: string, kernel: ValueId, window: Window): ValueId {
    const { stride = 1 } = window;
    const by = isSame(window) ? 0 : paddingOf(window);
    const attrs = {
      strides: [1, stride, stride, 1],
      padding: isSame(window) ? 'SAME' : 'VALID',
      dilations: [1, 1, 1, 1],
    };
    return this.builder.op(op, [this.pad(x, name, by), kernel], attrs, `${name}/${op}`);
  }

  private pad(x: ValueId, name: string, by: number): ValueId {
    if (by === 0) return x;
    const sides = [0, 0, by, by, by, by, 0, 0];
    const paddings = this.builder.constant(`${name}/paddings`, sides, [4, 2], 'int32');
    return this.builder.op('Pad', [x, paddings], {}, `${name}/Pad`);
  }
}
