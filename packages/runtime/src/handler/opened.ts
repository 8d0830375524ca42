import type { io } from '@tensorflow/tfjs-core';
import { fail } from '../errors.js';

/** A model.json that was read, and its weight files, which were not yet. */
export interface Opened {
  /** Path or URL, for people. */
  readonly location: string;
  /** The model.json without its manifest. */
  readonly artifacts: io.ModelArtifacts;
  /** Entries of the manifest, in the order of their bytes. */
  readonly specs: readonly io.WeightsManifestEntry[];
  /** Bytes of the weights, in order, in pieces of any size. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** A model.json taken apart. */
interface ParsedJson {
  readonly artifacts: io.ModelArtifacts;
  readonly specs: readonly io.WeightsManifestEntry[];
  /** Weight files as the manifest names them. */
  readonly paths: readonly string[];
}

/** Parses the text of a model.json. @throws `io/format`, `io/manifest`, `io/unsafe`. */
export function parseModelJson(text: string, location: string): ParsedJson {
  const { weightsManifest = [], ...artifacts } = parsed(text, location);
  if (!Array.isArray(weightsManifest)) {
    return fail('io/manifest', {
      subject: `weightsManifest of ${location}`,
      expected: 'a list of groups',
      got: typeof weightsManifest,
    });
  }
  const groups = weightsManifest as readonly Partial<io.WeightsManifestConfig[number]>[];
  const paths = groups.flatMap((group) => group.paths ?? []);
  for (const path of paths) checkPath(path, location);
  return { artifacts, specs: groups.flatMap((group) => group.weights ?? []), paths };
}

type ModelJson = io.ModelArtifacts & { readonly weightsManifest?: unknown };

function parsed(text: string, location: string): ModelJson {
  let cause: unknown;
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && 'modelTopology' in json) return json as ModelJson;
  } catch (error) {
    cause = error;
  }
  return fail('io/format', {
    subject: location,
    expected: 'a model.json with a modelTopology',
    got: text === '' ? 'an empty file' : `${JSON.stringify(text.slice(0, 40))}…`,
    advice: 'A server may answer with a page',
    cause,
  });
}

/** Refuses paths of weight files that lead out of the model's folder. */
function checkPath(path: unknown, location: string): void {
  const isBelow =
    typeof path === 'string' &&
    path !== '' &&
    !/^([\\/]|[A-Za-z][A-Za-z0-9+.-]*:)/.test(path) &&
    !path.split(/[\\/]/).includes('..');
  if (isBelow) return;
  fail('io/unsafe', {
    subject: `weightsManifest of ${location}`,
    expected: 'paths of weight files below the model.json',
    got: JSON.stringify(path),
  });
}

/** Bytes of a stream as they come. */
export async function* streamed(
  stream: ReadableStream<Uint8Array | ArrayBuffer>,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (value !== undefined) yield value instanceof Uint8Array ? value : new Uint8Array(value);
      if (done) return;
    }
  } finally {
    // What is not read any more need not be sent; a stream that failed has nothing to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Results of work on a list, in order; while one is used, the next ones are under way.
 * @param ahead how many at a time.
 */
export async function* inOrder<T, R>(
  list: readonly T[],
  ahead: number,
  start: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for (let at = 0; at < list.length; at++) {
    for (let next = started.length; next < Math.min(list.length, at + ahead); next++) {
      const work = start(list[next] as T);
      // Looked at when its turn comes; until then nobody handles its failure.
      work.catch(() => undefined);
      started.push(work);
    }
    yield await (started[at] as Promise<R>);
  }
}

/** @throws `aborted` where the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, location: string): void {
  if (signal?.aborted !== true) return;
  fail('aborted', {
    subject: `loading ${location}`,
    expected: 'to run to its end',
    got: 'a request to stop',
    cause: signal.reason,
  });
}
