import type { Exports } from './binary.js';
import type { StockBackend } from './stock.js';

/**
 * A trial: four numbers that the backend wrote are turned over by our code where the backend says that they lie, and
 * read by the backend.
 */
export function works(backend: StockBackend, memory: WebAssembly.Memory, code: Exports): boolean {
  const made: object[] = [];
  const keep = (dataId: object): object => {
    made.push(dataId);
    return dataId;
  };
  try {
    const from = keep(backend.write(Float32Array.of(1, 2, 3, 4), [2, 2], 'float32'));
    const to = keep(backend.makeOutput([2, 2], 'float32').dataId);
    const [source, target] = [from, to].map((dataId) => addressOf(backend, dataId, memory));
    if (source === undefined || target === undefined || source === target) return false;
    // Nothing is written to a memory that is not the one.
    if (new Float32Array(memory.buffer, source, 4).join() !== '1,2,3,4') return false;
    code.transpose(target, source, 2, 2, 2);
    return Array.from(backend.readSync(to)).join() === '1,3,2,4';
  } finally {
    for (const dataId of made) backend.disposeData(dataId);
  }
}

function addressOf(
  backend: StockBackend,
  dataId: object,
  { buffer }: WebAssembly.Memory,
): number | undefined {
  const address = backend.dataIdMap.get(dataId)?.memoryOffset;
  if (typeof address !== 'number' || !Number.isSafeInteger(address)) return undefined;
  return address > 0 && address % 4 === 0 && address + 16 <= buffer.byteLength ? address : undefined;
}
