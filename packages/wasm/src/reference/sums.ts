import { reductionOf } from '../kernels/reduce/reduction.js';
import { need, sizeOf, zeros, type Reference, type Values } from './values.js';

/** Sums over axes. */
export const sum: Reference = (inputs, attrs) => reduced(inputs, attrs, () => 1);

/** Means over axes; that of nothing is 0. */
export const mean: Reference = (inputs, attrs) => reduced(inputs, attrs, (rows) => 1 / Math.max(1, rows));

function reduced(inputs: Parameters<Reference>[0], attrs: object, factor: (rows: number) => number): Values {
  const x = need(inputs, 'x');
  const reduction = reductionOf(x.shape, attrs);
  if (reduction === undefined) throw new Error('reduction: expected axes beside each other, got others.');
  const { outShape, outer, rows, columns } = reduction;
  const out = zeros(outShape);
  for (let i = 0; i < outer; i++) {
    for (let column = 0; column < columns; column++) {
      let total = 0;
      for (let row = 0; row < rows; row++) total += x.data[(i * rows + row) * columns + column] as number;
      out.data[i * columns + column] = total * factor(rows);
    }
  }
  return out;
}

/** Sums of the rows of each segment; rows whose number names no segment are left out. */
export const unsortedSegmentSum: Reference = (inputs, attrs) => {
  const [x, ids] = [need(inputs, 'x'), need(inputs, 'segmentIds')];
  const { numSegments } = attrs as { readonly numSegments: number };
  const inner = x.shape.slice(ids.shape.length);
  const columns = sizeOf(inner);
  const out = zeros([numSegments, ...inner]);
  ids.data.forEach((id, row) => {
    if (id < 0 || id >= numSegments) return;
    for (let column = 0; column < columns; column++) {
      const at = id * columns + column;
      out.data[at] = (out.data[at] as number) + (x.data[row * columns + column] as number);
    }
  });
  return out;
};
