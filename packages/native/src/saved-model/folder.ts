import { builtIn, fail, isOptimizeError, throwIfAborted, type Progress } from '@tfjs-optimize/core';

/** A file as it is to be written, below the folder. */
export interface FileToWrite {
  /** With `/` between folders. */
  readonly path: string;
  readonly pieces: Iterable<Uint8Array>;
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

interface Watch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: Progress) => void) | undefined;
}

/**
 * Refuses a folder that is there and not empty.
 * @throws `native/exists`
 */
export async function checkFolder(folder: string): Promise<void> {
  const fs = await builtIn('fs/promises');
  if (typeof folder !== 'string' || folder.trim() === '') {
    fail('argument/invalid', {
      subject: 'folder',
      expected: 'the name of a folder',
      got: JSON.stringify(folder),
    });
  }
  let names: readonly string[];
  try {
    names = await fs.readdir(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return;
    if (code === 'ENOTDIR') {
      fail('native/exists', { subject: folder, expected: 'a folder that does not exist yet', got: 'a file' });
    }
    return refuse(folder, error);
  }
  if (names.length > 0) {
    fail('native/exists', {
      subject: folder,
      expected: 'a folder that does not exist yet, or is empty',
      got: `one that holds ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`,
      advice: 'Choose another name, or remove the folder first',
    });
  }
}

/**
 * Writes files into a new folder. All are first written into a hidden folder beside it (`.name.tmp-…`), flushed to
 * disk, and then given its name in one step: under the final name there is never half a model. On failure, and when
 * the signal fires, nothing is left of them.
 */
export async function writeFolder(
  folder: string,
  files: readonly FileToWrite[],
  watch: Watch,
): Promise<readonly WrittenFile[]> {
  await checkFolder(folder);
  const fs = await builtIn('fs/promises');
  const paths = await builtIn('path');
  const target = paths.resolve(folder);
  const parent = paths.dirname(target);
  const temp = paths.join(parent, `.${paths.basename(target)}.tmp-${globalThis.crypto.randomUUID()}`);
  let madeFrom: string | undefined;
  try {
    madeFrom = await fs.mkdir(parent, { recursive: true });
    await fs.mkdir(temp);
    const written: WrittenFile[] = [];
    for (const [index, file] of files.entries()) {
      const path = paths.join(temp, ...file.path.split('/'));
      await fs.mkdir(paths.dirname(path), { recursive: true });
      written.push({ path: file.path, bytes: await writeFile(path, file, watch) });
      watch.onProgress?.({ task: `write ${file.path}`, done: index + 1, total: files.length });
    }
    throwIfAborted(watch.signal, `saving ${folder}`);
    // An empty folder steps aside; one that was filled meanwhile stays, and the renaming fails.
    await fs.rmdir(target).catch(() => undefined);
    await fs.rename(temp, target);
    return written;
  } catch (error) {
    await fs.rm(temp, { recursive: true, force: true }).catch(() => undefined);
    if (madeFrom !== undefined) await removeEmpty(parent, madeFrom);
    return refuse(folder, error);
  }
}

/** Removes folders from `from` up to `top` as far as they are empty. */
async function removeEmpty(from: string, top: string): Promise<void> {
  const fs = await builtIn('fs/promises');
  const paths = await builtIn('path');
  for (let at = from; at.length >= top.length; at = paths.dirname(at)) {
    const isRemoved = await fs.rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isRemoved) return;
  }
}

async function writeFile(path: string, file: FileToWrite, watch: Watch): Promise<number> {
  const fs = await builtIn('fs/promises');
  const handle = await fs.open(path, 'wx');
  let bytes = 0;
  try {
    for (const piece of file.pieces) {
      throwIfAborted(watch.signal, `writing ${file.path}`);
      await handle.writeFile(piece);
      bytes += piece.byteLength;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes;
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const CODES = {
  EEXIST: 'native/exists',
  ENOTEMPTY: 'native/exists',
  ENOSPC: 'io/disk-full',
  EDQUOT: 'io/disk-full',
  EFBIG: 'io/disk-full',
  ENOENT: 'io/not-found',
  ENOTDIR: 'io/not-found',
} as const;

function refuse(folder: string, error: unknown): never {
  if (isOptimizeError(error)) throw error;
  const code = systemCode(error) ?? '';
  return fail(code in CODES ? CODES[code as keyof typeof CODES] : 'io/permission', {
    subject: folder,
    expected: 'to be written',
    got: error instanceof Error ? error.message : String(error),
    advice: 'Nothing was left behind; choose another folder',
    cause: error,
  });
}
