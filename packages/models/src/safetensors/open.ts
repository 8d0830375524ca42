import { builtIn, fail } from '@tfjs-optimize/core';
import { isFile } from '../download/cache.js';
import type { StateDict } from '../state-dict.js';
import { fileIn, readText } from '../text-file.js';
import { SafetensorsFile, type ReadOptions } from './file.js';
import { OF_PICKLES } from './pickle.js';
import { isIndex, parseIndex, type ShardIndex } from './shard-index.js';
import { openPart, openShards } from './shards.js';
import { pathOf, type SourceOptions } from './source.js';

/** What weights are called in a folder of Hugging Face: all in one file, or the index of several. */
export const WEIGHTS_FILES = ['model.safetensors', 'model.safetensors.index.json'] as const;

/**
 * Opens a safetensors file and reads its header; the tensors stay where they are until they are asked for. Several files
 * are opened as one by their index (`model.safetensors.index.json`), with which each of them must agree.
 * @param source a path, a file:// or http(s):// URL (read by ranges where the server has them) of a file or an index, a
 *   folder that holds `model.safetensors` or its index, or the bytes of a file.
 * @throws `models/safetensors` naming file and bytes where it contradicts itself; `io/unsafe` for an index that names files
 *   out of its folder; `io/…` where a file cannot be read.
 */
export async function openSafetensors(
  source: string | Uint8Array,
  options: SourceOptions = {},
): Promise<SafetensorsFile> {
  const found = typeof source === 'string' ? await weightsIn(source) : source;
  if (typeof found === 'string' && isIndex(found))
    return openShards(await readIndex(found, options), options);
  const part = await openPart(found, options);
  return new SafetensorsFile(part.source.location, [part]);
}

/** All tensors of a safetensors file, or those that are named; see {@link openSafetensors}. */
export async function readSafetensors(
  source: string | Uint8Array,
  options: SourceOptions & ReadOptions = {},
): Promise<StateDict> {
  return readAndClose(await openSafetensors(source, options), options);
}

/** All tensors of an open file, which is closed whatever happens. */
export async function readAndClose(file: SafetensorsFile, options: ReadOptions): Promise<StateDict> {
  try {
    return await file.readAll(options);
  } finally {
    await file.close();
  }
}

/** Reads an index. @throws `io/not-found` where there is none. */
export async function readIndex(location: string, options: SourceOptions): Promise<ShardIndex> {
  const text = await readText(location, options);
  if (text !== undefined) return parseIndex(text, location);
  return fail('io/not-found', {
    subject: location,
    expected: 'an index of safetensors files',
    got: 'none',
    advice: 'Check the path',
  });
}

/** The weights of a folder, or what was given where it is none. */
async function weightsIn(source: string): Promise<string> {
  if (source === '' || /^https?:/i.test(source) || !(await isFolder(await pathOf(source)))) return source;
  for (const name of WEIGHTS_FILES) {
    const file = fileIn(source, name);
    if (await isFile(await pathOf(file))) return file;
  }
  return fail('io/not-found', {
    subject: source,
    expected: `a folder with ${WEIGHTS_FILES.join(' or ')}`,
    got: 'neither',
    advice: OF_PICKLES,
  });
}

async function isFolder(path: string): Promise<boolean> {
  const fs = await builtIn('fs/promises');
  return fs.stat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
}
