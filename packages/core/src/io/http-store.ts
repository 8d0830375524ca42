import { fail, isOptimizeError, throwIfAborted } from '../errors.js';
import { checkShardPath, type ModelStore, type Shards } from './store.js';

/** How a model is fetched; names as in `tf.io.LoadOptions`. */
export interface HttpOptions {
  /** Put before the paths of weight files instead of the URL of the model.json up to its last slash. */
  readonly weightPathPrefix?: string | undefined;
  /** Gives the URL of a weight file from its path in the manifest. */
  readonly weightUrlConverter?: ((path: string) => Promise<string> | string) | undefined;
  /** Credentials, headers and the like, for every request. */
  readonly requestInit?: RequestInit | undefined;
  /** Used instead of the global `fetch`. */
  readonly fetchFunc?: typeof fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Weight files fetched at a time, as browsers do per host. */
const AT_A_TIME = 6;

/**
 * Files of a model on a server. As in TensorFlow.js, weight files are looked for beside the URL of
 * the model.json and get its query (`?alt=media`, `?tfjs-format=file`). If that fails and the server
 * had redirected the model.json, they are looked for beside the place it led to.
 * @param url of a model.json; one that ends in a slash is a folder that holds it.
 */
export function httpStore(url: string, options: HttpOptions = {}): ModelStore {
  const [path, query] = splitQuery(url);
  const location = path.endsWith('/') ? `${path}model.json${query}` : url;
  let redirected: string | undefined;
  return {
    location,
    readJson: async () => {
      const response = await request(location, options);
      if (!response.ok) failStatus(location, response.status);
      if (response.redirected && response.url !== '') redirected = response.url;
      return body(response, location, options);
    },
    openShards: async (paths) => {
      for (const path of paths) checkShardPath(path, location);
      return new FetchedShards(await fetchAll(paths, location, redirected, options));
    },
  };
}

function splitQuery(url: string): [path: string, query: string] {
  const at = url.search(/[?#]/);
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at).replace(/#.*$/s, '')];
}

async function fetchAll(
  paths: readonly string[],
  location: string,
  redirected: string | undefined,
  options: HttpOptions,
): Promise<Uint8Array[]> {
  const shards = new Array<Uint8Array>(paths.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < paths.length; index = next++) {
      shards[index] = await fetchShard(paths[index] as string, location, redirected, options);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, paths.length) }, work));
  return shards;
}

async function fetchShard(
  path: string,
  location: string,
  redirected: string | undefined,
  options: HttpOptions,
): Promise<Uint8Array> {
  const url = await shardUrl(path, location, options);
  let response = await request(url, options);
  const isGone = response.status === 404 || response.status === 410;
  if (isGone && redirected !== undefined && options.weightPathPrefix === undefined) {
    response = await request(await shardUrl(path, redirected, options), options);
  }
  if (!response.ok) {
    fail(response.status === 404 ? 'io/shard' : 'io/network', {
      subject: `weight file ${url}`,
      expected: 'to be served',
      got: `status ${response.status}`,
      advice: 'Publish all files of the model together',
    });
  }
  return body(response, url, options);
}

async function shardUrl(path: string, location: string, options: HttpOptions): Promise<string> {
  if (options.weightUrlConverter !== undefined) return options.weightUrlConverter(path);
  const [base, query] = splitQuery(location);
  const prefix = options.weightPathPrefix ?? base.slice(0, base.lastIndexOf('/') + 1);
  const url = prefix + path + query;
  // Percent-encoded dots climb, too: look where the URL really leads.
  if (!resolve(url).startsWith(resolve(prefix))) {
    fail('io/unsafe', {
      subject: `weightsManifest of ${location}`,
      expected: `paths below ${prefix}`,
      got: path,
    });
  }
  return url;
}

function resolve(url: string): string {
  try {
    return new URL(url).href;
  } catch {
    return url;
  }
}

async function request(url: string, options: HttpOptions): Promise<Response> {
  const fetchFunc = options.fetchFunc ?? globalThis.fetch;
  const init = {
    ...options.requestInit,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  try {
    return await fetchFunc(url, init);
  } catch (error) {
    return failFetch(error, url, options);
  }
}

async function body(response: Response, url: string, options: HttpOptions): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    return failFetch(error, url, options);
  }
}

function failFetch(error: unknown, url: string, options: HttpOptions): never {
  throwIfAborted(options.signal, `fetching ${url}`);
  if (isOptimizeError(error)) throw error;
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return fail('io/network', {
    subject: url,
    expected: 'an answer',
    got: reason,
    advice: 'Check the URL and the connection',
    cause: error,
  });
}

function failStatus(url: string, status: number): never {
  return fail(status === 404 || status === 410 ? 'io/not-found' : 'io/network', {
    subject: url,
    expected: 'a model.json',
    got: `status ${status}`,
    advice: 'Check the URL',
  });
}

class FetchedShards implements Shards {
  readonly sizes: readonly number[];
  constructor(private readonly contents: (Uint8Array | undefined)[]) {
    this.sizes = contents.map((shard) => shard?.byteLength ?? 0);
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < this.contents.length; i++) {
      const shard = this.contents[i];
      // Let go of it as soon as its weights are out.
      this.contents[i] = undefined;
      if (shard !== undefined) yield shard;
    }
  }
}
