import { checkOptions, fail, valueText } from '@tfjs-optimize/core';
import { readFrom } from '../download/kept.js';
import { DOWNLOAD_KINDS, type DownloadOptions } from '../download/options.js';
import { readText } from '../text-file.js';
import { parseLabels } from './parse-labels.js';

/**
 * Names of classes, by their numbers, from a file on disk or on a server, from which it is fetched once; {@link parseLabels}
 * tells the forms that are read. In browsers give `parseLabels` what `fetch` brought.
 * @param source path, file:// or http(s):// URL.
 * @throws `models/labels`, after which the file is no longer in the cache; `models/checksum` where the file has another SHA-256 than was told; `io/not-found`; what
 *   `download` throws.
 */
export async function readLabels(source: string, options: DownloadOptions = {}): Promise<string[]> {
  checkOptions<DownloadOptions>(options, DOWNLOAD_KINDS);
  return readFrom(source, options, async (file) => {
    const text = await readText(file, options);
    if (text !== undefined) return parseLabels(text, source);
    return fail('io/not-found', {
      subject: valueText(source),
      expected: 'a file of names',
      got: 'none',
      advice: 'Check the path',
    });
  });
}
