import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import { sizeOf } from '../reference/values.js';
import { moduleOf, type Build, type Exports } from './binary.js';
import { Lifetimes } from './lifetimes.js';
import { PackedWeights } from './packed.js';
import { NoMemory, Scratch } from './scratch.js';
import { isDeterministic } from './settings.js';
import { isShared, isStockBackend, memoryOf, type StockBackend } from './stock.js';
import { works } from './trial.js';
import { warnOnce } from './warn.js';

/** What a kernel works with: our code over the memory of one instance of the wasm backend. */
export class Engine {
  readonly scratch: Scratch;
  readonly packed: PackedWeights;
  readonly lifetimes: Lifetimes;
  /** On how many threads the backend's own kernels of products and convolutions run. */
  readonly threads: number;
  /** Tensors of the kernel that runs. */
  private made: TensorInfo[] | undefined;

  private constructor(
    readonly backend: StockBackend,
    readonly memory: WebAssembly.Memory,
    private readonly plain: Exports,
    private readonly relaxed: Exports | undefined,
  ) {
    this.scratch = new Scratch(backend.wasm);
    this.lifetimes = new Lifetimes(backend);
    this.packed = new PackedWeights(backend, this.lifetimes);
    this.threads = isShared(memory) ? (backend.wasm.tfjs?.getThreadsCount?.() ?? 1) : 1;
  }

  /** Engine of a backend, or why there is none. */
  static of(backend: unknown): Engine | string {
    if (!isStockBackend(backend)) return 'its insides are not those of a version that this package knows';
    const memory = memoryOf(backend.wasm) as WebAssembly.Memory;
    const plain = instantiate('plain', memory);
    if (plain === undefined) return 'this engine has no WebAssembly SIMD';
    if (!works(backend, memory, plain))
      return 'its memory is not where it was in versions that this package knows';
    return new Engine(backend, memory, plain, instantiate('relaxed', memory));
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

  /** The float32 numbers at an address, for as long as no memory is asked for. */
  numbers(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** A tensor for a result, its values not yet set. */
  output(shape: readonly number[], dtype: DataType): TensorInfo {
    const info = this.backend.makeOutput(shape, dtype);
    this.made?.push(info);
    if (this.address(info) === 0 && sizeOf(shape) > 0) throw new NoMemory(4 * sizeOf(shape));
    return info;
  }

  /**
   * What a kernel gives. Where memory is full it is tried again without what is kept for speed; where that is of no
   * help it gives nothing. What a kernel had made that gives nothing is gone.
   */
  attempt<T>(kernel: () => T): T | undefined {
    for (const isLast of [false, true]) {
      this.made = [];
      try {
        const given = kernel();
        if (given === undefined) this.forget(this.made);
        return given;
      } catch (error) {
        this.forget(this.made);
        if (!(error instanceof NoMemory)) throw error;
        this.packed.clear();
        this.scratch.clear();
        if (isLast)
          warnOnce(
            'the memory of the wasm backend is full: its own kernels run, and references of int8 ops. Dispose of tensors.',
          );
      } finally {
        this.made = undefined;
      }
    }
    return undefined;
  }

  private forget(made: readonly TensorInfo[]): void {
    for (const { dataId } of made) this.backend.disposeData(dataId);
  }
}

function instantiate(build: Build, memory: WebAssembly.Memory): Exports | undefined {
  const module = moduleOf(build, isShared(memory));
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
    if (typeof engine === 'string')
      warnOnce(`the wasm backend keeps its own kernels, and int8 ops their references: ${engine}.`);
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
