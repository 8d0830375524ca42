/** What of the WebAssembly module works on bytes; addresses are bytes, sizes count numbers. See `assembly/integer/`. */
export interface IntegerExports {
  quantizeBytes(to: number, from: number, count: number, scale: number, zero: number): void;
  dequantizeBytes(to: number, from: number, count: number, scale: number, zero: number): void;
  /** Gives 1 where all numbers are int8 values, 0 otherwise. */
  narrowBytes(to: number, from: number, count: number): number;
  spreadBytes(to: number, from: number, count: number): void;
  dotOf(x: number, w: number): number;
  integerPackedBytes(k: number, n: number): number;
  integerPack(to: number, from: number, k: number, n: number, stride: number): void;
  widenRows(to: number, from: number, m: number, k: number, fromStep: number): void;
  integerPatches(to: number, image: number, geometry: number, first: number, count: number): void;
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
}
