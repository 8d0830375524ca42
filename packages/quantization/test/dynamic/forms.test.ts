import { type GraphBuilder, type ValueId } from '@tfjs-optimize/core';
import { quantizeDynamic, type DynamicOp } from '@tfjs-optimize/quantization';
import { opName } from '@tfjs-optimize/runtime';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { expect } from 'chai';
import { activations, firstAxis, lastAxis, modelOf, run, weights } from './exact.js';

interface Form {
  readonly what: string;
  readonly shape: readonly number[];
  readonly build: (b: GraphBuilder, x: ValueId) => ValueId;
  /** Ops of the result, Const nodes and the input left out, in order. */
  readonly ops: readonly string[];
  readonly asked?: readonly DynamicOp[];
  /** Values of a row that is quantized together; the last size of the shape unless told. */
  readonly row?: number;
}

const MATMUL = opName('DynamicMatMul');
const CONV = opName('DynamicConv2D');
const DEPTHWISE = opName('DynamicDepthwiseConv2D');
const BATCH = opName('DynamicBatchMatMul');

const image = [2, 6, 5, 4];
const windows = { strides: [1, 2, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
const filter = [3, 2, 4, 6];
const bias = (b: GraphBuilder, count: number): ValueId =>
  b.constant(
    'bias',
    Float32Array.from({ length: count }, (_, i) => 100 * i - 200),
  );
const fused = (...ops: string[]): Record<string, number | string[]> => ({
  fused_ops: ['BiasAdd', ...ops],
  num_args: 1,
});
const matrix = (b: GraphBuilder): ValueId => b.constant('w', lastAxis([16, 5]), [16, 5]);
const conv = (b: GraphBuilder): ValueId => b.constant('w', lastAxis(filter), filter);
const depthwise = (b: GraphBuilder): ValueId => {
  const shape = [3, 3, 4, 2];
  return b.constant(
    'w',
    weights(shape, (at) => at % 8),
    shape,
  );
};

const FORMS: readonly Form[] = [
  {
    ...{ what: 'MatMul', shape: [3, 16], ops: [MATMUL] },
    build: (b, x) => b.op('MatMul', [x, matrix(b)]),
  },
  {
    ...{ what: 'MatMul with transpose_b', shape: [3, 16], ops: [MATMUL] },
    build: (b, x) => b.op('MatMul', [x, b.constant('w', firstAxis([5, 16]), [5, 16])], { transpose_b: true }),
  },
  {
    // Rows are then columns of x: each begins with 255.
    ...{ what: 'MatMul with transpose_a', shape: [16, 16], ops: ['Transpose', MATMUL], row: 1 },
    build: (b, x) => b.op('MatMul', [x, matrix(b)], { transpose_a: true }),
  },
  {
    ...{ what: 'MatMul, BiasAdd and Relu apart', shape: [3, 16], ops: [MATMUL] },
    build: (b, x) => b.op('Relu', [b.op('BiasAdd', [b.op('MatMul', [x, matrix(b)]), bias(b, 5)])]),
  },
  {
    ...{ what: 'MatMul and AddV2 of a vector on the left', shape: [3, 16], ops: [MATMUL] },
    build: (b, x) => b.op('AddV2', [bias(b, 5), b.op('MatMul', [x, matrix(b)])]),
  },
  {
    ...{ what: 'MatMul and AddV2 of a matrix, which stays', shape: [3, 16], ops: [MATMUL, 'AddV2'] },
    build: (b, x) =>
      b.op('AddV2', [b.op('MatMul', [x, matrix(b)]), b.constant('m', lastAxis([3, 5]), [3, 5])]),
  },
  {
    ...{ what: '_FusedMatMul with Relu6', shape: [3, 16], ops: [MATMUL] },
    build: (b, x) => b.op('_FusedMatMul', [x, matrix(b), bias(b, 5)], fused('Relu6')),
  },
  {
    ...{ what: '_FusedMatMul with Elu, which stays a node', shape: [3, 16], ops: [MATMUL, 'Elu'] },
    build: (b, x) => b.op('_FusedMatMul', [x, matrix(b), bias(b, 5)], fused('Elu')),
  },
  {
    ...{ what: '_FusedMatMul with LeakyRelu', shape: [3, 16], ops: [MATMUL, 'LeakyRelu'] },
    build: (b, x) =>
      b.op('_FusedMatMul', [x, matrix(b), bias(b, 5)], { ...fused('LeakyRelu'), leakyrelu_alpha: 0.25 }),
  },
  {
    ...{ what: '_FusedMatMul with Prelu', shape: [3, 16], ops: [MATMUL, 'Prelu'] },
    build: (b, x) =>
      b.op('_FusedMatMul', [x, matrix(b), bias(b, 5), b.constant('a', [0, 0.25, 0.5, 1, 2])], {
        ...fused('Prelu'),
        num_args: 2,
      }),
  },
  {
    ...{ what: 'BatchMatMulV2 with a constant matrix', shape: [2, 3, 16], ops: [MATMUL] },
    build: (b, x) => b.op('BatchMatMulV2', [x, b.constant('w', lastAxis([16, 5]), [1, 16, 5])]),
  },
  {
    ...{ what: 'BatchMatMulV2 with a transposed constant', shape: [2, 3, 16], ops: [MATMUL] },
    build: (b, x) =>
      b.op('BatchMatMulV2', [x, b.constant('w', firstAxis([5, 16]), [1, 5, 16])], { adj_y: true }),
  },
  {
    ...{ what: 'BatchMatMulV2 of two values, as in attention', shape: [2, 3, 4, 8], ops: [BATCH] },
    asked: ['BatchMatMulV2'],
    build: (b, x) => b.op('BatchMatMulV2', [x, x], { adj_y: true }),
  },
  {
    ...{ what: 'BatchMatMulV2 of batches that are broadcast', shape: [2, 3, 4, 8], ops: ['Slice', BATCH] },
    asked: ['BatchMatMulV2'],
    build: (b, x) =>
      b.op('BatchMatMulV2', [b.op('Slice', [x, b.ints([0, 0, 0, 0]), b.ints([1, -1, -1, -1])]), x], {
        adj_y: true,
      }),
  },
  {
    ...{ what: 'a convolution, BiasAdd and Relu6 apart', shape: image, ops: [CONV] },
    build: (b, x) => b.op('Relu6', [b.op('BiasAdd', [b.op('Conv2D', [x, conv(b)], windows), bias(b, 6)])]),
  },
  {
    ...{ what: 'a dilated convolution without padding', shape: image, ops: [CONV] },
    build: (b, x) => {
      const attrs = { strides: [1, 1, 1, 1], padding: 'VALID', dilations: [1, 2, 2, 1] };
      return b.op('Conv2D', [x, conv(b)], attrs);
    },
  },
  {
    ...{ what: 'a convolution with padding told', shape: image, ops: [CONV] },
    build: (b, x) => {
      const explicit_paddings = [0, 0, 2, 1, 0, 3, 0, 0];
      return b.op('Conv2D', [x, conv(b)], { ...windows, padding: 'EXPLICIT', explicit_paddings });
    },
  },
  {
    ...{ what: '_FusedConv2D with Relu', shape: image, ops: [CONV] },
    build: (b, x) => b.op('_FusedConv2D', [x, conv(b), bias(b, 6)], { ...windows, ...fused('Relu') }),
  },
  {
    ...{ what: '_FusedConv2D with Sigmoid', shape: image, ops: [CONV, 'Sigmoid'] },
    build: (b, x) => b.op('_FusedConv2D', [x, conv(b), bias(b, 6)], { ...windows, ...fused('Sigmoid') }),
  },
  {
    ...{ what: 'a depthwise convolution', shape: image, ops: [DEPTHWISE], asked: ['DepthwiseConv2dNative'] },
    build: (b, x) => b.op('DepthwiseConv2dNative', [x, depthwise(b)], { ...windows, strides: [1, 1, 1, 1] }),
  },
  {
    ...{ what: 'FusedDepthwiseConv2dNative with Relu6', shape: image, ops: [DEPTHWISE] },
    asked: ['DepthwiseConv2dNative'],
    build: (b, x) =>
      b.op('FusedDepthwiseConv2dNative', [x, depthwise(b), bias(b, 8)], {
        ...{ ...windows, strides: [1, 2, 2, 1] },
        ...fused('Relu6'),
      }),
  },
  {
    ...{ what: 'a weight that a vector multiplies when the model runs', shape: [3, 16], ops: [MATMUL] },
    build: (b, x) => {
      const w = lastAxis([16, 5]);
      // What fusion leaves of weights of few bits.
      const scaled = b.op('Mul', [
        b.constant(
          'w',
          w.map((value) => value / 2),
          [16, 5],
        ),
        b.constant('s', [2, 2, 2, 2, 2]),
      ]);
      return b.op('MatMul', [x, scaled]);
    },
  },
];

describe('quantizeDynamic: forms of products', () => {
  after(() => tf.setBackend('cpu'));

  for (const backend of ['cpu', 'wasm']) {
    describe(`on ${backend}`, () => {
      before(async function () {
        if (!(await tf.setBackend(backend))) this.skip();
      });

      for (const { what, shape, build, ops, asked, row = shape.at(-1) as number } of FORMS) {
        it(`${what}: equal to the float product, exactly, where steps are 1`, async () => {
          const model = modelOf(shape, build);
          const { model: quantized } = await quantizeDynamic(model, {
            leastElements: 0,
            ...(asked && { ops: asked }),
          });
          const found = [...quantized.graph]
            .map(({ op }) => op)
            .filter((op) => op !== 'Const' && op !== 'Placeholder');
          expect(found).to.deep.equal(ops);
          expect(quantized.stage).to.equal('integer');
          const x = activations(shape, row);
          expect(run(quantized, x, shape)).to.deep.equal(run(model, x, shape));
        });
      }
    });
  }
});
