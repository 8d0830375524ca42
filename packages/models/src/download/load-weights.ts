import { checkOptions, fail } from '@tfjs-optimize/core';
import { readAndClose, readIndex, readSafetensors } from '../safetensors/open.js';
import { isIndex, shardPlace } from '../safetensors/shard-index.js';
import { openPart, openShards } from '../safetensors/shards.js';
import type { StateDict } from '../state-dict.js';
import { keepIfRead, readFrom } from './kept.js';
import { DOWNLOAD_KINDS, type DownloadOptions } from './options.js';

/**
 * Weights from a safetensors file, on disk or on a server, from which it is fetched once; see {@link download}. In
 * browsers, which have a cache of their own, `readSafetensors(url)` does.
 * @param source path, file:// or http(s):// URL of a file, or of the index of several
 *   (`model.safetensors.index.json`); a folder that holds `model.safetensors` or its index.
 * @throws `models/checksum` where the file has another SHA-256 than was told; `models/safetensors`, after which the file is
 *   no longer in the cache; what {@link download} throws; `argument/invalid` for a checksum of several files.
 */
export async function loadWeights(source: string, options: DownloadOptions = {}): Promise<StateDict> {
  checkOptions<DownloadOptions>(options, DOWNLOAD_KINDS);
  const { signal, progress, sha256 } = options;
  if (typeof source === 'string' && isIndex(source)) {
    if (sha256 !== undefined) refuseChecksum(source);
    if (/^https?:/i.test(source)) return loadShards(source, options);
  }
  return readFrom(source, options, (file) => readSafetensors(file, { signal, progress }));
}

/**
 * The files of an index on a server, one after the other into the cache, and from there.
 * @param optionsOf options of one of the files; those of the index unless told.
 */
export async function loadShards(
  url: string,
  options: DownloadOptions,
  optionsOf = (_file: string): DownloadOptions => options,
): Promise<StateDict> {
  const { signal, progress } = options;
  const kept = await readFrom(url, options, (file) => readIndex(file, {}));
  const places = new Map<string, string>();
  for (const name of kept.shards.keys()) {
    const place = await readFrom(shardPlace(url, name), optionsOf(name), async (file) => {
      await (await openPart(file, {})).source.close();
      return file;
    });
    places.set(name, place);
  }
  const index = { ...kept, location: url };
  const files = [kept.location, ...places.values()];
  return keepIfRead(files, url, options, async () =>
    readAndClose(await openShards(index, {}, (file) => places.get(file) as string), { signal, progress }),
  );
}

function refuseChecksum(source: string): never {
  return fail('argument/invalid', {
    subject: 'sha256',
    expected: 'none for an index, whose files one checksum cannot tell',
    got: `one for ${source}`,
    advice: 'Give download() a checksum for each file',
  });
}
