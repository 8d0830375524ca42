import { arrays, type Dataset, type LoadedBatch } from '@tfjs-optimize/data';
import * as path from 'node:path';

/** Code that worker threads load. */
export const MODULE = path.join(__dirname, 'module.ts');

/** Samples `{ x: [i, -i], label: i }`. */
export function numbered(length: number): Dataset {
  const values = Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2));
  return arrays({
    x: { values, shape: [length, 2] },
    label: Int32Array.from({ length }, (_, i) => i),
  });
}

/** All batches of an iteration. */
export async function all(batches: AsyncIterable<LoadedBatch>): Promise<LoadedBatch[]> {
  const found: LoadedBatch[] = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

/** Numbers of a field, batch by batch. */
export function valuesOf(batches: readonly LoadedBatch[], field: string): number[][] {
  return batches.map(({ fields }) => [...(fields[field]?.values as Float32Array)]);
}
