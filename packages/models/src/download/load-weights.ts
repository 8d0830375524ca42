import { checkOptions, fail, valueText } from '@tfjs-optimize/core';
import { readSafetensors } from '../safetensors/file.js';
import type { StateDict } from '../state-dict.js';
import { pathOf } from '../safetensors/source.js';
import { sha256Of } from './cache.js';
import { download } from './download.js';
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
  if (typeof source !== 'string' || source === '') {
    fail('argument/invalid', { subject: 'source', expected: 'a path or URL', got: valueText(source) });
  }
  const { signal, progress, sha256 } = options;
  const isRemote = /^https?:\/\//i.test(source);
  const file = isRemote ? await download(source, options) : source;
  if (!isRemote && sha256 !== undefined) await checkFile(source, sha256);
  return readSafetensors(file, { signal, progress });
}

async function checkFile(source: string, sha256: string): Promise<void> {
  const found = await sha256Of(await pathOf(source));
  if (found === undefined || found === sha256.toLowerCase()) return; // a missing file is told by the reader
  fail('models/checksum', {
    subject: source,
    expected: `the SHA-256 ${sha256.toLowerCase()}`,
    got: found,
    advice: 'See that file and checksum belong together',
  });
}
