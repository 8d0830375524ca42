import {
  broadcastShape,
  multipliersOf,
  requantize,
  type Params,
  type PairParams,
} from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import { keepColumns } from '../columns.js';
import { broadcastAxes, move } from '../moving.js';
import type { Planner, Site } from '../site.js';
import { sumNumbers } from '../sums.js';
import { takeTarget } from '../target.js';
import { BYTE_OF_ZERO, type Shape } from '../value.js';
import { keepTable, lookUp } from './lookups.js';

/** Kernels read so far beyond values. */
const MARGIN = 16;

/** Computes `count` values from as many of each operand. */
type Pairs = (to: number, a: number, b: number, count: number) => void;

/** An op of two values, broadcast: operands of other shapes are written out before. */
function planPairs(site: Site, a: Shape, b: Shape, pairs: Pairs) {
  const shape = broadcastShape(a, b);
  if (shape === undefined) return undefined;
  const count = sizeOf(shape);
  const spread = (from: Shape, slot: string): ((address: number) => number) => {
    if (sizeOf(from) === count) return (address) => address;
    const copy = move(site, broadcastAxes(from, shape));
    return (address) => {
      const wide = site.memory.take(slot, count + MARGIN);
      copy(address, wide);
      return wide;
    };
  };
  const [left, right] = [spread(a, 'left'), spread(b, 'right')];
  return {
    shape,
    bind:
      ([x, y]: readonly { readonly address: number }[], to: { readonly address: number }) =>
      () => {
        if (count > 0) pairs(to.address, left(x?.address as number), right(y?.address as number), count);
      },
  };
}

function sum(sign: 1 | -1): Planner {
  return (site, [a, b]) => {
    if (a === undefined || b === undefined) return undefined;
    const numbers = sumNumbers(site.attrs as PairParams, sign);
    return planPairs(site, a, b, (to, x, y, count) => {
      const g = site.memory.take('sum', 4 * numbers.length);
      site.memory.write(g, numbers);
      site.form.native.sumBytes(to, x, y, count, g);
    });
  };
}

export const add = sum(1);
export const sub = sum(-1);

export const mul: Planner = (site, [a, b]) => {
  if (a === undefined || b === undefined) return undefined;
  const attrs = site.attrs as PairParams;
  const { a_zero_point, b_zero_point, y_zero_point, clamp_min, clamp_max } = attrs;
  const ends = { yZeroPoint: y_zero_point, clampMin: clamp_min, clampMax: clamp_max };
  const columns = site.once('columns', () => {
    // TensorFlow Lite computes this in float32.
    const real = Math.fround(Math.fround(attrs.a_scale * attrs.b_scale) / attrs.y_scale);
    const { values, shifts } = multipliersOf([real]);
    const one = { bias: 0, largest: 255 ** 2, value: values[0] as number, shift: shifts[0] as number };
    return keepColumns(site.memory, new Array<typeof one>(8).fill(one), ends);
  });
  return planPairs(site, a, b, (to, x, y, count) => {
    site.form.native.multiplyBytes(
      ...([to, x, y, count, a_zero_point + BYTE_OF_ZERO, b_zero_point + BYTE_OF_ZERO] as const),
      ...([columns, takeTarget(site.memory, ends, 0)] as const),
    );
  });
};

/** Another scale and zero point: a table of what becomes of each value. */
export const requantized: Planner = (site, [q]) => {
  const table = site.once('table', () => {
    const { x_scale, x_zero_point, y_scale, y_zero_point, clamp_min, clamp_max } = site.attrs as Params;
    const every = Int8Array.from({ length: 256 }, (_, i) => i - BYTE_OF_ZERO);
    const multipliers = multipliersOf([x_scale / y_scale]);
    const stage = { multipliers, zeroPoint: y_zero_point, clampMin: clamp_min, clampMax: clamp_max };
    return keepTable(site, requantize(every, x_zero_point, stage));
  });
  return q && lookUp(site, q, table);
};
