/** What the WebAssembly module exports for products of floats that become whole numbers; see `assembly/integer/dynamic`. */
export interface DynamicExports {
  dynamicParams(
    to: number,
    x: number,
    rows: number,
    size: number,
    kind: number,
    most: number,
    whole: number,
  ): void;
  dynamicRows(
    to: number,
    x: number,
    params: number,
    paramsStep: number,
    m: number,
    k: number,
    tile: number,
    padded: number,
    kind: number,
    most: number,
  ): void;
  dynamicGemm(
    m: number,
    n: number,
    k: number,
    a: number,
    params: number,
    packed: number,
    columns: number,
    c: number,
    target: number,
    wide: number,
  ): void;
  dynamicPatches(
    to: number,
    image: number,
    geometry: number,
    params: number,
    first: number,
    count: number,
    k: number,
    tile: number,
    line: number,
  ): void;
  dynamicColumns(to: number, params: number, count: number): void;
  dynamicLines(
    to: number,
    x: number,
    params: number,
    height: number,
    width: number,
    channels: number,
    multiplier: number,
    lineStep: number,
    pixelStep: number,
    kind: number,
    most: number,
    line: number,
  ): void;
  dynamicDepthwise(
    to: number,
    image: number,
    outHeight: number,
    outWidth: number,
    channels: number,
    down: number,
    right: number,
    taps: number,
    pairs: number,
    weights: number,
    columns: number,
    params: number,
    target: number,
  ): void;
}
