import { batchMatMul, matMul } from '../reference/products.js';
import { broadcastIndexes, broadcastShape, sizeOf } from '../reference/shapes.js';
import { defineOp } from './op.js';
import { paramsOf, pairParamsOf, stageOf } from './params.js';

export const PRODUCTS = [
  defineOp({
    name: 'MatMul',
    inputs: ['x', 'w', 'scales', 'bias'],
    optional: 1,
    attrs: paramsOf,
    run: (inputs, attrs) => {
      const x = inputs.shape('x');
      const [inner, columns] = inputs.shapeOf('w', 2) as [number, number];
      if (x.at(-1) !== inner)
        inputs.refuse('x', `rows of ${inner} values, as w has rows`, `shape [${x.join()}]`);
      const multipliers = inputs.multipliers('scales', columns, attrs.x_scale, attrs.y_scale, true);
      const data = matMul(
        inputs.int8('x'),
        inputs.int8('w'),
        inputs.bias(columns),
        { rows: sizeOf(x.slice(0, -1)), inner, columns },
        attrs.x_zero_point,
        stageOf(attrs, multipliers),
      );
      return { shape: [...x.slice(0, -1), columns], data };
    },
  }),
  defineOp({
    name: 'BatchMatMul',
    inputs: ['a', 'b'],
    attrs: (given) => ({ ...pairParamsOf(given), adj_x: given.flag('adj_x'), adj_y: given.flag('adj_y') }),
    run: (inputs, attrs) => {
      const [a, b] = [inputs.shape('a'), inputs.shape('b')];
      const [rows, inner] = matrixOf(a, attrs.adj_x);
      const [inner2, columns] = matrixOf(b, attrs.adj_y);
      const batch = broadcastShape(a.slice(0, -2), b.slice(0, -2));
      if (a.length < 2 || b.length < 2 || inner !== inner2 || batch === undefined) {
        return inputs.refuse('b', `matrices that fit those of a, [${a.join()}]`, `shape [${b.join()}]`);
      }
      const aMatrices = broadcastIndexes(a.slice(0, -2), batch);
      const bMatrices = broadcastIndexes(b.slice(0, -2), batch);
      const pairs = Array.from(aMatrices, (matrix, i) => [matrix, bMatrices[i] as number] as const);
      // One scale for all: TensorFlow Lite rounds the product of the scales to float32.
      const real = Math.fround(attrs.a_scale * attrs.b_scale) / attrs.y_scale;
      const data = batchMatMul(
        inputs.int8('a'),
        inputs.int8('b'),
        { rows, inner, columns, adjX: attrs.adj_x, adjY: attrs.adj_y, pairs },
        attrs.a_zero_point,
        attrs.b_zero_point,
        stageOf(attrs, real),
      );
      return { shape: [...batch, rows, columns], data };
    },
  }),
];

function matrixOf(shape: readonly number[], transposed: boolean): [rows: number, columns: number] {
  const [rows = 0, columns = 0] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}
