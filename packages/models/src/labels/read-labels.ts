import { checkOptions, fail, valueText } from '@tfjs-optimize/core';
import { localFile } from '../download/local-file.js';
import { DOWNLOAD_KINDS, type DownloadOptions } from '../download/options.js';
import { readText } from '../text-file.js';
import { parseLabels } from './parse-labels.js';

/**
 * Names of classes, by their numbers, from a file on disk or on a server, from which it is fetched once; {@link parseLabels}
 * tells the forms that are read. In browsers give `parseLabels` what `fetch` brought.
 * @param source path, file:// or http(s):// URL.
 * @throws `models/labels`; `models/checksum` where the file has another SHA-256 than was told; `io/not-found`; what
 *   `download` throws.
 */
export async function readLabels(source: string, options: DownloadOptions = {}): Promise<string[]> {
  checkOptions<DownloadOptions>(options, DOWNLOAD_KINDS);
  const text = await readText(await localFile(source, options), options);
  if (text !== undefined) return parseLabels(text, source);
  return fail('io/not-found', { subject: valueText(source), expected: 'a file of names', got: 'none' });
}
