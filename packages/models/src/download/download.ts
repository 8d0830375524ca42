import { fail, throwIfAborted } from '@tfjs-optimize/core';
import { isFile, placeOf, sha256Of, type CachePlace } from './cache.js';
import { checkDownload, type DownloadOptions } from './options.js';
import { Part } from './part.js';
import { transfer, Trouble } from './transfer.js';

const RETRIES = 3;
const PAUSE_MS = 500;
/** A server may not ask to wait longer. */
const LONGEST_PAUSE_MS = 60_000;

/** Downloads that this process is at, by the file they become. */
const underWay = new Map<string, Promise<string>>();

/**
 * Downloads a file into the cache, unless it is there, and tells its path. What has come before a connection breaks is
 * kept apart from the cache, and gone on with by later tries and later calls, if the server knows ranges and tells
 * versions apart; a file gets its name when it is whole and its checksum right. In Node alone.
 *
 * A file of the cache is taken as it is: give `sha256` to have it looked at, and fetched again where it is another.
 *
 * @throws `io/not-found` and `io/network` naming URL and byte; `models/checksum`; `models/offline`; `io/disk-full` and
 *   other `io/…` of the file system; `aborted`.
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<string> {
  const parsed = checkDownload(url, options);
  throwIfAborted(options.signal, `fetching ${url}`);
  const place = await placeOf(parsed, options.cache);
  if (await isKept(place, url, options)) return place.file;
  if (options.offline === true) {
    fail('models/offline', {
      subject: url,
      expected: `to be in the cache as ${place.file}`,
      got: 'no such file, and a call that may not fetch it',
      advice: 'Call it once without offline',
    });
  }
  let work = underWay.get(place.file);
  if (work !== undefined) {
    // Whatever becomes of the other's download: this call's own checksum and signal count.
    await work.catch(() => undefined);
    return download(url, options);
  }
  work = fetchFile(place, url, options).finally(() => underWay.delete(place.file));
  underWay.set(place.file, work);
  return work;
}

/** Whether the cache has the file; one with another checksum does not count, and offline is refused. */
async function isKept(
  place: CachePlace,
  url: string,
  { sha256, offline }: DownloadOptions,
): Promise<boolean> {
  if (sha256 === undefined) return isFile(place.file);
  const found = await sha256Of(place.file);
  if (found === undefined || found === sha256.toLowerCase()) return found !== undefined;
  if (offline === true) refuseChecksum(`${place.file}, from ${url}`, sha256, found);
  return false;
}

async function fetchFile(place: CachePlace, url: string, options: DownloadOptions): Promise<string> {
  const part = await Part.claim(place);
  let isUseful = true;
  try {
    const wasThere = part.size > 0;
    await transferAll(part, url, options);
    let found = await checksum(part, options);
    if (found !== undefined && wasThere) {
      await part.restart('');
      await transferAll(part, url, options);
      found = await checksum(part, options);
    }
    if (found !== undefined) {
      isUseful = false;
      refuseChecksum(url, options.sha256 ?? '', found);
    }
    await part.finish();
  } catch (error) {
    await part.leave(isUseful && (part.tag !== '' || options.sha256 !== undefined));
    throw error;
  }
  return place.file;
}

/** The SHA-256 of the part where it is not the one that was told. */
async function checksum(part: Part, { sha256 }: DownloadOptions): Promise<string | undefined> {
  if (sha256 === undefined) return undefined;
  const found = await sha256Of(part.file);
  return found === sha256.toLowerCase() ? undefined : found;
}

function refuseChecksum(subject: string, expected: string, got: string): never {
  return fail('models/checksum', {
    subject,
    expected: `the SHA-256 ${expected.toLowerCase()}`,
    got,
    advice: 'See that URL and checksum are of one file',
  });
}

/** Tries until all bytes are there. */
async function transferAll(part: Part, url: string, options: DownloadOptions): Promise<void> {
  const { retries = RETRIES, pauseMs = PAUSE_MS, signal } = options;
  for (let failed = 0; ; failed++) {
    try {
      return await transfer(part, url, options);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (failed >= retries) {
        const tries = failed === 0 ? '' : `, ${failed + 1} times`;
        fail('io/network', {
          ...error.problem,
          got: `${error.problem.got}${tries}`,
          advice: 'Check the URL and the connection',
        });
      }
      await pause(Math.min(error.waitMs ?? pauseMs * 2 ** failed, LONGEST_PAUSE_MS), signal);
      throwIfAborted(signal, `fetching ${url}`);
    }
  }
}

/** Waits, until the signal fires at the latest. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}
