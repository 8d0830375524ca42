import { io } from '@tensorflow/tfjs-core';
import { checkChecksum, needMetadata } from '../format/checksum.js';
import { Crc32 } from '../format/crc32.js';
import { fail } from '../errors.js';
import { PACKED_KEY, readPackedMetadata } from '../format/metadata.js';
import { registerOps } from '../ops/register.js';
import { bytesOf, checkManifest, decodeWeights, type Decoded } from './decode.js';
import { openChosenFiles, openPath } from './files.js';
import { openHttp, type FetchOptions } from './http.js';
import { streamed, throwIfAborted, type Opened } from './opened.js';
import { ByteReader } from './reader.js';
import { hasIntegerOps, raiseTopology, readByIntegerOps } from './topology.js';

/** What {@link packed} loads from. */
export type PackedSource = string | URL | readonly File[] | FileList | io.IOHandler | io.IOHandlerSync;

/** Options of {@link packed}. */
export interface PackedOptions extends FetchOptions {
  /** Called with the part of the weights that has arrived, from 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /**
   * Weights of 8 bits that ops of integers read: `bytes` (default) keeps them as they are, a byte each, in tensors of
   * booleans; `int32` gives tensors of numbers that one can look at, four times as large.
   */
  readonly weights?: 'bytes' | 'int32' | undefined;
}

/** What {@link packed} gives: an IOHandler that loads and does not save. */
export interface PackedHandler {
  readonly load: () => Promise<io.ModelArtifacts>;
}

/**
 * Loads models whose weights are packed, and all others, too:
 *
 *     const model = await tf.loadGraphModel(packed('https://example.com/model/model.json'));
 *
 * Weights are decoded as they arrive and checked against the checksum of the file. Ops of integer graphs are registered
 * where the model has any. What comes out is what stock TensorFlow.js loads: on every backend.
 *
 * @param source URL of a model.json or, with a slash at its end, of the folder that holds it; in Node.js a path of
 *   either, too; files that somebody chose; or another handler, such as `tf.io.browserFiles(…)` or one for
 *   `indexeddb://…`, whose URLs are taken as well.
 * @throws when it loads, a {@link RuntimeError}: `packed/…` for packed weights that are damaged or of a later version,
 *   `io/…` for files that are missing, truncated or something else, `aborted`.
 */
export function packed(source: PackedSource, options: PackedOptions = {}): PackedHandler {
  if (source === undefined || source === null || source === '') {
    fail('argument/invalid', {
      subject: 'packed',
      expected: 'a URL, path, list of files or IOHandler',
      got: `'${source}'`,
    });
  }
  const { weights = 'bytes' } = options;
  if (weights !== 'bytes' && weights !== 'int32') {
    fail('argument/invalid', {
      subject: 'packed: weights',
      expected: "'bytes' or 'int32'",
      got: `'${String(weights)}'`,
    });
  }
  return {
    load: async () => {
      throwIfAborted(options.signal, 'a model');
      return load(await open(source, options), options);
    },
  };
}

function open(source: PackedSource, options: PackedOptions): Promise<Opened> {
  if (source instanceof URL) return openText(source.href, options);
  if (typeof source === 'string') return openText(source, options);
  if ('load' in source || 'save' in source) return openHandler(source, 'artifacts');
  return openChosenFiles(Array.from(source as ArrayLike<File>));
}

function openText(source: string, options: PackedOptions): Promise<Opened> {
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(source) ?? [];
  if (scheme === undefined || scheme === 'file') {
    return isNode() && options.fetchFunc === undefined ? openPath(source) : openHttp(source, options);
  }
  if (/^(https?|blob|data)$/i.test(scheme)) return openHttp(source, options);
  const [handler] = io.getLoadHandlers(source);
  if (handler !== undefined) return openHandler(handler, source);
  return fail('argument/invalid', {
    subject: source,
    expected: 'a URL that TensorFlow.js can load from',
    got: `the scheme ${scheme}`,
  });
}

/** Whether relative locations are paths: in Node.js, and not in a window that has Node.js' modules, too. */
function isNode(): boolean {
  const { process, document } = globalThis as {
    readonly process?: { readonly versions?: { readonly node?: string } };
    readonly document?: unknown;
  };
  return process?.versions?.node !== undefined && document === undefined;
}

async function openHandler(handler: io.IOHandler | io.IOHandlerSync, location: string): Promise<Opened> {
  if (handler.load === undefined) {
    fail('argument/invalid', {
      subject: 'packed',
      expected: 'an IOHandler with load()',
      got: 'one without',
    });
  }
  const { weightSpecs = [], weightData, getWeightStream, ...artifacts } = await handler.load();
  return {
    location,
    artifacts,
    specs: weightSpecs,
    pieces: async function* () {
      if (getWeightStream !== undefined) yield* streamed(getWeightStream());
      else for (const data of [weightData ?? []].flat()) yield new Uint8Array(data);
    },
  };
}

async function load(opened: Opened, options: PackedOptions): Promise<io.ModelArtifacts> {
  const { location, artifacts } = opened;
  const metadata = readPackedMetadata(artifacts.userDefinedMetadata, location);
  const entries = checkManifest(opened.specs, location);
  const coded = entries.find(({ type }) => type !== undefined);
  if (coded !== undefined) needMetadata(metadata, coded.spec.name, location);
  const raised = metadata === undefined ? artifacts : withoutPacking(artifacts, metadata);
  const isRead = coded === undefined ? () => false : readByIntegerOps(artifacts);
  const crc = new Crc32();
  const progress = progressOf(bytesOf(entries), options);
  const reader = new ByteReader(opened.pieces(), location, (piece) => {
    throwIfAborted(options.signal, location);
    if (metadata !== undefined) crc.update(piece);
    progress(piece.length);
  });
  try {
    const decoded = await decodeWeights(entries, reader, metadata, {
      staysBytes: (name) => options.weights !== 'int32' && isRead(name),
    });
    await reader.end();
    if (metadata !== undefined) checkChecksum(metadata, crc, location);
    if (hasIntegerOps(artifacts)) registerOps();
    return { ...raised, weightSpecs: decoded.map(({ spec }) => spec), weightData: buffersOf(decoded) };
  } finally {
    await reader.cancel();
  }
}

/** The artifacts as if the weights had never been packed. */
function withoutPacking(
  artifacts: io.ModelArtifacts,
  metadata: Parameters<typeof raiseTopology>[1],
): io.ModelArtifacts {
  const { [PACKED_KEY]: _, ...rest } = artifacts.userDefinedMetadata ?? {};
  return {
    ...artifacts,
    modelTopology: raiseTopology(artifacts, metadata),
    userDefinedMetadata: rest,
  };
}

function buffersOf(decoded: readonly Decoded[]): ArrayBuffer[] {
  const buffers = decoded.map(({ bytes }) => bytes.buffer).filter(({ byteLength }) => byteLength > 0);
  // TensorFlow.js 4.22 takes all buffers for equally long if all but the last are. An empty one at the end keeps it from
  // that where it is wrong.
  return [...buffers, new ArrayBuffer(0)];
}

function progressOf(total: number, { onProgress }: PackedOptions): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    done += bytes;
    onProgress?.(total === 0 ? 1 : Math.min(1, done / total));
  };
}
