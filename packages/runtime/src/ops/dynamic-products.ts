import { dynamicBatchMatMul, dynamicMatMul } from '../reference/dynamic-products.js';
import { broadcastIndexes, broadcastShape, indexes, stridesOf } from '../reference/shapes.js';
import { dynamicAttrs, dynamicOf, epilogueOf } from './dynamic-params.js';
import { defineOp } from './op.js';
import type { Operands } from './operands.js';

export const DYNAMIC_PRODUCTS = [
  defineOp({
    name: 'DynamicMatMul',
    inputs: ['x', 'w', 'scales', 'bias'],
    optional: 1,
    attrs: dynamicAttrs,
    run: (inputs, attrs) => {
      const x = inputs.shape('x');
      const [k, n] = inputs.shapeOf('w', 2) as [number, number];
      if (x.at(-1) !== k) inputs.refuse('x', `rows of ${k} values, as w has rows`, `shape [${x.join()}]`);
      const epilogue = epilogueOf(inputs, attrs, n);
      const data = dynamicMatMul(inputs.floats('x'), inputs.weight('w'), { k, n }, attrs, epilogue);
      return { shape: [...x.slice(0, -1), n], data };
    },
  }),
  defineOp({
    name: 'DynamicBatchMatMul',
    inputs: ['a', 'b'],
    attrs: (given) => ({ ...dynamicOf(given), adj_x: given.flag('adj_x'), adj_y: given.flag('adj_y') }),
    run: (inputs, attrs) => {
      const a = matricesOf(inputs, 'a', attrs.adj_x);
      // Its columns lie together, as they are quantized.
      const b = matricesOf(inputs, 'b', !attrs.adj_y);
      const batch = broadcastShape(a.batch, b.batch);
      if (a.inner !== b.inner || batch === undefined) {
        const [left, right] = [inputs.shape('a'), inputs.shape('b')];
        return inputs.refuse(
          'b',
          `matrices that fit those of a, [${left.join()}]`,
          `shape [${right.join()}]`,
        );
      }
      const right = broadcastIndexes(b.batch, batch);
      const pairs = Array.from(
        broadcastIndexes(a.batch, batch),
        (matrix, i) => [matrix, right[i] as number] as const,
      );
      const sizes = { m: a.rows, k: a.inner, n: b.rows };
      const data = dynamicBatchMatMul(a.values, b.values, sizes, pairs, attrs);
      return { shape: [...batch, a.rows, b.rows], data };
    },
  }),
];

/** Matrices whose rows are what is summed over. */
interface Matrices {
  readonly values: Float32Array;
  readonly batch: readonly number[];
  readonly rows: number;
  readonly inner: number;
}

function matricesOf(inputs: Operands, name: string, isTransposed: boolean): Matrices {
  const shape = inputs.shape(name);
  if (shape.length < 2) inputs.refuse(name, 'matrices', `shape [${shape.join()}]`);
  const batch = shape.slice(0, -2);
  const [rows, inner] = shape.slice(-2) as [number, number];
  const values = inputs.floats(name);
  if (!isTransposed) return { values, batch, rows, inner };
  const steps = stridesOf(shape);
  const order = indexes([...batch, inner, rows], [...steps.slice(0, -2), 1, inner]);
  return {
    values: Float32Array.from(order, (from) => values[from] as number),
    batch,
    rows: inner,
    inner: rows,
  };
}
