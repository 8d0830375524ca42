import type { DynamicExports } from './dynamic-exports.js';

/** What of the WebAssembly module works on bytes; addresses are bytes, sizes count numbers. See `assembly/integer/`. */
export interface IntegerExports extends DynamicExports {
  transpose(to: number, from: number, rows: number, columns: number, stride: number): void;
  quantizeBytes(to: number, from: number, count: number, scale: number, zero: number): void;
  dequantizeBytes(to: number, from: number, count: number, scale: number, zero: number): void;
  /** Gives 1 where all numbers are int8 values, 0 otherwise. */
  narrowBytes(to: number, from: number, count: number): number;
  spreadBytes(to: number, from: number, count: number): void;
  dotOf(x: number, w: number): number;
  integerPackedBytes(k: number, n: number): number;
  integerPack(to: number, from: number, k: number, n: number, stride: number): void;
  layRows(to: number, from: number, m: number, k: number, fromStep: number): void;
  integerPatches(
    to: number,
    image: number,
    geometry: number,
    first: number,
    count: number,
    step: number,
  ): void;
  integerGemm(
    m: number,
    n: number,
    k: number,
    a: number,
    aStep: number,
    packed: number,
    columns: number,
    c: number,
    target: number,
  ): void;
  integerDepthwise(
    to: number,
    image: number,
    geometry: number,
    weights: number,
    columns: number,
    target: number,
    work: number,
  ): void;
  repeatBytes(to: number, from: number, count: number, times: number): void;
  sumBytes(to: number, a: number, b: number, count: number, numbers: number): void;
  multiplyBytes(
    to: number,
    a: number,
    b: number,
    count: number,
    aZero: number,
    bZero: number,
    columns: number,
    target: number,
  ): void;
  maxPoolBytes(to: number, image: number, geometry: number): void;
  avgPoolBytes(to: number, image: number, geometry: number): void;
  meanOfRows(to: number, from: number, rows: number, columns: number, record: number, target: number): void;
  lookUpBytes(to: number, from: number, count: number, table: number): void;
  softmaxBytes(to: number, from: number, rows: number, columns: number, table: number, work: number): void;
  moveBytes(to: number, from: number, axes: number): void;
  pickPixels(to: number, from: number, places: number, count: number, bytes: number): void;
  resizeRow(
    to: number,
    above: number,
    below: number,
    weight: number,
    places: number,
    count: number,
    channels: number,
  ): void;
  packBytes(to: number, from: number, k: number, n: number): void;
  packTurned(to: number, from: number, k: number, n: number): void;
  sumsOfRows(to: number, from: number, rows: number, k: number, factor: number): void;
  sumsOfColumns(to: number, from: number, k: number, n: number, factor: number): void;
  setBiases(columns: number, sums: number, n: number, start: number): void;
}
