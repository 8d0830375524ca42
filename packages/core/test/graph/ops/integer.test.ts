import * as tf from '@tensorflow/tfjs';
import { OP_NAMES, opName, type RuntimeOp } from '@tfjs-optimize/runtime';
import { annotate, cost, GraphBuilder, inferShapes, opRow, type PlainAttrs } from '@tfjs-optimize/core';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { addCase, axisOf, floats, ints, ones, shapeOf, size, type OpCase } from '../op-case.js';

const x = { x_scale: 0.5, y_scale: 0.25 };
const pair = { a_scale: 0.5, b_scale: 0.5, y_scale: 0.25 };
const int32 = (shape: readonly number[]) => ({ shape, dtype: 'int32' }) as const;
const whole = (shape: readonly number[]) => ints(ones(shape), shape);
const op = (name: RuntimeOp, rest: Omit<OpCase, 'op'>): OpCase => ({ op: opName(name), ...rest });

const image = fc.tuple(size, fc.integer({ min: 5, max: 9 }), fc.integer({ min: 5, max: 9 }), size);
const slides = fc
  .record({
    k: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    s: fc.integer({ min: 1, max: 3 }),
    d: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom('SAME', 'VALID', 'EXPLICIT'),
  })
  .map(({ k, s, d, padding }) => ({
    k,
    attrs: {
      strides: [1, s, s, 1],
      padding,
      ...(padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, 0, k[0] - 1, k[1] - 1, 0, 0, 0] } : {}),
    } satisfies PlainAttrs,
    dilations: [1, d, d, 1],
  }));

const unary = (name: RuntimeOp, attrs: PlainAttrs, dtype: 'int32' | 'float32' = 'int32') =>
  shapeOf(0, 4).map((shape) => op(name, { inputs: [{ shape, dtype }], attrs }));
const binary = (name: RuntimeOp) =>
  shapeOf(1, 3).map((shape) => op(name, { inputs: [int32(shape), int32(shape.slice(1))], attrs: pair }));
const pools = (name: RuntimeOp) =>
  fc
    .tuple(image, slides)
    .map(([shape, { k, attrs }]) =>
      op(name, { inputs: [int32(shape)], attrs: { ...attrs, ksize: [1, ...k, 1] } }),
    );
const resizes = (name: RuntimeOp) =>
  fc.tuple(image, size, size, fc.boolean()).map(([shape, height, width, isAttr]) =>
    op(name, {
      inputs: [int32(shape)],
      ...(isAttr ? { attrs: { size: [height, width] } } : { constants: [ints([height, width])] }),
    }),
  );

const CASES: Partial<Record<RuntimeOp, fc.Arbitrary<OpCase>>> = {
  Quantize: unary('Quantize', { scale: 0.5 }, 'float32'),
  Dequantize: unary('Dequantize', { scale: 0.5, zero_point: 3 }),
  Requantize: unary('Requantize', x),
  Conv2D: fc
    .tuple(image, slides, size, fc.integer({ min: 1, max: 2 }))
    .map(([shape, { k, attrs, dilations }, out, groups]) =>
      op('Conv2D', {
        inputs: [int32([...shape.slice(0, 3), shape[3] * groups])],
        constants: [whole([...k, shape[3], out * groups]), floats([out * groups]), whole([out * groups])],
        attrs: { ...x, ...attrs, dilations },
      }),
    ),
  DepthwiseConv2D: fc.tuple(image, slides, size).map(([shape, { k, attrs, dilations }, m]) =>
    op('DepthwiseConv2D', {
      inputs: [int32(shape)],
      constants: [whole([...k, shape[3], m]), floats([shape[3] * m])],
      attrs: { ...x, ...attrs, dilations },
    }),
  ),
  MatMul: fc.tuple(shapeOf(1, 3), size).map(([shape, n]) =>
    op('MatMul', {
      inputs: [int32(shape)],
      constants: [whole([shape.at(-1) as number, n]), floats([1])],
      attrs: x,
    }),
  ),
  BatchMatMul: fc.tuple(shapeOf(2, 4), size, fc.boolean(), fc.boolean()).map(([a, n, adj_x, adj_y]) => {
    const inner = a.at(adj_x ? -2 : -1) as number;
    return op('BatchMatMul', {
      inputs: [int32(a), int32(adj_y ? [n, inner] : [inner, n])],
      attrs: { ...pair, adj_x, adj_y },
    });
  }),
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  AvgPool: pools('AvgPool'),
  MaxPool: pools('MaxPool'),
  Mean: fc
    .tuple(shapeOf(3), axisOf(3), fc.boolean())
    .map(([shape, axis, keep_dims]) =>
      op('Mean', { inputs: [int32(shape)], attrs: { ...x, axes: [axis], keep_dims } }),
    ),
  ResizeBilinear: resizes('ResizeBilinear'),
  ResizeNearestNeighbor: resizes('ResizeNearestNeighbor'),
  Table: shapeOf(0, 3).map((shape) => op('Table', { inputs: [int32(shape)], constants: [whole([256])] })),
  Softmax: shapeOf(1, 3).map((shape) => op('Softmax', { inputs: [int32(shape)], constants: [whole([256])] })),
};

describe('ops of integer graphs', () => {
  before(() => tf.setBackend('cpu'));

  it('every op of the runtime has a row, and cases here if it is static', () => {
    const names = OP_NAMES.filter((name) => !name.startsWith('Dynamic'));
    expect(names.filter((name) => opRow(opName(name)) === undefined)).to.deep.equal([]);
    expect(names.filter((name) => CASES[name] === undefined)).to.deep.equal([]);
  });

  for (const [name, cases] of Object.entries(CASES)) {
    it(`${name}: core infers the shape and type that a run shows, sizes unknown or not (property)`, () =>
      fc.assert(
        fc.asyncProperty(cases, fc.boolean(), async (made, isHidden) => {
          const b = new GraphBuilder();
          const y = addCase(b, made, (dim) => (isHidden ? -1 : dim));
          const model = b.output(y).build('integer');
          const inputs = made.inputs.map(({ shape, dtype }) => tf.ones([...shape], dtype ?? 'float32'));
          const shown = await annotate(model, inputs);
          tf.dispose(inputs);
          model.dispose();
          const inferred = inferShapes(model.graph, model.weights);
          expect(inferred.contradictions).to.deep.equal([]);
          expect(inferred.dtype(y)).to.equal(shown.dtype(y));
          const found = inferred.shape(y)?.map((dim, i) => (dim < 0 && isHidden ? shown.shape(y)?.[i] : dim));
          expect(found).to.deep.equal(shown.shape(y));
        }),
        { numRuns: 30 },
      ));
  }

  it('int8 weights and biases are parameters, scales and tables are not; MACs are those of the float op', async () => {
    const b = new GraphBuilder();
    const image = b.input('x', [1, 8, 8, 4], 'int32');
    const w = b.constant('w', new Int32Array(3 * 3 * 4 * 5), [3, 3, 4, 5]);
    const scales = b.constant('scales', new Float32Array(5).fill(1), [5]);
    const bias = b.constant('bias', new Int32Array(5), [5]);
    const table = b.constant('table', new Int32Array(256), [256]);
    const y = b.op(opName('Conv2D'), [image, w, scales, bias], { ...x, padding: 'SAME' });
    b.output(b.op(opName('Table'), [y, table]), 'y', 'int32');
    const model = b.build('integer');
    const input = tf.zeros([1, 8, 8, 4], 'int32');
    const found = cost(model, await annotate(model, input));
    expect(found.parameters).to.equal(180 + 5);
    expect(found.macs).to.equal(8 * 8 * 5 * 3 * 3 * 4);
    expect(found.uncounted).to.deep.equal([]);
    tf.dispose(input);
    model.dispose();
  });

  it('refuses inputs that do not fit each other before a run', () => {
    const b = new GraphBuilder();
    const a = b.input('a', [2, 3], 'int32');
    const w = b.constant('w', new Int32Array(8), [4, 2]);
    const scales = b.constant('scales', Float32Array.of(1), [1]);
    b.output(b.op(opName('MatMul'), [a, w, scales], x, 'product'), 'y', 'int32');
    const { graph, weights } = b.build('integer');
    const [problem] = inferShapes(graph, weights).contradictions;
    expect(problem?.subject).to.equal('product');
    expect(problem?.message).to.match(/\[2,3\] and \[4,2\]/);
  });
});
