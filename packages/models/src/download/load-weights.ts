import { checkOptions } from '@tfjs-optimize/core';
import { readSafetensors } from '../safetensors/file.js';
import type { StateDict } from '../state-dict.js';
import { localFile } from './local-file.js';
import { DOWNLOAD_KINDS, type DownloadOptions } from './options.js';

/**
 * Weights from a safetensors file, on disk or on a server, from which it is fetched once; see {@link download}. In
 * browsers, which have a cache of their own, `readSafetensors(url)` does.
 * @param source path, file:// or http(s):// URL.
 * @throws `models/checksum` where the file has another SHA-256 than was told; `models/safetensors`; what
 *   {@link download} throws.
 */
export async function loadWeights(source: string, options: DownloadOptions = {}): Promise<StateDict> {
  checkOptions<DownloadOptions>(options, DOWNLOAD_KINDS);
  const { signal, progress } = options;
  return readSafetensors(await localFile(source, options), { signal, progress });
}
