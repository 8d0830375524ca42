import { randomStream } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Elements of each weight: 11.4 MiB of float32, no multiple of any shard. */
const ELEMENTS = 3_000_001;
const WEIGHT_BYTES = 4 * ELEMENTS;
/** What converters write. */
const SHARD_BYTES = 4 * 1024 * 1024;

/**
 * Writes a graph model that adds up large constants, cut into shards of 4 MiB, so that every weight
 * spans several: the worst there is for a reader that wants to view, not to copy.
 * @param bytes of weights, at least; rounded up to whole weights of 12 MB.
 * @returns bytes of all weights.
 */
export function writeBigModel(folder: string, bytes: number, seed = 1): number {
  fs.mkdirSync(folder, { recursive: true });
  const count = Math.ceil(bytes / WEIGHT_BYTES);
  const names = Array.from({ length: count }, (_, i) => `w${i}`);
  const paths = writeShards(folder, count, seed);
  const float = { type: 'DT_FLOAT' };
  const node = [
    { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: { shape: { dim: [{ size: '1' }] } } } },
    ...names.map((name) => ({ name, op: 'Const', attr: { dtype: float } })),
    ...names.map((name, i) => {
      const input = [i === 0 ? 'x' : `sum${i - 1}`, name];
      return { name: `sum${i}`, op: 'AddV2', input, attr: { T: float } };
    }),
  ];
  const weights = names.map((name) => ({ name, shape: [ELEMENTS], dtype: 'float32' }));
  const json = { modelTopology: { node, versions: {} }, weightsManifest: [{ paths, weights }] };
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
  return count * WEIGHT_BYTES;
}

function writeShards(folder: string, count: number, seed: number): string[] {
  const random = randomStream(seed);
  const values = Float32Array.from({ length: ELEMENTS }, () => random() - 0.5);
  const bytes = new Uint8Array(values.buffer);
  const total = count * WEIGHT_BYTES;
  const paths: string[] = [];
  const shard = new Uint8Array(SHARD_BYTES);
  for (let start = 0; start < total; start += SHARD_BYTES) {
    const size = Math.min(SHARD_BYTES, total - start);
    for (let at = 0; at < size;) {
      // No two weights are the same: each begins with its own number.
      values[0] = Math.floor((start + at) / WEIGHT_BYTES);
      const from = (start + at) % WEIGHT_BYTES;
      const part = bytes.subarray(from, Math.min(WEIGHT_BYTES, from + size - at));
      shard.set(part, at);
      at += part.length;
    }
    paths.push(`group1-shard${paths.length + 1}.bin`);
    fs.writeFileSync(path.join(folder, paths.at(-1) as string), shard.subarray(0, size));
  }
  return paths;
}
