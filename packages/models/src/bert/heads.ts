import type { ValueId } from '@tfjs-optimize/core';
import { dense, reshape, type Writer } from './layers.js';

/** The first token of each text behind a dense layer and tanh: [batch, hidden]. */
export function pooled(w: Writer, rows: ValueId, hidden: number): ValueId {
  const { b } = w;
  const tokens = reshape(w, rows, [-1, 'length', hidden], 'pooler/tokens');
  const at = (name: string, values: number[]): ValueId => b.constant(`pooler/${name}`, values, [3], 'int32');
  const first = b.op(
    'StridedSlice',
    [tokens, at('begin', [0, 0, 0]), at('end', [0, 1, 0]), at('strides', [1, 1, 1])],
    { begin_mask: 5, end_mask: 5, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 2 },
    'pooler/first',
  );
  return b.op('Tanh', [dense(w, first, 'pooler.dense', [hidden, hidden], 'pooler')], {}, 'pooler/Tanh');
}

/** The mean of the tokens of each text that count: [batch, hidden]; 0 for texts of none. */
export function meanPooled(w: Writer, rows: ValueId, mask: ValueId, hidden: number): ValueId {
  const { b } = w;
  const tokens = reshape(w, rows, [-1, 'length', hidden], 'mean/tokens');
  const row = reshape(w, mask, [-1, 1, 'length'], 'mean/mask');
  const product = b.op('BatchMatMulV2', [row, tokens], { adj_x: false, adj_y: false }, 'mean/product');
  const sum = reshape(w, product, [-1, hidden], 'mean/sum');
  const axis = b.constant('mean/axis', [1], [1], 'int32');
  const count = b.op('Sum', [mask, axis], { keep_dims: true }, 'mean/count');
  const least = b.op('Maximum', [count, b.constant('mean/least', 1e-9)], {}, 'mean/Maximum');
  return b.op('RealDiv', [sum, least], {}, 'mean/mean');
}

/** Vectors of length 1: x / max(‖x‖, 1e-12). */
export function normalized({ b }: Writer, x: ValueId): ValueId {
  const axis = b.constant('normalize/axis', [1], [1], 'int32');
  const squares = b.op('Square', [x], {}, 'normalize/Square');
  const sum = b.op('Sum', [squares, axis], { keep_dims: true }, 'normalize/Sum');
  const norm = b.op('Sqrt', [sum], {}, 'normalize/Sqrt');
  const least = b.op('Maximum', [norm, b.constant('normalize/least', 1e-12)], {}, 'normalize/Maximum');
  return b.op('RealDiv', [x, least], {}, 'normalize/unit');
}
