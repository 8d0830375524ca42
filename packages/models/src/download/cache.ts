import { builtIn } from '@tfjs-optimize/core';
import { failFile } from '../safetensors/source.js';

/** Where a downloaded file stands, and where its parts do until it is whole. */
export interface CachePlace {
  readonly file: string;
  readonly partsFolder: string;
  /** What the names of its parts begin with. */
  readonly key: string;
}

/**
 * The folder in which downloaded files are kept unless another is given: `tfjs-optimize` in `XDG_CACHE_HOME`, on Windows
 * in `LOCALAPPDATA`, else in `.cache` of the user's folder.
 */
export async function cacheFolder(): Promise<string> {
  const [os, path] = [await builtIn('os'), await builtIn('path')];
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const base = XDG_CACHE_HOME ?? (process.platform === 'win32' ? LOCALAPPDATA : undefined);
  return path.join(
    base === undefined || base === '' ? path.join(os.homedir(), '.cache') : base,
    'tfjs-optimize',
  );
}

/** Letters of a file's name that are kept. */
const NAME_LENGTH = 100;

/** The place of a URL; the fragment does not count. */
export async function placeOf(url: URL, folder: string | undefined): Promise<CachePlace> {
  const [crypto, path] = [await builtIn('crypto'), await builtIn('path')];
  const address = url.href.replace(/#.*$/s, '');
  const key = crypto.createHash('sha256').update(address).digest('hex').slice(0, 24);
  const last = url.pathname.split('/').at(-1) ?? '';
  const name = last.replace(/[^\w.-]/g, '_').slice(-NAME_LENGTH) || 'file';
  const root = folder ?? (await cacheFolder());
  return { file: path.join(root, `${key}-${name}`), partsFolder: path.join(root, 'parts'), key };
}

/** The SHA-256 of a file, in small letters; undefined where there is none. */
export async function sha256Of(file: string): Promise<string | undefined> {
  const [crypto, fs] = [await builtIn('crypto'), await builtIn('fs')];
  const hash = crypto.createHash('sha256');
  try {
    for await (const piece of fs.createReadStream(file, { highWaterMark: 2 ** 20 }))
      hash.update(piece as Buffer);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    failFile(error, file, 'to be read');
  }
  return hash.digest('hex');
}

/** Whether there is a file of that name. */
export async function isFile(file: string): Promise<boolean> {
  const fs = await builtIn('fs/promises');
  return fs.stat(file).then(
    (stat) => stat.isFile(),
    () => false,
  );
}
