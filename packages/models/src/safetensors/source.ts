import { builtIn, fail, isOptimizeError } from '@tfjs-optimize/core';
import { memorySource, refuseShort, type ByteSource, type SourceOptions } from './byte-source.js';
import { httpSource } from './http-source.js';

export type { ByteSource, SourceOptions };

/** Opens a path, a file:// or http(s):// URL, or bytes in memory. @throws `io/…` where it cannot be read. */
export async function openSource(source: string | Uint8Array, options: SourceOptions): Promise<ByteSource> {
  if (source instanceof Uint8Array) return memorySource(source, 'bytes in memory');
  if (typeof source !== 'string' || source === '') {
    fail('argument/invalid', {
      subject: 'source',
      expected: 'a path, a URL or a Uint8Array',
      got: source === '' ? 'an empty text' : typeof source,
      advice: 'Name the file that holds the weights',
    });
  }
  return /^https?:\/\//i.test(source) ? httpSource(source, options) : fileSource(source);
}

const FS_ADVICE = {
  'io/not-found': 'Check the path',
  'io/disk-full': 'Make room, or choose another place',
  'io/permission': 'See who may read and write there',
};

const FS_CODES: Readonly<Record<string, keyof typeof FS_ADVICE>> = {
  ENOENT: 'io/not-found',
  ENOTDIR: 'io/not-found',
  ENOSPC: 'io/disk-full',
  EDQUOT: 'io/disk-full',
};

/** Throws what the file system said, coded. */
export function failFile(error: unknown, file: string, expected: string): never {
  if (isOptimizeError(error)) throw error;
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  const got = error instanceof Error ? error.message : String(error);
  const code = FS_CODES[system] ?? 'io/permission';
  return fail(code, { subject: file, expected, got, advice: FS_ADVICE[code], cause: error });
}

/** A path, or the path of a file:// URL. */
export async function pathOf(location: string): Promise<string> {
  return location.startsWith('file:') ? (await builtIn('url')).fileURLToPath(location) : location;
}

async function fileSource(location: string): Promise<ByteSource> {
  const fs = await builtIn('fs/promises');
  const handle = await fs
    .open(await pathOf(location))
    .catch((error: unknown) => failFile(error, location, 'a file'));
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    fail('io/not-found', {
      subject: location,
      expected: 'a file',
      got: 'something else',
      advice: 'Name a file within it',
    });
  }
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await handle
        .read(bytes, at, Math.min(bytes.length - at, 2 ** 30), start + at)
        .catch((error: unknown) => failFile(error, location, 'to be read'));
      if (bytesRead === 0) refuseShort(location, start + at, end);
      at += bytesRead;
    }
    return bytes;
  };
  return { location, size: stat.size, read, close: () => handle.close() };
}
