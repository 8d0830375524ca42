import { GraphBuilder, Random, type Model, type ValueId } from '@tfjs-optimize/core';
import { opName, type RuntimeOp } from '../../src/format/index.js';
import { int8s } from '@tfjs-optimize/testing/integer';

/** Scale and zero point of every value, so that stages fit together. */
const STEP = 2 ** -5;
const ZERO = -7;
const x = { x_scale: STEP, x_zero_point: ZERO };
const y = { y_scale: STEP, y_zero_point: ZERO };
const pair = { a_scale: STEP, a_zero_point: ZERO, b_scale: STEP, b_zero_point: ZERO, ...y };

/** The nodes of its int8 values, which have the names of their ops. */
export const INNER: readonly RuntimeOp[] = [
  'Quantize',
  'Conv2D',
  'DepthwiseConv2D',
  'Add',
  'Sub',
  'Requantize',
  'Mul',
  'MaxPool',
  'AvgPool',
  'ResizeNearestNeighbor',
  'ResizeBilinear',
  'Table',
  'BatchMatMul',
  'Mean',
  'MatMul',
  'Softmax',
];

/** A network of every kind of integer op, floats at both ends; its weights follow from a seed. */
export function smallNet(packed = false): Model<'integer'> {
  const random = Random.of(20).fork('small net');
  const b = new GraphBuilder();
  const scales = (n: number): ValueId =>
    b.constant(
      `scales${next++}`,
      Float32Array.from({ length: n }, (_, i) => 2 ** -9 * (1 + (i % 3) / 4)),
      [n],
    );
  let next = 0;
  const weights = (shape: readonly number[]): ValueId => {
    const { data } = int8s(random, shape, -127);
    const bytes = Int8Array.from(data);
    return packed
      ? b.constant(`w${next++}`, new Uint8Array(bytes.buffer), shape, 'bool')
      : b.constant(`w${next++}`, Int32Array.from(data), shape);
  };
  const bias = (n: number): ValueId =>
    b.constant(
      `bias${next++}`,
      Int32Array.from({ length: n }, () => Math.floor(random.uniform() * 2000) - 1000),
      [n],
    );
  const op = (name: RuntimeOp, inputs: readonly ValueId[], attrs = {}): ValueId =>
    b.op(opName(name), inputs, attrs, name);

  const image = b.input('image', [-1, 12, 12, 3]);
  const q = op('Quantize', [image], { scale: STEP, zero_point: ZERO });
  const conv = op('Conv2D', [q, weights([3, 3, 3, 8]), scales(8), bias(8)], {
    ...x,
    ...y,
    padding: 'SAME',
    strides: [1, 2, 2, 1],
    clamp_min: ZERO,
  });
  const deep = op('DepthwiseConv2D', [conv, weights([3, 3, 8, 1]), scales(8), bias(8)], {
    ...x,
    ...y,
    padding: 'SAME',
  });
  const sum = op('Add', [conv, deep], pair);
  const part = op('Sub', [sum, deep], { ...pair, y_scale: STEP / 2 });
  const again = op('Requantize', [part], { ...x, x_scale: STEP / 2, ...y });
  const product = op('Mul', [again, sum], { ...pair, y_scale: STEP * 2 });
  const most = op('MaxPool', [product], { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' });
  const mid = op('AvgPool', [most], { ksize: [1, 3, 3, 1], padding: 'SAME' });
  const near = op('ResizeNearestNeighbor', [mid], { size: [4, 4] });
  const large = op('ResizeBilinear', [near], { size: [5, 7], half_pixel_centers: true });
  const table = b.constant(
    'table',
    Int32Array.from({ length: 256 }, (_, i) => Math.max(i - 128, ZERO)),
    [256],
  );
  const relu = op('Table', [large, table]);
  const turned = op('BatchMatMul', [relu, relu], { ...pair, y_scale: STEP * 24, adj_y: true });
  const wide = { x_scale: STEP * 24, x_zero_point: ZERO };
  const mean = op('Mean', [turned], { ...wide, ...y, y_scale: STEP * 16, axes: [1, 2] });
  const dense = op('MatMul', [mean, weights([7, 6]), scales(6), bias(6)], {
    ...wide,
    x_scale: STEP / 2,
    ...y,
  });
  // Like softmaxTable(STEP), without the exponentials that engines may round otherwise.
  const powers = Int32Array.of(...new Array<number>(256).fill(2 ** 30));
  for (let d = 1; d < 256; d++) powers[d] = Math.floor(((powers[d - 1] as number) * 31) / 32);
  const exponentials = b.constant('exponentials', powers, [256]);
  const soft = op('Softmax', [dense, exponentials]);
  b.output(op('Dequantize', [soft], { scale: 1 / 256, zero_point: -128 }), 'y');
  return b.build('integer');
}
