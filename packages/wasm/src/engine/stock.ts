import type { DataType, TensorInfo } from '@tensorflow/tfjs';

/** Where the wasm backend of TensorFlow.js keeps a tensor. */
export interface StockData {
  /** Address in the backend's memory; null for strings, above 2 GiB as an unsigned number. */
  readonly memoryOffset: number | null;
}

/** What is used of the Emscripten module of the wasm backend. */
export interface StockModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** What the WebAssembly module exports, its memory among it unless it has threads. */
  readonly asm: Readonly<Record<string, unknown>>;
  /** The memory of a module with threads, which share it. */
  readonly wasmMemory?: unknown;
  readonly tfjs?: { getThreadsCount?(): number };
}

/**
 * What is used of the wasm backend of TensorFlow.js, most of it beyond what it documents. Nothing else of this package
 * knows its insides; {@link isStockBackend} and the trial in `trial.ts` check that they are as they were.
 */
export interface StockBackend {
  readonly wasm: StockModule;
  readonly dataIdMap: { get(dataId: object): StockData | undefined };
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object, force?: boolean): boolean;
  write(values: Float32Array, shape: readonly number[], dtype: DataType): object;
  readSync(dataId: object): ArrayLike<number>;
}

const METHODS = ['makeOutput', 'disposeData', 'write', 'readSync'] as const;

/** Whether a backend has all that this package uses, by name and kind. */
export function isStockBackend(backend: unknown): backend is StockBackend {
  const stock = (backend ?? {}) as Partial<StockBackend>;
  return (
    typeof stock.wasm?._malloc === 'function' &&
    typeof stock.wasm._free === 'function' &&
    typeof stock.dataIdMap?.get === 'function' &&
    METHODS.every((method) => typeof stock[method] === 'function') &&
    memoryOf(stock.wasm) !== undefined
  );
}

/** The memory that all tensors of the backend lie in. Emscripten may shorten the names of exports. */
export function memoryOf({ asm, wasmMemory }: StockModule): WebAssembly.Memory | undefined {
  return [wasmMemory, ...Object.values(asm ?? {})].find((value) => value instanceof WebAssembly.Memory);
}

/** Whether several threads use a memory. */
export function isShared({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}
