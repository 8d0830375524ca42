import { fail } from '../errors.js';
import { inOrder, parseModelJson, streamed, throwIfAborted, type Opened } from './opened.js';

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
  const response = await request(location, 'io/not-found', options);
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
  const start = async (path: string): Promise<readonly [string, Response]> => {
    const url = await shardUrl(path, location, options);
    return [url, await request(url, 'io/shard', options, stop.signal)];
  };
  try {
    for await (const [url, response] of inOrder(paths, AT_A_TIME, start)) {
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

async function shardUrl(path: string, location: string, options: FetchOptions): Promise<string> {
  if (options.weightUrlConverter !== undefined) return options.weightUrlConverter(path);
  const [base, query] = splitQuery(location);
  return (options.weightPathPrefix ?? base.slice(0, base.lastIndexOf('/') + 1)) + path + query;
}

function splitQuery(url: string): [path: string, query: string] {
  const [path = ''] = url.split('?', 1);
  return [path, url.slice(path.length)];
}

/** @param missing the error's code where there is no such file, or a page in the place of weights. */
async function request(
  url: string,
  missing: 'io/not-found' | 'io/shard',
  options: FetchOptions,
  signal = options.signal,
): Promise<Response> {
  // As a method of the global object: browsers refuse fetch without it.
  const fetchFunc: typeof fetch = options.fetchFunc ?? ((place, init) => globalThis.fetch(place, init));
  const response = await fetchFunc(url, { ...options.requestInit, ...(signal && { signal }) }).catch(
    (error: unknown) => failFetch(error, url, options),
  );
  const { ok, status } = response;
  const isPage = missing === 'io/shard' && /^text\/html/.test(response.headers?.get('content-type') ?? '');
  if (!ok || isPage) {
    fail(isPage || status === 404 ? missing : 'io/network', {
      subject: url,
      expected: 'a file',
      got: `${isPage ? 'a page, ' : ''}status ${status}`,
      advice: 'Keep all files of the model together',
    });
  }
  return response;
}

function failFetch(error: unknown, url: string, { signal }: FetchOptions): never {
  throwIfAborted(signal, url);
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return fail('io/network', {
    subject: url,
    expected: 'an answer to its end',
    got: reason,
    advice: 'Check the URL and the connection',
    cause: error,
  });
}
