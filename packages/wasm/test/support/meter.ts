import { memoryOf, type StockBackend, type StockModule } from '../../src/engine/stock.js';

/** Counts what is taken of a backend's memory and not given back, in bytes. */
export class Meter {
  private readonly sizes = new Map<number, number>();
  private readonly plain: Pick<StockModule, '_malloc' | '_free'>;
  private readonly wasm: StockModule;

  constructor(backend: StockBackend) {
    this.wasm = backend.wasm;
    const { _malloc, _free } = backend.wasm;
    this.plain = { _malloc, _free };
    Object.assign(backend.wasm, {
      _malloc: (bytes: number) => {
        const address = _malloc(bytes);
        if (bytes > 0) this.sizes.set(address >>> 0, bytes);
        return address;
      },
      _free: (address: number) => {
        this.sizes.delete(address >>> 0);
        _free(address);
      },
    });
  }

  get bytes(): number {
    return [...this.sizes.values()].reduce((a, b) => a + b, 0);
  }

  get heap(): number {
    return (memoryOf(this.wasm) as WebAssembly.Memory).buffer.byteLength;
  }

  stop(): void {
    Object.assign(this.wasm, this.plain);
  }
}
