import { fail, isOptimizeError, throwIfAborted, type Problem } from '@tfjs-optimize/core';
import { reasonOf } from '../reason.js';
import type { DownloadOptions } from './options.js';
import type { Part } from './part.js';

/** Something that may be better at the next try. */
export class Trouble extends Error {
  constructor(
    readonly problem: Problem,
    /** How long the server asks to wait. */
    readonly waitMs: number | undefined,
  ) {
    super(problem.got, { cause: problem.cause });
  }
}

const TIMEOUT_MS = 30_000;

/** Statuses of a server that is busy or broken for the moment. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * One try to fetch what is missing of a file. It goes on where the part ends, if the server still has the same version
 * (`If-Range`), or if a checksum will tell.
 * @throws {@link Trouble} where the connection broke or the server was busy.
 */
export async function transfer(part: Part, url: string, options: DownloadOptions): Promise<void> {
  const watch = new Watch(options);
  let isAnswered = false;
  try {
    const response = await ask(part, url, options, watch.signal);
    isAnswered = true;
    if (response.status === 416) {
      await part.restart('');
      throw trouble(`${url}, byte ${part.size}`, 'the rest of the file', 'status 416: there is no rest');
    }
    if (!response.ok) refuseStatus(url, response);
    const tag = strongTag(response);
    const start = startOf(response);
    if (start !== part.size || (part.size > 0 && part.tag !== '' && tag !== part.tag)) {
      if (start !== 0) {
        await part.restart('');
        throw trouble(`${url}, byte ${start}`, 'the bytes that were asked for', 'others');
      }
      await part.restart(tag);
    } else if (start === 0) await part.restart(tag);
    await readBody(response, part, url, options, watch);
  } catch (cause) {
    if (cause instanceof Trouble || isOptimizeError(cause)) throw cause;
    throwIfAborted(options.signal, `fetching ${url}`);
    const got = watch.reason ?? reasonOf(cause);
    if (!isAnswered) throw trouble(url, 'an answer', got, cause);
    throw trouble(`${url}, byte ${part.size}`, 'more bytes', got, cause);
  } finally {
    watch.stop();
  }
}

async function ask(
  part: Part,
  url: string,
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<Response> {
  const headers = new Headers(options.requestInit?.headers);
  // Compressed bytes could neither be counted nor gone on with.
  headers.set('Accept-Encoding', 'identity');
  if (part.size > 0) {
    headers.set('Range', `bytes=${part.size}-`);
    if (part.tag !== '') headers.set('If-Range', part.tag);
  }
  return (options.fetchFunc ?? globalThis.fetch)(url, { ...options.requestInit, headers, signal });
}

function refuseStatus(url: string, { status, headers }: Response): never {
  if (PASSING.has(status)) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    const waitMs = Number.isFinite(seconds) && seconds >= 0 ? 1000 * seconds : undefined;
    throw new Trouble({ subject: url, expected: 'to be served', got: `status ${status}` }, waitMs);
  }
  return fail(status === 404 || status === 410 ? 'io/not-found' : 'io/network', {
    subject: url,
    expected: 'to be served',
    got: `status ${status}`,
    advice: status === 401 || status === 403 ? 'Give credentials by requestInit' : 'Check the URL',
  });
}

/** Where the bytes of an answer begin. */
function startOf({ status, headers }: Response): number {
  if (status !== 206) return 0;
  return Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

/** Bytes of the whole file, where the answer tells them: a part tells them behind its range, also without a length of its own. */
function totalOf(response: Response): number | undefined {
  const { headers } = response;
  if (headers.has('content-encoding')) return undefined;
  const told = /^bytes \d+-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if (response.status === 206 && told !== undefined) return Number(told);
  const length = headers.get('content-length');
  const start = startOf(response);
  return length === null || !(start >= 0) ? undefined : start + Number(length);
}

/** The ETag, if equal tags mean equal bytes. */
function strongTag({ headers }: Response): string {
  const tag = headers.get('etag') ?? '';
  return tag.startsWith('"') ? tag : '';
}

async function readBody(
  response: Response,
  part: Part,
  url: string,
  { progress }: DownloadOptions,
  watch: Watch,
): Promise<void> {
  const total = totalOf(response);
  const reader = response.body?.getReader();
  const told = total === undefined ? {} : { total };
  for (;;) {
    watch.restart();
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    await part.append(value);
    progress?.({ task: `download ${url}`, done: part.size, ...told });
  }
  if (total !== undefined && part.size !== total) {
    throw trouble(`${url}, byte ${part.size}`, `${total} bytes`, 'the end of the connection');
  }
}

function trouble(subject: string, expected: string, got: string, cause?: unknown): Trouble {
  return new Trouble({ subject, expected, got, cause }, undefined);
}

/** Stops a request when the caller does, or when nothing has come for too long. */
class Watch {
  private readonly controller = new AbortController();
  private readonly stopWithCaller = () => this.controller.abort(this.options.signal?.reason);
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What went wrong, in words, if it was time. */
  reason: string | undefined;

  constructor(private readonly options: DownloadOptions) {
    if (options.signal?.aborted === true) this.stopWithCaller();
    options.signal?.addEventListener('abort', this.stopWithCaller, { once: true });
    this.restart();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  restart(): void {
    clearTimeout(this.timer);
    const { timeoutMs = TIMEOUT_MS } = this.options;
    this.timer = setTimeout(() => {
      this.reason = `nothing for ${timeoutMs} ms`;
      this.controller.abort();
    }, timeoutMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.stopWithCaller);
  }
}
