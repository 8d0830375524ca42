import { checkOptions, fail, isOptimizeError, throwIfAborted } from '@tfjs-optimize/core';
import { isNode } from '@tfjs-optimize/core/plain';
import { readFrom } from '../download/kept.js';
import { loadShards } from '../download/load-weights.js';
import { DOWNLOAD_KINDS, type DownloadOptions } from '../download/options.js';
import { readAndClose, readSafetensors } from '../safetensors/open.js';
import { parseIndex } from '../safetensors/shard-index.js';
import { openShards } from '../safetensors/shards.js';
import type { StateDict } from '../state-dict.js';
import { fileIn, readText } from '../text-file.js';

/** How the files of a folder are fetched, each with a checksum of its own. */
export interface FilesOptions extends Omit<DownloadOptions, 'sha256'> {
  /** SHA-256 that files must have, by their names: `{ 'model.safetensors': '53aa…' }`. */
  readonly sha256?: Readonly<Record<string, string>>;
}

const isUrl = (place: string): boolean => /^https?:\/\//i.test(place);

/** The files of a folder, or of a URL that is one: in Node from the cache, into which they are fetched. */
export class Files {
  private notKept: unknown;

  constructor(
    private readonly place: string,
    private readonly options: FilesOptions,
  ) {}

  /** Path or URL of a file. */
  at(name: string): string {
    return fileIn(this.place, name);
  }

  /** What `parse` makes of the text of a file; undefined where there is no such file. */
  read<T>(name: string, parse: (text: string) => T): Promise<T | undefined> {
    return this.orNone(() =>
      this.from(name, async (file) => {
        const text = await readText(file, this.options);
        return text === undefined ? undefined : parse(text);
      }),
    );
  }

  /** All tensors of a safetensors file; undefined where there is none. */
  weights(name: string): Promise<StateDict | undefined> {
    return this.orNone(() => this.from(name, (file) => readSafetensors(file, this.options)));
  }

  /** All tensors of the files of an index; undefined where there is no index. */
  async shards(name: string): Promise<StateDict | undefined> {
    const location = this.at(name);
    const index = await this.read(name, (text) => parseIndex(text, location));
    if (index === undefined) return undefined;
    if (isNode && isUrl(this.place)) {
      return loadShards(location, this.optionsOf(name), (file) => this.optionsOf(file));
    }
    for (const file of index.shards.keys()) await this.from(file, () => Promise.resolve());
    return readAndClose(await openShards(index, this.options), this.options);
  }

  /** Throws that a file was to be in the cache, if one that was asked for was not and may not be fetched. */
  throwIfNotKept(): void {
    if (this.notKept !== undefined) throw this.notKept as Error;
  }

  private from<T>(name: string, read: (file: string) => Promise<T>): Promise<T> {
    const location = this.at(name);
    const options = this.optionsOf(name);
    return isNode || !isUrl(location) ? readFrom(location, options, read) : read(location);
  }

  private optionsOf(name: string): DownloadOptions {
    const { sha256, ...rest } = this.options;
    const sum = sha256 !== undefined && Object.hasOwn(sha256, name) ? sha256[name] : undefined;
    return sum === undefined ? rest : { ...rest, sha256: sum };
  }

  private async orNone<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isOptimizeError(error) && error.code === 'models/offline') this.notKept ??= error;
      else if (!isOptimizeError(error) || error.code !== 'io/not-found') throw error;
      return undefined;
    }
  }
}

/**
 * What `find` finds among the files of a place. Of a URL the cache is looked at first, by itself: a server need not be asked
 * again for files that it does not have.
 */
export async function findAmong<T>(
  place: string,
  options: FilesOptions,
  find: (files: Files) => Promise<T | undefined>,
): Promise<T | undefined> {
  throwIfAborted(options.signal, `loading ${place}`);
  if (isNode && isUrl(place) && options.offline !== true) {
    const found = await find(new Files(place, { ...options, offline: true })).catch((error: unknown) => {
      throwIfAborted(options.signal, `loading ${place}`);
      // What is wrong with it is told below, where it may be fetched again.
      if (isOptimizeError(error)) return undefined;
      throw error;
    });
    if (found !== undefined) return found;
  }
  const files = new Files(place, options);
  const found = await find(files);
  if (found === undefined) files.throwIfNotKept();
  return found;
}

/** @throws `argument/invalid` for checksums that are none, or that nothing here can compare. */
export function checkSums(sha256: FilesOptions['sha256']): void {
  if (sha256 === undefined) return;
  for (const [name, sum] of Object.entries(sha256)) {
    checkOptions<Record<string, string>>({ [name]: sum }, { [name]: DOWNLOAD_KINDS.sha256 });
  }
  if (isNode) return;
  fail('argument/invalid', {
    subject: 'sha256',
    expected: 'none in a browser',
    got: 'some',
    advice: 'Browsers keep files by themselves: compare checksums in Node.js',
  });
}
