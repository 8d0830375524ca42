import { builtIn, fail, isOptimizeError, type ErrorCode } from '@tfjs-optimize/core';
import { localFile } from './local-file.js';
import type { DownloadOptions } from './options.js';

/** How readers refuse a file that is damaged, or is not what it is called: a page that asks for a password. */
const REFUSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'io/format',
  'models/config',
  'models/labels',
  'models/safetensors',
  'models/tokenizer',
]);

/** Reads a file of a path or URL; what `read` refuses of a URL does not stay in the cache, see {@link keepIfRead}. */
export async function readFrom<T>(
  source: string,
  options: DownloadOptions,
  read: (file: string) => Promise<T>,
): Promise<T> {
  const file = await localFile(source, options);
  if (file === source) return read(file);
  return keepIfRead([file], source, options, () => read(file));
}

/**
 * Does something with files of the cache. If it refuses them they are taken out, so that the next call fetches them anew,
 * unless they have the checksum that they should have, or may not be fetched.
 * @param url where they are from, for messages.
 */
export async function keepIfRead<T>(
  files: readonly string[],
  url: string,
  { sha256, offline }: Pick<DownloadOptions, 'sha256' | 'offline'>,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isOptimizeError(error) || !REFUSED.has(error.code)) throw error;
    const stays = sha256 !== undefined || offline === true;
    const fs = await builtIn('fs/promises');
    if (!stays) await Promise.all(files.map((file) => fs.rm(file, { force: true })));
    return fail(error.code, {
      subject: `${url}, in the cache as ${files.join(', ')}`,
      expected: 'what can be read',
      got: error.message,
      advice: stays ? adviceFor(offline) : 'It was taken out of the cache: call again to fetch it anew',
      cause: error,
    });
  }
}

function adviceFor(offline: boolean | undefined): string {
  return offline === true
    ? 'Call again without offline to fetch it anew'
    : 'Its checksum is right: give the URL of another file';
}
