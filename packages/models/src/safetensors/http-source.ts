import { fail, isOptimizeError, throwIfAborted } from '@tfjs-optimize/core';
import { reasonOf } from '../reason.js';
import { memorySource, refuseShort, type ByteSource, type SourceOptions } from './byte-source.js';

/** What is asked for first: the header, as a rule. */
const FIRST_BYTES = 64 * 1024;

/** A file on a server, by ranges; a server that does not know ranges, or not how long the file is, sends it as a whole, once. */
export async function httpSource(url: string, options: SourceOptions): Promise<ByteSource> {
  const first = await request(url, [0, FIRST_BYTES], options);
  if (!first.isPart) return memorySource(first.bytes, url);
  if (first.size === undefined) {
    const all = await request(url, undefined, options);
    if (all.isPart) refuseAnswer(url, 'the whole file', 'a part of it');
    return memorySource(all.bytes, url);
  }
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    if (end <= first.bytes.byteLength) return first.bytes.subarray(start, end);
    const { bytes, isPart } = await request(url, [start, end], options);
    // A server may stop to serve ranges.
    const part = isPart ? bytes : bytes.subarray(start, end);
    if (part.byteLength !== end - start) refuseShort(url, start + part.byteLength, end);
    return part;
  };
  return { location: url, size: first.size, read, close: () => Promise.resolve() };
}

interface Answer {
  readonly bytes: Uint8Array;
  /** Whether they are the range that was asked for, not all of the file. */
  readonly isPart: boolean;
  /** Of the whole file, where a part tells it. */
  readonly size: number | undefined;
}

async function request(
  url: string,
  range: readonly [start: number, end: number] | undefined,
  { signal, fetchFunc = globalThis.fetch, requestInit }: SourceOptions,
): Promise<Answer> {
  const headers = new Headers(requestInit?.headers);
  if (range !== undefined) headers.set('Range', `bytes=${range[0]}-${range[1] - 1}`);
  let at: number | undefined;
  try {
    const response = await fetchFunc(url, { ...requestInit, headers, ...(signal && { signal }) });
    if (!response.ok) refuseStatus(url, response.status);
    const isPart = response.status === 206;
    const start = isPart ? (range?.[0] ?? 0) : 0;
    const [, from, size] =
      /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (isPart && from !== undefined && Number(from) !== start) {
      refuseAnswer(url, `bytes from ${start}, which were asked for`, `bytes from ${from}`);
    }
    at = start;
    const bytes = await bodyOf(response, (length) => (at = start + length));
    const isKnown = isPart && size !== undefined && size !== '*';
    return { bytes, isPart, size: isKnown ? Number(size) : undefined };
  } catch (cause) {
    if (isOptimizeError(cause)) throw cause;
    throwIfAborted(signal, `fetching ${url}`);
    return fail('io/network', {
      subject: at === undefined ? url : `${url}, byte ${at}`,
      expected: at === undefined ? 'an answer' : 'more bytes',
      got: reasonOf(cause),
      advice: 'Check the URL and the connection',
      cause,
    });
  }
}

/** All bytes of an answer; `onLength` hears how many have come. */
async function bodyOf({ body }: Response, onLength: (length: number) => void): Promise<Uint8Array> {
  const reader = body?.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    pieces.push(value);
    onLength((length += value.byteLength));
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

function refuseStatus(url: string, status: number): never {
  return fail(status === 404 || status === 410 ? 'io/not-found' : 'io/network', {
    subject: url,
    expected: 'to be served',
    got: `status ${status}`,
    advice: status === 401 || status === 403 ? 'Give credentials by requestInit' : 'Check the URL',
  });
}

function refuseAnswer(url: string, expected: string, got: string): never {
  return fail('io/network', {
    subject: url,
    expected,
    got,
    advice: 'Download the file, and read it from disk',
  });
}
