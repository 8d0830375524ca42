import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import { Weights } from '../weights.js';
import { Assembler, checkTotal } from './assemble.js';
import { checkSpecs } from './manifest.js';
import { PackedCheck } from './packed.js';
import { plainJson } from './safe-json.js';
import type { StoredModel } from './store.js';

/** Artifacts in memory, checked. Weights are views on their buffers: do not write to these afterwards. */
export async function readArtifacts(artifacts: tf.io.ModelArtifacts): Promise<StoredModel> {
  if (typeof artifacts !== 'object' || artifacts === null) {
    fail('io/format', { subject: 'artifacts', expected: 'an object', got: typeof artifacts });
  }
  const { weightSpecs, weightData, getWeightStream, ...rest } = artifacts;
  if (rest.modelTopology instanceof ArrayBuffer) {
    fail('io/format', { subject: 'modelTopology', expected: 'JSON', got: 'binary data' });
  }
  const json = plainJson(rest, 'artifacts');
  if (!isJsonObject(json)) fail('io/format', { subject: 'artifacts', expected: 'an object', got: 'a list' });
  const specs = checkSpecs(weightSpecs ?? []);
  const packed = new PackedCheck(json, specs, 'artifacts');
  const shards = getWeightStream === undefined ? toShards(weightData) : await readStream(getWeightStream());
  checkTotal(
    specs,
    shards.reduce((sum, shard) => sum + shard.byteLength, 0),
    'weightData',
  );
  const assembler = new Assembler(specs, 'weightData');
  for (const shard of shards) {
    packed.add(shard);
    assembler.add(shard);
  }
  const weights = new Weights(assembler.finish());
  packed.finish();
  return { json, specs, weights };
}

function toShards(data: unknown): Uint8Array[] {
  if (data === undefined || data === null) return [];
  return (Array.isArray(data) ? (data as readonly unknown[]) : [data]).map((buffer) => {
    if (ArrayBuffer.isView(buffer))
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    // Not instanceof alone: buffers may come from another realm, such as a test runner's.
    const isBuffer = Object.prototype.toString.call(buffer) === '[object ArrayBuffer]';
    if (isBuffer) return new Uint8Array(buffer as ArrayBuffer);
    return fail('io/format', { subject: 'weightData', expected: 'ArrayBuffers', got: typeof buffer });
  });
}

async function readStream(stream: ReadableStream<ArrayBuffer>): Promise<Uint8Array[]> {
  const shards: unknown[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) shards.push(value);
    if (done) return toShards(shards);
  }
}
