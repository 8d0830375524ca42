import { checkOptions, fail } from '@tfjs-optimize/core';
import { readAndClose, readIndex, readSafetensors } from '../safetensors/open.js';
import { isIndex, shardPlace } from '../safetensors/shard-index.js';
import { openShards } from '../safetensors/shards.js';
import type { StateDict } from '../state-dict.js';
import { download } from './download.js';
import { localFile } from './local-file.js';
import { DOWNLOAD_KINDS, type DownloadOptions } from './options.js';

/**
 * Weights from a safetensors file, on disk or on a server, from which it is fetched once; see {@link download}. In
 * browsers, which have a cache of their own, `readSafetensors(url)` does.
 * @param source path, file:// or http(s):// URL of a file, or of the index of several
 *   (`model.safetensors.index.json`); a folder that holds `model.safetensors` or its index.
 * @throws `models/checksum` where the file has another SHA-256 than was told; `models/safetensors`; what
 *   {@link download} throws; `argument/invalid` for a checksum of several files.
 */
export async function loadWeights(source: string, options: DownloadOptions = {}): Promise<StateDict> {
  checkOptions<DownloadOptions>(options, DOWNLOAD_KINDS);
  const { signal, progress, sha256 } = options;
  if (typeof source === 'string' && isIndex(source)) {
    if (sha256 !== undefined) refuseChecksum(source);
    if (/^https?:/i.test(source)) return loadShards(source, options);
  }
  return readSafetensors(await localFile(source, options), { signal, progress });
}

/** The files of an index on a server, one after the other into the cache, and from there. */
async function loadShards(url: string, options: DownloadOptions): Promise<StateDict> {
  const { signal, progress } = options;
  const kept = await readIndex(await download(url, options), {});
  const places = new Map<string, string>();
  for (const file of kept.shards.keys()) places.set(file, await download(shardPlace(url, file), options));
  const index = { ...kept, location: url };
  return readAndClose(await openShards(index, {}, (file) => places.get(file) as string), {
    signal,
    progress,
  });
}

function refuseChecksum(source: string): never {
  return fail('argument/invalid', {
    subject: 'sha256',
    expected: 'none for an index, whose files one checksum cannot tell',
    got: `one for ${source}`,
    advice: 'Give download() a checksum for each file',
  });
}
