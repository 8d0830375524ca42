import { fail, isOptimizeError, nearest } from '@tfjs-optimize/core';
import { closeAll, SafetensorsFile, type Part } from './file.js';
import { headerBytes, LENGTH_BYTES, readHeader } from './header.js';
import { shardPlace, type ShardIndex } from './shard-index.js';
import { openSource, type SourceOptions } from './source.js';

/** Opens one file and reads its header. @throws as `openSafetensors` does. */
export async function openPart(source: string | Uint8Array, options: SourceOptions): Promise<Part> {
  const bytes = await openSource(source, options);
  try {
    const { location, size } = bytes;
    const first = await bytes.read(0, Math.min(LENGTH_BYTES, size));
    const length = headerBytes(first, size, location);
    const header = readHeader(await bytes.read(LENGTH_BYTES, LENGTH_BYTES + length), size, location);
    return { source: bytes, header };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/**
 * Opens all files of an index and holds them against it.
 * @param placeOf where a file is; beside the index unless told.
 */
export async function openShards(
  index: ShardIndex,
  options: SourceOptions,
  placeOf = (file: string): string => shardPlace(index.location, file),
): Promise<SafetensorsFile> {
  const files = [...index.shards.keys()];
  const opened = await Promise.allSettled(
    files.map((file) => openShard(index, file, placeOf(file), options)),
  );
  const parts = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  try {
    for (const each of opened) if (each.status === 'rejected') throw each.reason;
    files.forEach((file, i) => checkShard(index, file, parts[i] as Part));
    return new SafetensorsFile(index.location, parts);
  } catch (error) {
    await closeAll(parts.map(({ source }) => source));
    throw error;
  }
}

async function openShard(
  { location }: ShardIndex,
  file: string,
  place: string,
  options: SourceOptions,
): Promise<Part> {
  try {
    return await openPart(place, options);
  } catch (cause) {
    if (!isOptimizeError(cause) || cause.code !== 'io/not-found') throw cause;
    return fail('io/not-found', {
      subject: place,
      expected: `the file '${file}' that ${location} names`,
      got: 'none',
      advice: 'See that all files of the model were copied',
      cause,
    });
  }
}

/** Index and header must name the same tensors. */
function checkShard({ location, shards }: ShardIndex, file: string, { header: { tensors } }: Part): void {
  const listed = new Set(shards.get(file));
  const refuse = (name: string, expected: string, got: string): never =>
    fail('models/safetensors', {
      subject: `${location}, tensor '${name}'`,
      expected,
      got,
      advice: 'See that index and files are of one model',
    });
  for (const name of listed) {
    if (tensors.has(name)) continue;
    const near = nearest(name, [...tensors.keys()]);
    refuse(name, `to be in '${file}'`, near === undefined ? 'none of that name' : `'${near}' as the nearest`);
  }
  for (const name of tensors.keys()) {
    if (!listed.has(name)) refuse(name, `to be listed in '${file}', which has it`, 'another file or none');
  }
}
