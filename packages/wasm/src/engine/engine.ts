import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import { moduleOf, type Build, type Exports } from './binary.js';
import { PackedWeights } from './packed.js';
import { Scratch } from './scratch.js';
import { isDeterministic } from './settings.js';
import { isStockBackend, memoryOf, type StockBackend } from './stock.js';
import { warnOnce } from './warn.js';

/** What a kernel works with: our code over the memory of one instance of the wasm backend. */
export class Engine {
  readonly scratch: Scratch;
  readonly packed: PackedWeights;

  private constructor(
    private readonly backend: StockBackend,
    private readonly memory: WebAssembly.Memory,
    private readonly plain: Exports,
    private readonly relaxed: Exports | undefined,
  ) {
    this.scratch = new Scratch(backend.wasm);
    this.packed = new PackedWeights(backend);
  }

  /** Engine of a backend, or why there is none. */
  static of(backend: unknown): Engine | string {
    if (!isStockBackend(backend)) return 'its insides are not those of a version that this package knows';
    const memory = memoryOf(backend.wasm) as WebAssembly.Memory;
    const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    if (shared) return 'it runs on several threads';
    const plain = instantiate('plain', memory);
    if (plain === undefined) return 'this engine has no WebAssembly SIMD';
    const engine = new Engine(backend, memory, plain, instantiate('relaxed', memory));
    return engine.works() ? engine : 'its memory is not where it was in versions that this package knows';
  }

  /**
   * The functions of `assembly/`. (Not called `exports`: as CommonJS a constant that a module exports is read from a
   * variable of that name, and one of a function would hide it.)
   */
  get native(): Exports {
    return isDeterministic() ? this.plain : (this.relaxed ?? this.plain);
  }

  /** Which build runs at the moment. */
  get build(): Build {
    return this.native === this.plain ? 'plain' : 'relaxed';
  }

  /** Address of a tensor's values. */
  address({ dataId }: TensorInfo): number {
    return this.backend.dataIdMap.get(dataId)?.memoryOffset as number;
  }

  /** Writes whole numbers of four bytes to an address. */
  write(address: number, numbers: readonly number[]): void {
    new Int32Array(this.memory.buffer, address, numbers.length).set(numbers);
  }

  /** A tensor for a result, its values not yet set. */
  output(shape: readonly number[], dtype: DataType): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** A trial: two numbers turned over where the backend says that they lie. */
  private works(): boolean {
    const info = this.output([8], 'float32');
    try {
      const address = this.address(info);
      if (!Number.isSafeInteger(address) || address <= 0 || address % 4 !== 0) return false;
      const values = (): Float32Array => new Float32Array(this.memory.buffer, address, 8);
      values().set([1, 2, 3, 4]);
      this.plain.transpose(address + 16, address, 2, 2, 2);
      return values().join() === '1,2,3,4,1,3,2,4';
    } finally {
      this.backend.disposeData(info.dataId);
    }
  }
}

function instantiate(build: Build, memory: WebAssembly.Memory): Exports | undefined {
  const module = moduleOf(build);
  if (module === undefined) return undefined;
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
}

const engines = new WeakMap<object, Engine | string>();

/** The engine of a backend, made at its first kernel; nothing where there is none, which is said once. */
export function engineOf(backend: object): Engine | undefined {
  let engine = engines.get(backend);
  if (engine === undefined) {
    engine = tried(backend);
    engines.set(backend, engine);
    if (typeof engine === 'string') warnOnce(`the wasm backend keeps its own kernels: ${engine}.`);
  }
  return typeof engine === 'string' ? undefined : engine;
}

function tried(backend: object): Engine | string {
  try {
    return Engine.of(backend);
  } catch (error) {
    return `trying ours failed (${error instanceof Error ? error.message : String(error)})`;
  }
}
