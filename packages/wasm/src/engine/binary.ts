import { PLAIN, RELAXED } from '../generated/binaries.js';
import { withSharedMemory } from './shared-memory.js';

/** Builds of the kernels: with the SIMD instructions of every engine, or with relaxed ones, too. */
export type Build = 'plain' | 'relaxed';

/** What the WebAssembly module exports; addresses are bytes, sizes count numbers. See `assembly/`. */
export interface Exports {
  packedBytes(k: number, n: number): number;
  pack(to: number, from: number, k: number, n: number, stride: number, transposed: number): void;
  transpose(to: number, from: number, rows: number, columns: number, stride: number): void;
  gemm(
    m: number,
    n: number,
    k: number,
    a: number,
    aStride: number,
    packed: number,
    c: number,
    bias: number,
    low: number,
    high: number,
    target: number,
    add: number,
  ): void;
  maxPoolGrad(to: number, image: number, dy: number, geometry: number): void;
  avgPoolGrad(to: number, dy: number, geometry: number): void;
  maxPool(to: number, image: number, geometry: number): void;
  avgPool(to: number, image: number, geometry: number): void;
  depthwisePlain(to: number, image: number, filter: number, geometry: number, multiplier: number): void;
  sumMiddle(to: number, from: number, outer: number, rows: number, columns: number, work: number): void;
  scale(x: number, count: number, factor: number): void;
  addSegments(to: number, from: number, ids: number, rows: number, columns: number, segments: number): void;
  normalParameters(
    to: number,
    columns: number,
    repeats: number,
    mean: number,
    variance: number,
    offset: number,
    scale: number,
    epsilon: number,
  ): void;
  normalizePeriods(to: number, x: number, count: number, period: number, parameters: number): void;
  normalizeLine(
    to: number,
    x: number,
    count: number,
    mean: number,
    meanStep: number,
    variance: number,
    varianceStep: number,
    offset: number,
    offsetStep: number,
    scale: number,
    scaleStep: number,
    epsilon: number,
  ): void;
  normalSums(
    sums: number,
    products: number,
    dy: number,
    x: number,
    mean: number,
    rows: number,
    columns: number,
    work: number,
  ): void;
  layerNorm(
    to: number,
    x: number,
    rows: number,
    columns: number,
    scale: number,
    offset: number,
    epsilon: number,
  ): void;
  gelu(y: number, x: number, count: number, approximate: number): void;
  depthwiseFilterGrad(to: number, image: number, dy: number, geometry: number, multiplier: number): void;
  depthwiseInputGrad(to: number, filter: number, dy: number, geometry: number, multiplier: number): void;
  depthwise(
    to: number,
    image: number,
    geometry: number,
    weights: number,
    bias: number,
    low: number,
    high: number,
    zeros: number,
    work: number,
  ): void;
  packDepthwise(to: number, from: number, taps: number, channels: number): void;
  unary(to: number, from: number, count: number, kind: number): void;
  extremes(to: number, a: number, b: number, count: number, single: number, larger: number): void;
  repeat(to: number, from: number, blocks: number, size: number, times: number): void;
  adam(
    to: number,
    toFirst: number,
    toSecond: number,
    value: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    beta1: number,
    beta2: number,
    rest1: number,
    rest2: number,
    correction1: number,
    correction2: number,
    epsilon: number,
    rate: number,
  ): void;
  descend(to: number, value: number, gradient: number, count: number, rate: number): void;
  zero(to: number, count: number): void;
  patches(to: number, image: number, geometry: number, first: number, count: number): void;
  addPatches(image: number, from: number, geometry: number, first: number, count: number): void;
  winogradWeights(to: number, from: number, channels: number, filters: number, work: number): void;
  winogradInput(
    to: number,
    image: number,
    geometry: number,
    first: number,
    count: number,
    rows: number,
    work: number,
  ): void;
  winogradOutput(
    image: number,
    from: number,
    geometry: number,
    filters: number,
    first: number,
    count: number,
    rows: number,
    bias: number,
    low: number,
    high: number,
    work: number,
  ): void;
  copyColumns(to: number, from: number, columns: number, single: number): void;
  gemv(n: number, k: number, x: number, b: number, bStride: number, y: number, odd: number): void;
  gemvPacked(n: number, k: number, x: number, packed: number, y: number): void;
  gemvTransposed(n: number, k: number, x: number, b: number, bStride: number, y: number): void;
  activate(
    c: number,
    rows: number,
    columns: number,
    bias: number,
    kind: number,
    alpha: number,
    slopes: number,
  ): void;
}

/** A module in both builds, as text in base64. */
export type Binaries = Readonly<Record<Build, string>>;

const OWN: Binaries = { plain: PLAIN, relaxed: RELAXED };

const compiled = new Map<string, WebAssembly.Module | undefined>();

/**
 * The module of a build, or nothing where the engine lacks its instructions or may not compile here and now.
 * @param shared for memory that several threads use.
 * @param binaries of kernels of floats unless told.
 */
export function moduleOf(build: Build, shared = false, binaries = OWN): WebAssembly.Module | undefined {
  const text = binaries[build];
  const key = `${shared} ${text}`;
  if (!compiled.has(key)) {
    const bytes = bytesOf(text);
    compiled.set(key, compile(shared ? withSharedMemory(bytes) : bytes));
  }
  return compiled.get(key);
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    // Some browsers compile only small modules on the main thread.
    return undefined;
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
