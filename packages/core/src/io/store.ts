import { fail, throwIfAborted } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import type { Json, JsonObject } from '../json.js';
import type { Progress } from '../pass.js';
import { Weights } from '../weights.js';
import type { Place } from './files.js';
import { Assembler, bytesNeeded } from './assemble.js';
import { checkSpecs, type WeightSpec } from './manifest.js';
import { PackedCheck } from './packed.js';
import { parseJson, plainJson } from './safe-json.js';

/** A place that holds a model.json and its weight files. */
export interface ModelStore {
  /** Path or URL of the model.json, for people. */
  readonly location: string;
  /** Whether its files can be read again at little cost. */
  readonly isLocal?: boolean;
  /** Bytes of the model.json. */
  readJson(): Promise<Uint8Array>;
  /** Gets ready to read weight files, given their paths in the manifest. */
  openShards(paths: readonly string[]): Promise<Shards>;
}

/** Weight files that are known to be there. */
export interface Shards {
  /** Bytes of each file. */
  readonly sizes: readonly number[];
  /** Contents in order; a large file may come in several pieces. */
  read(): AsyncIterable<Uint8Array>;
}

/** How long work reports and is stopped. */
export interface Watch {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((event: Progress) => void) | undefined;
}

/** A model.json with its weights, of whichever format. */
export interface StoredModel {
  readonly json: JsonObject;
  readonly specs: readonly WeightSpec[];
  readonly weights: Weights;
  readonly location?: string;
  /** Its files, where they are on this machine. */
  readonly place?: Place;
}

interface Group {
  readonly paths: readonly string[];
  readonly specs: readonly WeightSpec[];
}

/** Reads and checks a model.json and its weights. Weights are views on the files' contents. */
export async function readStore(store: ModelStore, watch: Watch = {}): Promise<StoredModel> {
  const json = await readModelJson(store);
  const groups = readManifest(json['weightsManifest']);
  const specs = groups.flatMap((group) => group.specs);
  const paths = groups.flatMap((group) => group.paths);
  const packed = new PackedCheck(json, specs, store.location);
  const shards = await store.openShards(paths);
  checkSizes(groups, shards.sizes, store.location);
  const total = shards.sizes.reduce((a, b) => a + b, 0);
  const assembler = new Assembler(specs, `weight files of ${store.location}`);
  let done = 0;
  for await (const piece of shards.read()) {
    throwIfAborted(watch.signal, `reading ${store.location}`);
    packed.add(piece);
    assembler.add(piece);
    done += piece.byteLength;
    watch.progress?.({ task: 'read weights', done, total });
  }
  const weights = new Weights(assembler.finish());
  packed.finish();
  const place = store.isLocal === true ? { place: { store, paths } } : {};
  return { json, specs, weights, location: store.location, ...place };
}

/** Reads and checks a model.json alone. */
export async function readModelJson(store: ModelStore): Promise<JsonObject> {
  const bytes = await store.readJson();
  const json = plainJson(parseJson(bytes, store.location), store.location);
  if (!isJsonObject(json) || json['modelTopology'] === undefined) {
    fail('io/format', {
      subject: store.location,
      expected: 'a model.json with a modelTopology',
      got: isJsonObject(json)
        ? `the keys ${Object.keys(json).slice(0, 8).join(', ') || '(none)'}`
        : 'other JSON',
    });
  }
  return json;
}

/** The groups of weight files that a model.json lists. */
export function readManifest(manifest: Json | undefined): Group[] {
  if (manifest === undefined || manifest === null) return [];
  if (!Array.isArray(manifest)) {
    fail('io/manifest', { subject: 'weightsManifest', expected: 'a list of groups', got: typeof manifest });
  }
  const groups = (manifest as readonly Json[]).map((group, index) => {
    const { paths, weights } = isJsonObject(group) ? group : {};
    const subject = `group ${index + 1} of the weightsManifest`;
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
      fail('io/manifest', {
        subject,
        expected: 'a list of paths',
        got: JSON.stringify(paths ?? null).slice(0, 80),
      });
    }
    return { paths: paths, weights: weights ?? [] };
  });
  // All at once, so that a name in two groups is found.
  const specs = checkSpecs(groups.flatMap(({ weights }) => weights as Json));
  let from = 0;
  return groups.map(({ paths, weights }) => {
    const count = Array.isArray(weights) ? weights.length : 1;
    from += count;
    return { paths, specs: specs.slice(from - count, from) };
  });
}

/**
 * Compares bytes that are there with bytes that are needed before any are read. TensorFlow.js does
 * not mind the borders of groups, so only the sum must be right; the error names the group that is not.
 */
function checkSizes(groups: readonly Group[], sizes: readonly number[], location: string): void {
  const all = bytesNeeded(groups.flatMap((group) => group.specs));
  const total = sizes.reduce((a, b) => a + b, 0);
  if (all.exact ? all.least === total : all.least <= total) return;
  let from = 0;
  for (const group of groups) {
    const own = sizes.slice(from, from + group.paths.length);
    from += group.paths.length;
    const needed = bytesNeeded(group.specs);
    const got = own.reduce((a, b) => a + b, 0);
    if (needed.exact ? needed.least === got : needed.least <= got) continue;
    failSize(filesOf(group.paths, location), needed, got);
  }
  failSize(`weight files of ${location}`, all, total);
}

function failSize(subject: string, needed: ReturnType<typeof bytesNeeded>, got: number): never {
  return fail('io/shard', {
    subject,
    expected: `${needed.exact ? '' : 'at least '}${needed.least} bytes, as the manifest says`,
    got: `${got}`,
    advice:
      got < needed.least
        ? 'The files are truncated: fetch them again'
        : 'The files are too long: they are of another model, or the manifest lacks weights',
  });
}

function filesOf(paths: readonly string[], location: string): string {
  if (paths.length === 1) return `weight file '${paths[0]}' of ${location}`;
  return `weight files '${paths[0] ?? ''}' to '${paths.at(-1) ?? ''}' (${paths.length}) of ${location}`;
}

/** Refuses paths of weight files that lead out of the model's folder. */
export function checkShardPath(path: string, location: string): void {
  const segments = path.split(/[\\/]/);
  const leaves =
    path === '' ||
    path.includes('\0') ||
    /^([\\/]|[A-Za-z][A-Za-z0-9+.-]*:)/.test(path) ||
    segments.includes('..');
  if (!leaves) return;
  fail('io/unsafe', {
    subject: `weightsManifest of ${location}`,
    expected: 'paths of weight files below the model.json',
    got: JSON.stringify(path.slice(0, 120)),
  });
}
