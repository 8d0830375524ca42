import type { StockModule } from './stock.js';

/** The backend's memory is full. */
export class NoMemory extends Error {
  constructor(bytes: number) {
    super(`wasm memory: expected ${bytes} bytes, got none. Dispose of tensors.`);
  }
}

/** Memory for what lives no longer than a call. A slot keeps what its largest call needed. */
export class Scratch {
  private readonly slots = new Map<string, { address: number; bytes: number }>();

  constructor(private readonly wasm: StockModule) {}

  /** At least so many bytes, with what another call left in them. Slots of one call must differ. */
  take(slot: string, bytes: number): number {
    const held = this.slots.get(slot);
    if (held !== undefined && held.bytes >= bytes) return held.address;
    this.free(slot);
    // Grows by a quarter at least, so that growing inputs do not end in as many holes.
    const wanted = Math.max(bytes, Math.ceil((held?.bytes ?? 0) * 1.25), 64);
    const address = allocate(this.wasm, wanted);
    this.slots.set(slot, { address, bytes: wanted });
    return address;
  }

  /** Gives all of it back. */
  clear(): void {
    for (const slot of [...this.slots.keys()]) this.free(slot);
  }

  private free(slot: string): void {
    const held = this.slots.get(slot);
    if (held === undefined) return;
    this.slots.delete(slot);
    this.wasm._free(held.address);
  }
}

/** Memory of the backend, as an unsigned address. */
export function allocate(wasm: StockModule, bytes: number): number {
  const address = wasm._malloc(bytes) >>> 0;
  if (address === 0) throw new NoMemory(bytes);
  return address;
}
