import { fail, isOptimizeError } from '@tfjs-optimize/core';
import { openSource, type SourceOptions } from './safetensors/source.js';

/** A file of a folder or of a URL that is one. */
export function fileIn(place: string, name: string): string {
  return `${place.replace(/[/\\]+$/, '')}/${name}`;
}

/** The text of a file; undefined where there is none. @throws `io/format` where it is no UTF-8, other `io/…`. */
export async function readText(location: string, options: SourceOptions): Promise<string | undefined> {
  try {
    const source = await openSource(location, options);
    try {
      return decode(await source.read(0, source.size), location);
    } finally {
      await source.close();
    }
  } catch (error) {
    if (isOptimizeError(error) && error.code === 'io/not-found') return undefined;
    throw error;
  }
}

/** The value of a JSON text. @param location of the file that it is from, for messages. @throws `io/format` where it is none. */
export function parseJson(text: string, location: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return fail('io/format', {
      subject: location,
      expected: 'JSON',
      got: isPage(text) ? 'a page of HTML' : got,
      advice: 'See that all of the file was copied, and that it is the one meant',
      cause,
    });
  }
}

/** Whether a text is a page of HTML: what servers send instead of a file to those who are not logged in. */
export function isPage(text: string): boolean {
  return /^\s*<(!doctype|html|head|body)\b/i.test(text);
}

function decode(bytes: Uint8Array, location: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail('io/format', {
      subject: `${location}, byte ${firstBroken(bytes)}`,
      expected: 'UTF-8',
      got: 'bytes that are none',
      advice: 'Save it as UTF-8',
      cause,
    });
  }
}

/** The last byte up to which a text reads as UTF-8, by halving: what begins well stays well. */
function firstBroken(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.byteLength];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether bytes begin a UTF-8 text, which may go on. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
