import { fail, valueText } from '@tfjs-optimize/core';
import { pathOf } from '../safetensors/source.js';
import { sha256Of } from './cache.js';
import { download } from './download.js';
import type { DownloadOptions } from './options.js';

/**
 * The file of a path or URL on this machine: itself, or what {@link download} keeps of it. Options are checked already.
 * @throws `models/checksum` where it has another SHA-256 than was told; what {@link download} throws.
 */
export async function localFile(source: string, options: DownloadOptions): Promise<string> {
  if (typeof source !== 'string' || source === '') {
    fail('argument/invalid', { subject: 'source', expected: 'a path or URL', got: valueText(source) });
  }
  if (/^https?:\/\//i.test(source)) return download(source, options);
  if (options.sha256 !== undefined) await checkFile(source, options.sha256);
  return source;
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
