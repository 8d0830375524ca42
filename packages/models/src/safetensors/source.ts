import { builtIn, fail, isOptimizeError, throwIfAborted, type ErrorCode } from '@tfjs-optimize/core';

/** Bytes that are read piece by piece. */
export interface ByteSource {
  /** Path, URL or `bytes in memory`, for messages. */
  readonly location: string;
  readonly size: number;
  /** The bytes from `start` to `end`, which are within the size. */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** How a source is read. */
export interface SourceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Used instead of the global `fetch`. */
  readonly fetchFunc?: typeof fetch | undefined;
  /** Credentials, headers and the like, for every request. */
  readonly requestInit?: RequestInit | undefined;
}

/** Opens a path, a file:// or http(s):// URL, or bytes in memory. @throws `io/…` where it cannot be read. */
export async function openSource(source: string | Uint8Array, options: SourceOptions): Promise<ByteSource> {
  if (source instanceof Uint8Array) return memorySource(source, 'bytes in memory');
  if (typeof source !== 'string' || source === '') {
    fail('argument/invalid', {
      subject: 'source',
      expected: 'a path, a URL or a Uint8Array',
      got: source === '' ? 'an empty text' : typeof source,
    });
  }
  return /^https?:\/\//i.test(source) ? httpSource(source, options) : fileSource(source);
}

function memorySource(bytes: Uint8Array, location: string): ByteSource {
  return {
    location,
    size: bytes.byteLength,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
    close: () => Promise.resolve(),
  };
}

const FS_CODES: Readonly<Record<string, ErrorCode>> = {
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
  return fail(FS_CODES[system] ?? 'io/permission', { subject: file, expected, got, cause: error });
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
    fail('io/not-found', { subject: location, expected: 'a file', got: 'something else' });
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

function refuseShort(location: string, at: number, end: number): never {
  return fail('models/safetensors', {
    subject: `${location}, bytes ${at} to ${end}`,
    expected: 'to be there',
    got: 'the end of the file',
  });
}

/** What is asked for first: the header, as a rule. */
const FIRST_BYTES = 64 * 1024;

/** A file on a server, by ranges; a server that does not know ranges sends it as a whole, once. */
async function httpSource(url: string, options: SourceOptions): Promise<ByteSource> {
  const first = await request(url, 0, FIRST_BYTES, options);
  const whole = /^bytes \d+-\d+\/(\d+)$/.exec(first.response.headers.get('content-range') ?? '')?.[1];
  if (first.response.status !== 206 || whole === undefined) return memorySource(first.bytes, url);
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    if (end <= first.bytes.byteLength) return first.bytes.subarray(start, end);
    const { bytes, response } = await request(url, start, end, options);
    // A server may stop to serve ranges.
    const part = response.status === 206 ? bytes : bytes.subarray(start, end);
    if (part.byteLength !== end - start) refuseShort(url, start + part.byteLength, end);
    return part;
  };
  return { location: url, size: Number(whole), read, close: () => Promise.resolve() };
}

async function request(
  url: string,
  start: number,
  end: number,
  { signal, fetchFunc = globalThis.fetch, requestInit }: SourceOptions,
): Promise<{ readonly response: Response; readonly bytes: Uint8Array }> {
  const headers = new Headers(requestInit?.headers);
  headers.set('Range', `bytes=${start}-${end - 1}`);
  try {
    const response = await fetchFunc(url, { ...requestInit, headers, ...(signal && { signal }) });
    if (!response.ok) {
      fail(response.status === 404 ? 'io/not-found' : 'io/network', {
        subject: url,
        expected: 'to be served',
        got: `status ${response.status}`,
        advice: 'Check the URL',
      });
    }
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (cause) {
    if (isOptimizeError(cause)) throw cause;
    throwIfAborted(signal, `fetching ${url}`);
    const got = cause instanceof Error ? cause.message : String(cause);
    return fail('io/network', { subject: url, expected: 'an answer', got, cause });
  }
}
