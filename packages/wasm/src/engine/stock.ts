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
  /** What the WebAssembly module exports, its memory among it. */
  readonly asm: Readonly<Record<string, unknown>>;
}

/**
 * What is used of the wasm backend of TensorFlow.js beyond what it documents. Nothing else of this package knows
 * its insides; {@link isStockBackend} and the trial in `engine.ts` check that they are as they were.
 */
export interface StockBackend {
  readonly wasm: StockModule;
  readonly dataIdMap: { get(dataId: object): StockData | undefined };
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object, force?: boolean): boolean;
}

/** Whether a backend has all that this package uses, by name and kind. */
export function isStockBackend(backend: unknown): backend is StockBackend {
  const { wasm, dataIdMap, makeOutput, disposeData } = (backend ?? {}) as Partial<StockBackend>;
  return (
    typeof wasm?._malloc === 'function' &&
    typeof wasm._free === 'function' &&
    typeof dataIdMap?.get === 'function' &&
    typeof makeOutput === 'function' &&
    typeof disposeData === 'function' &&
    memoryOf(wasm) !== undefined
  );
}

/** The memory that all tensors of the backend lie in. Emscripten may shorten the names of exports. */
export function memoryOf({ asm }: StockModule): WebAssembly.Memory | undefined {
  return Object.values(asm ?? {}).find((value) => value instanceof WebAssembly.Memory);
}
