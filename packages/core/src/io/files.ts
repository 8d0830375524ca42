import { isOptimizeError } from '../errors.js';
import type { Model } from '../model.js';
import { fileStore } from './file-store.js';
import { savedFiles } from './save.js';
import { readManifest, readModelJson, type ModelStore } from './store.js';

/** Where the files of a model are: a store and the paths of its weight files. */
export interface Place {
  readonly store: ModelStore;
  readonly paths: readonly string[];
}

/** Models that are as they were loaded; what a pass makes of them is another model. */
const loaded = new WeakMap<Model, Place>();

/** Remembers what files a model was loaded from. */
export function rememberPlace(model: Model, place: Place | undefined): void {
  if (place !== undefined) loaded.set(model, place);
}

/** A file of a model. */
export interface ModelFile {
  readonly bytes: number;
  /** Its contents, in one or more pieces. */
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** The files of a model. */
export interface ModelFiles {
  /** Whether it was loaded from them, or they are those that {@link saveModel} would write. */
  readonly from: 'loaded' | 'saving';
  /** The sum of all. */
  readonly bytes: number;
  /** model.json first. They are read one after the other, each once. */
  readonly files: Iterable<ModelFile> | AsyncIterable<ModelFile>;
}

/**
 * The files that a model was loaded from, where it is as it was loaded and they are on this machine still; otherwise
 * those that `saveModel` would write.
 */
export async function filesOf(model: Model): Promise<ModelFiles> {
  const place = loaded.get(model);
  return (place && (await filesIfThere(place))) ?? filesSaved(model);
}

function filesSaved(model: Model): ModelFiles {
  const files = savedFiles(model);
  return { from: 'saving', bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), files };
}

/**
 * The files of a model on this machine.
 * @param location path or file:// URL of a model.json or of the folder that holds it.
 * @throws `io/…` where they are not there or not those of a model.
 */
export async function filesAt(location: string): Promise<ModelFiles> {
  const store = await fileStore(location);
  const groups = readManifest((await readModelJson(store))['weightsManifest']);
  return filesIn({ store, paths: groups.flatMap((group) => group.paths) });
}

/** Undefined where the files cannot be read any more. */
async function filesIfThere(place: Place): Promise<ModelFiles | undefined> {
  try {
    return await filesIn(place);
  } catch (error) {
    if (isOptimizeError(error)) return undefined;
    throw error;
  }
}

async function filesIn({ store, paths }: Place): Promise<ModelFiles> {
  const json = await store.readJson();
  const shards = await store.openShards(paths);
  const bytes = shards.sizes.reduce((sum, size) => sum + size, json.byteLength);
  const first = { bytes: json.byteLength, pieces: [json] };
  return { from: 'loaded', bytes, files: withShards(first, shards.sizes, shards.read()) };
}

async function* withShards(
  first: ModelFile,
  sizes: readonly number[],
  contents: AsyncIterable<Uint8Array>,
): AsyncGenerator<ModelFile> {
  yield first;
  const pieces = contents[Symbol.asyncIterator]();
  try {
    for (const bytes of sizes) yield { bytes, pieces: take(pieces, bytes) };
  } finally {
    // Nobody asks for what comes after the last piece, and the file would stay open.
    await pieces.return?.();
  }
}

/** Pieces end where files do. */
async function* take(pieces: AsyncIterator<Uint8Array, unknown>, bytes: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < bytes;) {
    const next = await pieces.next();
    if (next.done === true) return;
    done += next.value.byteLength;
    yield next.value;
  }
}
