import { GraphBuilder, Random, type Model, type ValueId } from '@tfjs-optimize/core';

/** Activations that keep a zero, so that a channel of zeros is nothing to what follows. */
const ACTIVATIONS = ['Relu', 'Relu6', 'Tanh', 'Elu', 'LeakyRelu', 'Selu', 'swish', 'none'] as const;

/** An image in a random net. */
interface Map2d {
  readonly value: ValueId;
  readonly size: number;
  readonly channels: number;
}

/**
 * A random network by seed: [-1, 8, 8, 3] in, [-1, 3] out. Blocks of every kind that couples channels stand in random
 * order: residual sums, concats, groups, depthwise filters, slices, shuffles, squeeze-excite, transposed convolutions.
 */
export class RandomNet {
  private readonly b = new GraphBuilder();
  private readonly random: Random;
  private count = 0;
  /** Names of the blocks that were drawn. */
  readonly blocks: string[] = [];

  constructor(seed: number) {
    this.random = Random.of(seed);
  }

  build(): Model<'float'> {
    let x = this.conv({ value: this.b.input('x', [-1, 8, 8, 3]), size: 8, channels: 3 }, this.even());
    const kinds = Object.keys(this.kinds) as (keyof typeof this.kinds)[];
    for (let i = 0; i < 5; i++) {
      const kind = this.pick(kinds);
      this.blocks.push(kind);
      x = this.kinds[kind](x);
    }
    return this.b.output(this.head(x)).build();
  }

  private readonly kinds = {
    plain: (x: Map2d): Map2d => this.conv(x, this.even()),
    residual: (x: Map2d): Map2d => {
      const inner = this.conv(x, this.even());
      return { ...x, value: this.b.op('AddV2', [x.value, this.conv(inner, x.channels).value]) };
    },
    padded: (x: Map2d): Map2d => {
      // A shortcut with channels of zeros behind it.
      const pads = this.b.ints([0, 0, 0, 0, 0, 0, 1, 3], [4, 2]);
      const wide = { ...x, channels: x.channels + 4, value: this.b.op('Pad', [x.value, pads]) };
      return { ...wide, value: this.b.op('AddV2', [wide.value, this.conv(x, wide.channels).value]) };
    },
    concat: (x: Map2d): Map2d => {
      const parts = [x, this.conv(x, this.even()), this.conv(x, this.even())];
      return this.join(parts);
    },
    groups: (x: Map2d): Map2d => {
      const [first, second] = this.split(x);
      return this.join([this.conv(first, this.even()), this.conv(second, this.even())]);
    },
    slices: (x: Map2d): Map2d => {
      const at = 1 + this.random.integer(x.channels - 1);
      const whole = [x.size, x.size];
      const first = this.b.op('Slice', [x.value, this.b.ints([0, 0, 0, 0]), this.b.ints([-1, ...whole, at])]);
      const masks = { begin_mask: 7, end_mask: 15 };
      const inputs = [
        [0, 0, 0, at],
        [0, 0, 0, 0],
        [1, 1, 1, 1],
      ].map((values) => this.b.ints(values));
      const second = this.b.op('StridedSlice', [x.value, ...inputs], masks);
      return this.join([
        { ...x, value: second, channels: x.channels - at },
        this.conv({ ...x, value: first, channels: at }, this.even()),
      ]);
    },
    shuffle: (x: Map2d): Map2d => {
      const parts = [-1, x.size, x.size, 2, x.channels / 2];
      const apart = this.b.op('Reshape', [x.value, this.b.ints(parts)]);
      const turned = this.b.op('Transpose', [apart, this.b.ints([0, 1, 2, 4, 3])]);
      return { ...x, value: this.b.op('Reshape', [turned, this.b.ints([-1, x.size, x.size, x.channels])]) };
    },
    gather: (x: Map2d): Map2d => {
      const order = this.random.shuffle(Array.from({ length: x.channels }, (_, i) => i));
      const value = this.b.op('GatherV2', [x.value, this.b.ints(order), this.b.ints(3)], { batch_dims: 0 });
      return { ...x, value };
    },
    depthwise: (x: Map2d): Map2d => {
      const multiplier = 1 + this.random.integer(2);
      const filter = this.weight('depthwise', [3, 3, x.channels, multiplier]);
      const value = this.b.op('DepthwiseConv2dNative', [x.value, filter], this.strides(1));
      return this.finish({ ...x, value, channels: x.channels * multiplier });
    },
    excite: (x: Map2d): Map2d => {
      const mean = this.b.op('Mean', [x.value, this.b.ints([1, 2])], { keep_dims: true });
      const squeezed = this.conv({ value: mean, size: 1, channels: x.channels }, 4, 1);
      const gate = this.b.op('Sigmoid', [this.conv(squeezed, x.channels, 1, 'none').value]);
      return { ...x, value: this.b.op('Mul', [x.value, gate]) };
    },
    transposed: (x: Map2d): Map2d => {
      const channels = this.even();
      const filter = this.weight('transposed', [3, 3, channels, x.channels]);
      const shape = this.b.op('Shape', [x.value]);
      const batch = this.b.op('StridedSlice', [shape, this.b.ints([0]), this.b.ints([1]), this.b.ints([1])], {
        shrink_axis_mask: 1,
      });
      const sizes = this.b.op(
        'Pack',
        [batch, this.b.ints(x.size), this.b.ints(x.size), this.b.ints(channels)],
        { axis: 0 },
      );
      const value = this.b.op('Conv2DBackpropInput', [sizes, filter, x.value], this.strides(1));
      return this.finish({ ...x, value, channels });
    },
    pool: (x: Map2d): Map2d => {
      if (x.size < 4) return x;
      const attrs = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' };
      return {
        ...x,
        size: x.size / 2,
        value: this.b.op(this.pick(['MaxPool', 'AvgPool']), [x.value], attrs),
      };
    },
    deep: (x: Map2d): Map2d => {
      // Blocks of channels become places.
      const wide = this.conv(x, 8);
      const value = this.b.op('DepthToSpace', [wide.value], { block_size: 2, data_format: 'NHWC' });
      const pooled = this.b.op('MaxPool', [value], {
        ksize: [1, 2, 2, 1],
        strides: [1, 2, 2, 1],
        padding: 'VALID',
      });
      return { ...x, value: pooled, channels: 2 };
    },
  };

  private head(x: Map2d): ValueId {
    if (this.random.integer(2) === 0) {
      const mean = this.b.op('Mean', [x.value, this.b.ints([1, 2])], { keep_dims: false });
      return this.dense(mean, x.channels, 3);
    }
    const size = x.size * x.size * x.channels;
    const flat = this.b.op('Reshape', [x.value, this.b.ints([-1, size])]);
    const hidden = this.b.op('Relu', [this.dense(flat, size, 6)]);
    return this.dense(hidden, 6, 3);
  }

  private dense(x: ValueId, into: number, out: number): ValueId {
    const kernel = this.weight('dense', [into, out]);
    const product = this.b.op('MatMul', [x, kernel], { transpose_a: false, transpose_b: false });
    return this.b.op('BiasAdd', [product, this.weight('bias', [out])]);
  }

  private conv(x: Map2d, channels: number, kernel = 3, activation?: (typeof ACTIVATIONS)[number]): Map2d {
    const filter = this.weight('kernel', [kernel, kernel, x.channels, channels]);
    const value = this.b.op('Conv2D', [x.value, filter], this.strides(1));
    return this.finish({ ...x, value, channels }, activation);
  }

  /** A bias or batch norm, or neither, and an activation. */
  private finish(x: Map2d, activation: (typeof ACTIVATIONS)[number] = this.pick(ACTIVATIONS)): Map2d {
    const size = [x.channels];
    let { value } = x;
    const ending = this.random.integer(3);
    if (ending === 0) value = this.b.op('BiasAdd', [value, this.weight('bias', size)]);
    if (ending === 1) {
      const inputs = ['gamma', 'beta', 'mean'].map((name) => this.weight(name, size));
      const variance = this.b.constant(this.name('variance'), new Float32Array(x.channels).fill(0.7), size);
      value = this.b.op('FusedBatchNormV3', [value, ...inputs, variance], { epsilon: 1e-3 });
    }
    if (activation === 'swish') value = this.b.op('Mul', [value, this.b.op('Sigmoid', [value])]);
    else if (activation !== 'none') value = this.b.op(activation, [value]);
    return { ...x, value };
  }

  private split(x: Map2d): [Map2d, Map2d] {
    const half = { ...x, channels: x.channels / 2 };
    const node = this.b.op('Split', [this.b.ints(3), x.value], { num_split: 2 });
    return [
      { ...half, value: node },
      { ...half, value: this.b.out(node, 1) },
    ];
  }
  private join(parts: readonly Map2d[]): Map2d {
    const channels = parts.reduce((sum, part) => sum + part.channels, 0);
    const inputs = [...parts.map(({ value }) => value), this.b.ints(3)];
    const joined = {
      ...(parts[0] as Map2d),
      channels,
      value: this.b.op('ConcatV2', inputs, { N: parts.length }),
    };
    // Blocks halve their channels: an odd number is made even.
    return channels % 2 === 0 ? joined : this.conv(joined, channels + 1, 1);
  }

  private strides(stride: number) {
    return { strides: [1, stride, stride, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
  }
  private even(): number {
    return 4 + 2 * this.random.integer(4);
  }
  private pick<T>(list: readonly T[]): T {
    return list[this.random.integer(list.length)] as T;
  }
  private name(stem: string): string {
    return `${stem}_${this.count++}`;
  }
  private weight(stem: string, shape: readonly number[]): ValueId {
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = shape.length < 2 ? 0.5 : Math.sqrt(2 / (size / (shape.at(-1) as number)));
    const values = Float32Array.from({ length: size }, () => this.random.normal(0, scale));
    return this.b.constant(this.name(stem), values, shape);
  }
}
