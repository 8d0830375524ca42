import { GraphBuilder, type Model, type ValueId } from '@tfjs-optimize/core';
import { goldenTensor, type GoldenCase } from '@tfjs-optimize/testing';

/** Builds the nets of the golden cases in TensorFlow's layout from PyTorch's weights. */
export class TorchNet {
  readonly b = new GraphBuilder();

  constructor(private readonly given: GoldenCase) {}

  private weight(
    name: string,
  ): { readonly data: readonly number[]; readonly shape: readonly number[] } | undefined {
    const state = this.given.inputs['state_dict'] as GoldenCase['inputs'];
    return name in state ? goldenTensor(state, name) : undefined;
  }
  private vector(name: string): ValueId | undefined {
    const found = this.weight(name);
    return found && this.b.constant(name, [...found.data]);
  }
  private bias(x: ValueId, layer: string): ValueId {
    const bias = this.vector(`${layer}.bias`);
    return bias === undefined ? x : this.b.op('BiasAdd', [x, bias], {}, `${layer}/BiasAdd`);
  }

  /** A convolution with the padding that keeps the size, or depthwise where each filter has one channel of many. */
  conv(x: ValueId, layer: string, { depthwise = false, padding = 'SAME', stride = 1 } = {}): ValueId {
    const { data, shape } = this.weight(`${layer}.weight`) as {
      data: readonly number[];
      shape: readonly number[];
    };
    const [out, into, height, width] = shape as [number, number, number, number];
    const values = new Float32Array(data.length);
    for (let o = 0; o < out; o++)
      for (let i = 0; i < into; i++)
        for (let p = 0; p < height * width; p++) {
          const at = depthwise ? p * out + o : (p * into + i) * out + o;
          values[at] = data[(o * into + i) * height * width + p] as number;
        }
    const filter = this.b.constant(
      `${layer}.weight`,
      values,
      depthwise ? [height, width, out, 1] : [height, width, into, out],
    );
    if (stride > 1) {
      // PyTorch pads both sides alike, whatever the stride.
      const pads = this.b.ints([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]);
      return this.bias(
        this.b.op(
          'Conv2D',
          [this.b.op('Pad', [x, pads]), filter],
          { strides: [1, stride, stride, 1], padding: 'VALID', dilations: [1, 1, 1, 1] },
          `${layer}/Conv2D`,
        ),
        layer,
      );
    }
    const attrs = { strides: [1, 1, 1, 1], padding, dilations: [1, 1, 1, 1] };
    const op = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
    return this.bias(this.b.op(op, [x, filter], attrs, `${layer}/${op}`), layer);
  }
  norm(x: ValueId, layer: string): ValueId {
    const inputs = ['weight', 'bias', 'running_mean', 'running_var'].map(
      (part) => this.vector(`${layer}.${part}`) as ValueId,
    );
    return this.b.op(
      'FusedBatchNormV3',
      [x, ...inputs],
      { epsilon: 1e-5, is_training: false },
      `${layer}/FusedBatchNormV3`,
    );
  }
  /** @param places of the map that was flattened: channel c of place p was row c·places + p, and becomes p·C + c. */
  linear(x: ValueId, layer: string, places = 1): ValueId {
    const { data, shape } = this.weight(`${layer}.weight`) as {
      data: readonly number[];
      shape: readonly number[];
    };
    const [out, into] = shape as [number, number];
    const channels = into / places;
    const values = new Float32Array(data.length);
    for (let o = 0; o < out; o++)
      for (let c = 0; c < channels; c++)
        for (let p = 0; p < places; p++)
          values[(p * channels + c) * out + o] = data[o * into + c * places + p] as number;
    const kernel = this.b.constant(`${layer}.weight`, values, [into, out]);
    return this.bias(
      this.b.op('MatMul', [x, kernel], { transpose_a: false, transpose_b: false }, `${layer}/MatMul`),
      layer,
    );
  }
  relu(x: ValueId): ValueId {
    return this.b.op('Relu', [x]);
  }
  pool(x: ValueId): ValueId {
    return this.b.op('Mean', [x, this.b.ints([1, 2])], { keep_dims: false });
  }
  flatten(x: ValueId, size: number): ValueId {
    return this.b.op('Reshape', [x, this.b.ints([-1, size])]);
  }
  done(x: ValueId): Model<'float'> {
    return this.b.output(x).build();
  }
  input(): ValueId {
    const shape = this.given.inputs['input_shape_nchw'] as readonly number[];
    const [, channels, height, width] = shape;
    return this.b.input(
      'x',
      shape.length === 2
        ? [-1, shape[1] as number]
        : [-1, height as number, width as number, channels as number],
    );
  }
}
