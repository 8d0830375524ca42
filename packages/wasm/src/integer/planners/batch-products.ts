import {
  broadcastIndexes,
  broadcastShape,
  multipliersOf,
  type PairParams,
} from '@tfjs-optimize/runtime/reference';
import { readBytes } from '../blocks.js';
import { alikeColumns, takeColumns, type Column } from '../columns.js';
import { move } from '../moving.js';
import type { Planned, Planner, Site } from '../site.js';
import { takeTarget, type Ends } from '../target.js';
import { BYTE_OF_ZERO, type Shape } from '../value.js';

type Attrs = PairParams & { readonly adj_x: boolean; readonly adj_y: boolean };

/** Kernels read so far beyond values. */
const MARGIN = 16;

/** Sizes of one product, and which matrices make each of the result. */
interface Sizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly pairs: readonly (readonly [a: number, b: number])[];
}

/** Products of two values: the right one is packed as weights are, each time. */
export const batchMatMul: Planner = (site, [a, b]) => {
  if (a === undefined || b === undefined || a.length < 2 || b.length < 2) return undefined;
  const { adj_x, adj_y } = site.attrs as Attrs;
  const [rows, inner] = matrixOf(a, adj_x);
  const [inner2, columns] = matrixOf(b, adj_y);
  const batch = broadcastShape(a.slice(0, -2), b.slice(0, -2));
  if (inner !== inner2 || batch === undefined) return undefined;
  const ofA = broadcastIndexes(a.slice(0, -2), batch);
  const ofB = broadcastIndexes(b.slice(0, -2), batch);
  const pairs = Array.from(ofA, (matrix, i) => [matrix, ofB[i] as number] as const);
  return planned(site, [...batch, rows, columns], { rows, inner, columns, pairs });
};

function matrixOf(shape: Shape, isTurned: boolean): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return isTurned ? [columns, rows] : [rows, columns];
}

function planned(site: Site, shape: Shape, { rows, inner, columns, pairs }: Sizes): Planned {
  const { memory, form } = site;
  const { native, width } = form;
  const attrs = site.attrs as Attrs;
  const [aZero, bZero] = [attrs.a_zero_point + BYTE_OF_ZERO, attrs.b_zero_point];
  const ends: Ends = {
    yZeroPoint: attrs.y_zero_point,
    clampMin: attrs.clamp_min,
    clampMax: attrs.clamp_max,
  };
  const alike = alikeColumns(columnOf(attrs, inner), ends);
  const rowBytes = readBytes(form, inner);
  const turn = move(site, [
    { size: rows, from: 1, to: inner },
    { size: inner, from: rows, to: 1 },
  ]);
  /** Rows of a as products read them. */
  const readRows = (address: number): { rows: number; step: number; bytes: number } => {
    let bytes = address;
    if (attrs.adj_x) {
      bytes = memory.take('turned', rows * inner + MARGIN);
      turn(address, bytes);
    }
    // What is read behind the last number meets weights of zero.
    if (width === 1) return { rows: bytes, step: inner, bytes };
    const wide = memory.take('rows', rows * rowBytes);
    native.layRows(wide, bytes, rows, inner, inner);
    return { rows: wide, step: rowBytes, bytes };
  };
  /** b as weights, and in the records what sums of its columns begin with. */
  const pack = (address: number, records: number): number => {
    const packed = memory.take('packed', native.integerPackedBytes(inner, columns));
    const sums = memory.take('sums of columns', 4 * columns);
    if (attrs.adj_y) {
      native.packTurned(packed, address, inner, columns);
      native.sumsOfRows(sums, address, columns, inner, -aZero);
    } else {
      native.packBytes(packed, address, inner, columns);
      native.sumsOfColumns(sums, address, inner, columns, -aZero);
    }
    // Sums of bytes are of 128 more for each.
    native.setBiases(records, sums, columns, inner * aZero * (bZero + BYTE_OF_ZERO));
    return packed;
  };
  return {
    shape,
    bind:
      ([a, b], to) =>
      () => {
        if (rows * columns === 0) return;
        const sums = bZero === 0 ? 0 : memory.take('sums of rows', 4 * rows);
        const records = takeColumns(memory, alike, columns);
        let [packed, last] = [0, -1];
        for (const [i, [left, right]] of pairs.entries()) {
          if (right !== last) packed = pack((b?.address as number) + right * inner * columns, records);
          last = right;
          const x = readRows((a?.address as number) + left * rows * inner);
          if (sums !== 0) native.sumsOfRows(sums, x.bytes, rows, inner, -bZero);
          const target = takeTarget(memory, ends, columns, { rowSums: sums });
          native.integerGemm(
            ...([rows, columns, inner, x.rows, x.step, packed, records] as const),
            ...([to.address + i * rows * columns, target] as const),
          );
        }
      },
  };
}

function columnOf({ a_scale, b_scale, y_scale }: Attrs, inner: number): Column {
  // One scale for all: TensorFlow Lite rounds the product of the scales to float32.
  const { values, shifts } = multipliersOf([Math.fround(a_scale * b_scale) / y_scale]);
  return { bias: 0, largest: 255 ** 2 * inner, value: values[0] as number, shift: shifts[0] as number };
}
