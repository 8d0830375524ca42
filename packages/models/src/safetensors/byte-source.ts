import { fail } from '@tfjs-optimize/core';

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

/** Bytes that are there already. */
export function memorySource(bytes: Uint8Array, location: string): ByteSource {
  return {
    location,
    size: bytes.byteLength,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
    close: () => Promise.resolve(),
  };
}

/** Throws that a file ends before a place that its header tells. */
export function refuseShort(location: string, at: number, end: number): never {
  return fail('models/safetensors', {
    subject: `${location}, bytes ${at} to ${end}`,
    expected: 'to be there',
    got: 'the end of the file',
    advice: 'See that all of the file was copied',
  });
}
