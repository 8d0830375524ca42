import { fail } from '../errors.js';
import { inOrder, parseModelJson, streamed, type Opened } from './opened.js';

/** How a model is fetched; names as in `tf.io.LoadOptions`. */
export interface FetchOptions {
  /** Credentials, headers and the like, for every request. */
  readonly requestInit?: RequestInit | undefined;
  /** Used instead of the global `fetch`. */
  readonly fetchFunc?: typeof fetch | undefined;
  /** Put before the paths of weight files instead of the URL of the model.json up to its last slash. */
  readonly weightPathPrefix?: string | undefined;
  /** Gives the URL of a weight file from its path in the manifest. */
  readonly weightUrlConverter?: ((path: string) => Promise<string> | string) | undefined;
  /** Stops the download. */
  readonly signal?: AbortSignal | undefined;
}

/** Weight files asked for at a time, as browsers do per host. */
const AT_A_TIME = 6;

/**
 * A model on a server. As in TensorFlow.js, weight files are looked for beside the URL of the model.json and get its
 * query.
 * @param url of a model.json; one that ends in a slash is a folder that holds it.
 */
export async function openHttp(url: string, options: FetchOptions): Promise<Opened> {
  const [path, query] = splitQuery(url);
  const location = path.endsWith('/') ? `${path}model.json${query}` : url;
  const response = await request(location, options);
  if (!response.ok) {
    fail(response.status === 404 || response.status === 410 ? 'io/not-found' : 'io/network', {
      subject: location,
      expected: 'a model.json',
      got: `status ${response.status}`,
      advice: 'Check the URL',
    });
  }
  const text = await response.text().catch((error: unknown) => failFetch(error, location, options));
  const { paths, ...rest } = parseModelJson(text, location);
  return { ...rest, location, pieces: () => fetchShards(paths, location, options) };
}

async function* fetchShards(
  paths: readonly string[],
  location: string,
  options: FetchOptions,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const abort = (): void => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort);
  try {
    const start = (path: string): Promise<Answer> => fetchShard(path, location, options, stop.signal);
    for await (const { url, response } of inOrder(paths, AT_A_TIME, start)) {
      try {
        // Some stand-ins for fetch give no stream.
        if (response.body) yield* streamed(response.body);
        else yield new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        failFetch(error, url, options);
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', abort);
    // After an error the other files are not wanted any more.
    stop.abort();
  }
}

interface Answer {
  readonly url: string;
  readonly response: Response;
}

async function fetchShard(
  path: string,
  location: string,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const url = await shardUrl(path, location, options);
  const response = await request(url, options, signal);
  const isPage = response.headers?.get('content-type')?.startsWith('text/html') === true;
  if (!response.ok || isPage) {
    fail(isPage || response.status === 404 ? 'io/shard' : 'io/network', {
      subject: `weight file ${url}`,
      expected: 'to be served',
      got: isPage ? `a page (status ${response.status})` : `status ${response.status}`,
      advice: 'Publish all files of the model together',
    });
  }
  return { url, response };
}

async function shardUrl(path: string, location: string, options: FetchOptions): Promise<string> {
  if (options.weightUrlConverter !== undefined) return options.weightUrlConverter(path);
  const [base, query] = splitQuery(location);
  return (options.weightPathPrefix ?? base.slice(0, base.lastIndexOf('/') + 1)) + path + query;
}

function splitQuery(url: string): [path: string, query: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)];
}

async function request(url: string, options: FetchOptions, signal = options.signal): Promise<Response> {
  try {
    const init = { ...options.requestInit, ...(signal === undefined ? {} : { signal }) };
    // As a method of the global object: browsers refuse fetch without it.
    return await (options.fetchFunc === undefined
      ? globalThis.fetch(url, init)
      : options.fetchFunc(url, init));
  } catch (error) {
    return failFetch(error, url, options);
  }
}

function failFetch(error: unknown, url: string, { signal }: FetchOptions): never {
  if (signal?.aborted === true) {
    fail('aborted', {
      subject: `fetching ${url}`,
      expected: 'to run to its end',
      got: 'a request to stop',
      cause: signal.reason,
    });
  }
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return fail('io/network', {
    subject: url,
    expected: 'an answer to its end',
    got: reason,
    advice: 'Check the URL and the connection',
    cause: error,
  });
}
