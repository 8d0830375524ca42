import { GraphBuilder, type Model, type ValueId } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';

/** Inner channels, blocks and stride of the four stages. */
const STAGES = [
  [64, 3, 1],
  [128, 4, 2],
  [256, 6, 2],
  [512, 3, 2],
] as const;

/** ResNet-50 (He et al. 2016) as a graph with random weights: [-1, 224, 224, 3] in, [-1, 1000] out, 25.6 M parameters. */
export function resnet50(seed: number): Model<'float'> {
  const b = new GraphBuilder();
  const next = nets.uniforms(seed);
  const weight = (name: string, shape: readonly number[]): ValueId => {
    const size = shape.reduce((x, y) => x * y, 1);
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) values[i] = next() - 0.5;
    return b.constant(name, values, shape);
  };
  const conv = (
    x: ValueId,
    name: string,
    sizes: readonly [kernel: number, into: number, out: number],
    stride = 1,
  ): ValueId => {
    const [kernel, into, out] = sizes;
    const filter = weight(`${name}/kernel`, [kernel, kernel, into, out]);
    const attrs = { strides: [1, stride, stride, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
    const value = b.op('Conv2D', [x, filter], attrs, `${name}/Conv2D`);
    const inputs = ['gamma', 'beta', 'mean', 'variance'].map((part) => weight(`${name}_bn/${part}`, [out]));
    return b.op('FusedBatchNormV3', [value, ...inputs], { epsilon: 1e-5 }, `${name}_bn/FusedBatchNormV3`);
  };
  const relu = (x: ValueId): ValueId => b.op('Relu', [x]);
  let x = relu(conv(b.input('x', [-1, 224, 224, 3]), 'conv1', [7, 3, 64], 2));
  x = b.op('MaxPool', [x], { ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1], padding: 'SAME' });
  let channels = 64;
  STAGES.forEach(([inner, blocks, firstStride], stage) => {
    for (let block = 0; block < blocks; block++) {
      const name = `layer${stage + 1}_${block}`;
      const stride = block === 0 ? firstStride : 1;
      const first = relu(conv(x, `${name}_conv1`, [1, channels, inner]));
      const second = relu(conv(first, `${name}_conv2`, [3, inner, inner], stride));
      const third = conv(second, `${name}_conv3`, [1, inner, 4 * inner]);
      const shortcut = block === 0 ? conv(x, `${name}_downsample`, [1, channels, 4 * inner], stride) : x;
      x = relu(b.op('AddV2', [third, shortcut]));
      channels = 4 * inner;
    }
  });
  const mean = b.op('Mean', [x, b.ints([1, 2])], { keep_dims: false });
  const product = b.op(
    'MatMul',
    [mean, weight('fc/kernel', [channels, 1000])],
    { transpose_a: false, transpose_b: false },
    'fc/MatMul',
  );
  return b.output(b.op('BiasAdd', [product, weight('fc/bias', [1000])], {}, 'fc/BiasAdd')).build();
}
