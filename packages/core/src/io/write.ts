import type * as FileSystem from 'node:fs/promises';
import { builtIn } from '../built-in.js';
import { fail, throwIfAborted } from '../errors.js';
import type { Json } from '../json.js';
import { failFs, systemCode } from './fs-errors.js';
import { finished, unfinished } from './interrupt.js';
import type { Watch } from './store.js';

/** The calls of node:fs/promises that writing needs; tests put failing ones in their place. */
export type WriteFs = Pick<
  typeof FileSystem,
  'lstat' | 'mkdir' | 'mkdtemp' | 'open' | 'readFile' | 'readdir' | 'realpath' | 'rename' | 'rm' | 'rmdir'
>;

/** How a model is written. */
export interface WriteOptions extends Watch {
  /** Replace a folder that holds a model. */
  readonly overwrite?: boolean | undefined;
  /** Greatest size of a weight file in bytes, at least 1. 4 MiB unless told. */
  readonly shardBytes?: number | undefined;
}

/** A file that was written, by its path below the model's folder. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

/** A model as it is to stand on disk. */
export interface ModelToWrite {
  /** model.json without its manifest. */
  readonly json: object;
  readonly specs: readonly unknown[];
  /** Bytes of the weights, in the order of the specs. */
  readonly parts: readonly Uint8Array[];
}

const DEFAULT_SHARD_BYTES = 4 * 1024 * 1024;
/** Size of the one buffer through which weights go to disk. */
const STAGE_BYTES = 4 * 1024 * 1024;

/**
 * Writes `model.json` and `group1-shardKofN.bin` into a new folder. Everything is first written into a
 * hidden folder beside it (`.name.tmp-…`), flushed to disk and then given its name in one step: under
 * the final name there is never a half model. On failure, and when the signal fires, nothing is left.
 */
export async function writeModel(
  folder: string,
  model: ModelToWrite,
  options: WriteOptions,
  fs: WriteFs,
): Promise<WrittenFile[]> {
  const shardBytes = checkShardBytes(options.shardBytes ?? DEFAULT_SHARD_BYTES);
  const paths = await builtIn('path');
  const target = await resolveTarget(folder, fs);
  await checkTarget(target, options.overwrite ?? false, fs);
  const parent = paths.dirname(target);
  let madeParent: string | undefined;
  let temp: string | undefined;
  try {
    madeParent = await makeFolders(parent, fs);
    // Not mkdtemp: its folders are for the owner's eyes only, and this one becomes the model's.
    const unique = paths.join(parent, `.${paths.basename(target)}.tmp-${globalThis.crypto.randomUUID()}`);
    await fs.mkdir(unique);
    temp = unique;
    unfinished(temp);
    const files = await writeFiles(temp, model, shardBytes, options, fs);
    throwIfAborted(options.signal, `saving ${folder}`);
    await moveInto(temp, target, fs);
    finished(temp);
    return files;
  } catch (error) {
    if (temp !== undefined) {
      await fs.rm(temp, { recursive: true, force: true }).catch(() => undefined);
      finished(temp);
    }
    if (madeParent !== undefined) await removeEmpty(parent, madeParent, fs);
    return failFs(error, folder, 'to be written');
  }
}

/** Looks whether a folder could be written, by making one beside it and removing that at once. */
export async function checkPlace(folder: string, overwrite: boolean, fs: WriteFs): Promise<void> {
  const paths = await builtIn('path');
  const target = await resolveTarget(folder, fs);
  await checkTarget(target, overwrite, fs);
  const parent = paths.dirname(target);
  let madeParent: string | undefined;
  try {
    madeParent = await makeFolders(parent, fs);
    const trial = paths.join(parent, `.${paths.basename(target)}.tmp-${globalThis.crypto.randomUUID()}`);
    await fs.mkdir(trial);
    await fs.rmdir(trial);
  } catch (cause) {
    fail('io/permission', {
      subject: folder,
      expected: 'a place where a folder can be made',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  } finally {
    if (madeParent !== undefined) await removeEmpty(parent, madeParent, fs);
  }
}

/**
 * Makes a folder and those above it that are missing, one by one: Node's recursive mkdir tries forever
 * where the system refuses a folder as missing (`/proc/x`). On failure none of them is left.
 * @returns the topmost folder that was made.
 */
async function makeFolders(folder: string, fs: WriteFs): Promise<string | undefined> {
  const paths = await builtIn('path');
  const missing: string[] = [];
  for (let at = folder; !(await exists(at, fs)) && at !== paths.dirname(at); at = paths.dirname(at)) {
    missing.unshift(at);
  }
  const [top] = missing;
  for (const [index, each] of missing.entries()) {
    try {
      await fs.mkdir(each);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue;
      if (top !== undefined && index > 0) await removeEmpty(paths.dirname(each), top, fs);
      throw error;
    }
  }
  return top;
}

async function exists(file: string, fs: WriteFs): Promise<boolean> {
  try {
    await fs.lstat(file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function checkShardBytes(bytes: number): number {
  if (Number.isInteger(bytes) && bytes >= 1) return bytes;
  return fail('argument/invalid', {
    subject: 'shardBytes',
    expected: 'an integer from 1 up',
    got: String(bytes),
  });
}

/** Where a link leads, so that the folder behind it is replaced and not the link. */
async function resolveTarget(folder: string, fs: WriteFs): Promise<string> {
  const paths = await builtIn('path');
  const absolute = paths.resolve(folder);
  try {
    return await fs.realpath(absolute);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return absolute;
    return failFs(error, folder, 'to be written');
  }
}

async function checkTarget(target: string, overwrite: boolean, fs: WriteFs): Promise<void> {
  const stat = await fs.lstat(target).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    return failFs(error, target, 'to be written');
  });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    fail('io/exists', { subject: target, expected: 'a folder that does not exist yet', got: 'a file' });
  }
  if (!overwrite) {
    fail('io/exists', {
      subject: target,
      expected: 'a folder that does not exist yet',
      got: 'one that does',
      advice: 'Choose another name, or save with {overwrite: true}',
    });
  }
  const foreign = await foreignFiles(target, fs);
  if (foreign.length > 0) {
    fail('io/exists', {
      subject: target,
      expected: 'a folder that holds a model and nothing else',
      got: `${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}`,
      advice: 'Remove what is still needed from it, or choose another name: overwriting would delete it',
    });
  }
}

/** What is in a folder beside a model.json, its weight files and ones named as this writer names them. */
async function foreignFiles(folder: string, fs: WriteFs): Promise<string[]> {
  const names = await fs
    .readdir(folder)
    .catch((error: unknown): string[] => failFs(error, folder, 'to be read'));
  const own = new Set(['model.json', ...(names.includes('model.json') ? await shardsOf(folder, fs) : [])]);
  return names.filter((name) => !own.has(name) && !/^group\d+-shard\d+of\d+(\.bin)?$/.test(name));
}

async function shardsOf(folder: string, fs: WriteFs): Promise<string[]> {
  const paths = await builtIn('path');
  try {
    const json = JSON.parse(await fs.readFile(paths.join(folder, 'model.json'), 'utf8')) as {
      readonly weightsManifest?: readonly { readonly paths?: readonly string[] }[];
    } | null;
    return (json?.weightsManifest ?? []).flatMap((group) => group.paths ?? []);
  } catch {
    return [];
  }
}

/** Bytes of all files that {@link writeModel} makes of a model. */
export function writtenBytes(model: ModelToWrite, shardBytes: number = DEFAULT_SHARD_BYTES): number {
  const { text, total } = plan(model, shardBytes);
  return text.byteLength + total;
}

/** A file as it would be written. */
export interface FileToWrite extends WrittenFile {
  /** Its bytes, one after the other: views of memory that must not be written to. */
  readonly pieces: readonly Uint8Array[];
}

/** The files that {@link writeModel} makes of a model, model.json first. */
export function filesToWrite(model: ModelToWrite, shardBytes: number = DEFAULT_SHARD_BYTES): FileToWrite[] {
  const { names, text, total } = plan(model, shardBytes);
  const weights = names.map((path, index): FileToWrite => {
    const start = index * shardBytes;
    const end = Math.min(total, start + shardBytes);
    return { path, bytes: end - start, pieces: section(model.parts, start, end) };
  });
  return [{ path: 'model.json', bytes: text.byteLength, pieces: [text] }, ...weights];
}

/** The bytes from `start` to `end` of all parts one after the other, as views on them. */
function section(parts: readonly Uint8Array[], start: number, end: number): Uint8Array[] {
  const views: Uint8Array[] = [];
  let at = 0;
  for (const part of parts) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, part.byteLength);
    if (from < to) views.push(part.subarray(from, to));
    at += part.byteLength;
  }
  return views;
}

/** Names of the weight files, model.json as bytes, and the bytes of all weights. */
function plan(
  model: ModelToWrite,
  shardBytes: number,
): { readonly names: readonly string[]; readonly text: Uint8Array; readonly total: number } {
  const total = model.parts.reduce((sum, part) => sum + part.byteLength, 0);
  const count = Math.ceil(total / shardBytes);
  const names = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const manifest = [{ paths: names, weights: model.specs as Json }];
  const text = new TextEncoder().encode(JSON.stringify({ ...model.json, weightsManifest: manifest }));
  return { names, text, total };
}

async function writeFiles(
  folder: string,
  model: ModelToWrite,
  shardBytes: number,
  watch: Watch,
  fs: WriteFs,
): Promise<WrittenFile[]> {
  const { names, text, total } = plan(model, shardBytes);
  const files: WrittenFile[] = [];
  const bytes = cut(model.parts, shardBytes, Math.min(shardBytes, STAGE_BYTES));
  for (const [index, name] of names.entries()) {
    const size = Math.min(shardBytes, total - index * shardBytes);
    await writeFile(folder, name, upTo(bytes, size), watch, fs);
    files.push({ path: name, bytes: size });
    watch.progress?.({ task: 'write weights', done: index * shardBytes + size, total });
  }
  await writeFile(folder, 'model.json', [text], watch, fs);
  return [{ path: 'model.json', bytes: text.byteLength }, ...files];
}

/**
 * The bytes of all parts in pieces that never cross a multiple of `border`. A piece lies in memory
 * that the next one overwrites.
 */
function* cut(parts: readonly Uint8Array[], border: number, stageBytes: number): Generator<Uint8Array, void> {
  const stage = new Uint8Array(stageBytes);
  let filled = 0;
  let toBorder = border;
  for (const part of parts) {
    for (let at = 0; at < part.byteLength;) {
      const taken = Math.min(part.byteLength - at, stageBytes - filled, toBorder);
      stage.set(part.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      toBorder -= taken;
      if (filled < stageBytes && toBorder > 0) continue;
      yield stage.subarray(0, filled);
      filled = 0;
      if (toBorder === 0) toBorder = border;
    }
  }
  if (filled > 0) yield stage.subarray(0, filled);
}

/** Pieces of a sequence up to a number of bytes; the rest stays in the sequence. */
function* upTo(pieces: Iterator<Uint8Array, void>, bytes: number): Generator<Uint8Array, void> {
  for (let left = bytes; left > 0;) {
    const { value } = pieces.next();
    if (value === undefined) return;
    left -= value.byteLength;
    yield value;
  }
}

async function writeFile(
  folder: string,
  name: string,
  pieces: Iterable<Uint8Array>,
  watch: Watch,
  fs: WriteFs,
): Promise<void> {
  const paths = await builtIn('path');
  const handle = await fs.open(paths.join(folder, name), 'wx');
  try {
    for (const piece of pieces) {
      throwIfAborted(watch.signal, `writing ${name}`);
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives the finished folder its name; an old one steps aside first and is removed last. */
async function moveInto(temp: string, target: string, fs: WriteFs): Promise<void> {
  const paths = await builtIn('path');
  const exists = await fs.lstat(target).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await fs.rename(temp, target);
    return;
  }
  const old = await fs.mkdtemp(paths.join(paths.dirname(target), `.${paths.basename(target)}.old-`));
  const aside = paths.join(old, 'model');
  try {
    await fs.rename(target, aside);
    try {
      await fs.rename(temp, target);
    } catch (error) {
      await fs.rename(aside, target);
      throw error;
    }
  } catch (error) {
    await fs.rmdir(old).catch(() => undefined);
    throw error;
  }
  await fs.rm(old, { recursive: true, force: true });
}

/** Removes folders from `from` up to `made` as far as they are empty. */
async function removeEmpty(from: string, made: string, fs: WriteFs): Promise<void> {
  const paths = await builtIn('path');
  for (let folder = from; folder.length >= made.length; folder = paths.dirname(folder)) {
    const removed = await fs.rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}
