import { allocate, type Scratch } from '../engine/scratch.js';
import type { StockModule } from '../engine/stock.js';

/** Memory of the backend for one region. */
export class Memory {
  private readonly kept: number[] = [];

  /**
   * @param scratch shared by all that runs: what lives no longer than a call.
   */
  constructor(
    private readonly wasm: StockModule,
    private readonly memory: WebAssembly.Memory,
    private readonly scratch: Scratch,
  ) {}

  /** Memory that lives as long as the region. */
  keep(bytes: number): number {
    const address = allocate(this.wasm, Math.max(bytes, 1));
    this.kept.push(address);
    return address;
  }

  /** Memory for a step of a plan, with what others left in it. Slots of one step must differ. */
  take(slot: string, bytes: number): number {
    return this.scratch.take(`integer ${slot}`, bytes);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  view(address: number, length: number): DataView {
    return new DataView(this.memory.buffer, address, length);
  }

  /** Writes whole numbers of four bytes. */
  write(address: number, numbers: readonly number[]): void {
    new Int32Array(this.memory.buffer, address, numbers.length).set(numbers);
  }

  /** Gives back what was kept. */
  release(): void {
    for (const address of this.kept.splice(0)) this.wasm._free(address);
  }
}
