import { builtIn, fail } from '@tfjs-optimize/core';
import type { FileHandle } from 'node:fs/promises';
import { failFile } from '../safetensors/source.js';
import type { CachePlace } from './cache.js';

/** Whose a part is that nobody is working on. */
const NOBODY = 'nobody';

/** A part that did not grow for so long is given up, wherever its owner may be. */
const GIVEN_UP_MS = 10 * 60_000;

/** Tells this copy of the module from others in the same process. */
const OWN = globalThis.crypto.randomUUID().slice(0, 8);

/** Longer tags are not kept: names of files end at 255 letters. */
const TAG_LENGTH = 120;

/**
 * The bytes of a file that have come so far. Its name tells whose it is and of which version of the file:
 * `key.owner.tag.part`. To work on a part is to rename it to oneself, which only one can; a part whose process is gone is
 * anybody's.
 */
export class Part {
  private constructor(
    private readonly place: CachePlace,
    private path: string,
    private handle: FileHandle,
    private bytes: number,
    private version: string,
  ) {}

  /** What others left behind, or an empty part. */
  static async claim(place: CachePlace): Promise<Part> {
    const [fs, path] = [await builtIn('fs/promises'), await builtIn('path')];
    await fs.mkdir(place.partsFolder, { recursive: true }).catch((error: unknown) => {
      refuseCache(error, path.dirname(place.partsFolder));
    });
    try {
      for (const [name, tag] of await leftOf(place)) {
        const to = path.join(place.partsFolder, await nameOf(place, tag));
        const isOurs = await fs.rename(path.join(place.partsFolder, name), to).then(
          () => true,
          () => false, // another was faster
        );
        if (!isOurs) continue;
        const handle = await fs.open(to, 'r+');
        return new Part(place, to, handle, (await handle.stat()).size, decoded(tag));
      }
      const fresh = path.join(place.partsFolder, await nameOf(place, ''));
      return new Part(place, fresh, await fs.open(fresh, 'wx+'), 0, '');
    } catch (error) {
      return failFile(error, place.partsFolder, 'to be written');
    }
  }

  get size(): number {
    return this.bytes;
  }
  get file(): string {
    return this.path;
  }
  /** The server's tag of this version of the file (a strong ETag), or ''. */
  get tag(): string {
    return this.version;
  }

  /** Begins anew, with another version of the file. */
  async restart(tag: string): Promise<void> {
    const [fs, path] = [await builtIn('fs/promises'), await builtIn('path')];
    const kept = encoded(tag).length <= TAG_LENGTH ? tag : '';
    const next = path.join(this.place.partsFolder, await nameOf(this.place, encoded(kept)));
    await this.guarded(async () => {
      await this.handle.truncate(0);
      if (next !== this.path) await fs.rename(this.path, next);
    });
    [this.bytes, this.version, this.path] = [0, kept, next];
  }

  async append(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length;) {
      const at = this.bytes;
      const { bytesWritten } = await this.guarded(() =>
        this.handle.write(piece, done, piece.length - done, at),
      );
      done += bytesWritten;
      this.bytes += bytesWritten;
    }
  }

  /** Gives the file its name in the cache, in one step. */
  async finish(): Promise<void> {
    const [fs, path] = [await builtIn('fs/promises'), await builtIn('path')];
    await this.guarded(async () => {
      await this.handle.sync();
      await this.handle.close();
      await fs.rename(this.path, this.place.file);
    });
    for (const [name] of await leftOf(this.place))
      await fs.rm(path.join(this.place.partsFolder, name), { force: true });
    await fs.rmdir(this.place.partsFolder).catch(() => undefined); // others may have parts there
  }

  /** Leaves the bytes for a later try, or removes them where nobody could go on from them. */
  async leave(isUseful: boolean): Promise<void> {
    const [fs, path] = [await builtIn('fs/promises'), await builtIn('path')];
    await this.handle.close().catch(() => undefined);
    if (isUseful && this.bytes > 0) {
      const free = path.join(this.place.partsFolder, await nameOf(this.place, encoded(this.version), NOBODY));
      await fs.rename(this.path, free).catch(() => undefined);
      return;
    }
    await fs.rm(this.path, { force: true });
    await fs.rmdir(this.place.partsFolder).catch(() => undefined); // others may have parts there
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      return failFile(error, this.place.file, 'to be written');
    }
  }
}

/** Throws that the folder of the cache, or one above it, is a file or may not be written. */
function refuseCache(error: unknown, folder: string): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOTDIR' && code !== 'EEXIST') failFile(error, folder, 'a folder for the cache');
  return fail('io/permission', {
    subject: folder,
    expected: 'a folder for the cache',
    got: 'a file there, or above it',
    advice: 'Give another folder as cache',
    cause: error,
  });
}

async function nameOf({ key }: CachePlace, tag: string, owner?: string): Promise<string> {
  return `${key}.${owner ?? `${await hostName()}-${process.pid}-${OWN}`}.${tag}.part`;
}

/** The name of this machine, in letters that separate nothing. */
async function hostName(): Promise<string> {
  return (await builtIn('os')).hostname().replace(/\W/g, '_').slice(0, 40);
}

/** Parts of a file that nobody is working on, with their tags. */
async function leftOf({ partsFolder, key }: CachePlace): Promise<(readonly [name: string, tag: string])[]> {
  const [fs, path] = [await builtIn('fs/promises'), await builtIn('path')];
  const left: (readonly [string, string])[] = [];
  for (const name of await fs.readdir(partsFolder)) {
    const [of, owner = '', tag = '', end] = name.split('.');
    if (of !== key || end !== 'part') continue;
    const stat = await fs.stat(path.join(partsFolder, name)).catch(() => undefined);
    if (stat === undefined) continue;
    const [host, pid] = owner.split('-');
    const isGone = owner === NOBODY || (host === (await hostName()) && !isAlive(Number(pid)));
    if (isGone || Date.now() - stat.mtimeMs > GIVEN_UP_MS) left.push([name, tag]);
  }
  return left;
}

function encoded(tag: string): string {
  return Buffer.from(tag, 'latin1').toString('base64url');
}

function decoded(tag: string): string {
  return Buffer.from(tag, 'base64url').toString('latin1');
}

/** Whether a process is there; one of another user is, too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
