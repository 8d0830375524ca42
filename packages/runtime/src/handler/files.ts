import type * as FileSystem from 'node:fs/promises';
import type * as NodeUrl from 'node:url';
import { fail } from '../errors.js';
import { inOrder, parseModelJson, streamed, type Opened } from './opened.js';

/** Files read at a time: one is decoded while the next is read. */
const AT_A_TIME = 2;

/**
 * A model of files that somebody chose in a browser (`<input type="file" multiple>`, a drop): one `.json` file and the
 * weight files that it names.
 */
export async function openChosenFiles(files: readonly File[]): Promise<Opened> {
  const model = files.find(({ name }) => name.endsWith('.json'));
  if (model === undefined) {
    return failFile('io/not-found', 'files', 'a model.json among them', undefined);
  }
  const { paths, ...rest } = parseModelJson(await model.text(), model.name);
  const shards = paths.map((path) => {
    const name = path.split('/').at(-1);
    return files.find((file) => file.name === name) ?? failShard(path, model.name);
  });
  return {
    ...rest,
    location: model.name,
    pieces: async function* () {
      for (const shard of shards) yield* streamed(shard.stream());
    },
  };
}

/**
 * A model on this machine's disk, in Node.js.
 * @param location path or file:// URL of a model.json or of the folder that holds it.
 */
export async function openPath(location: string): Promise<Opened> {
  const fs = await builtIn<typeof FileSystem>('fs/promises');
  const given = location.startsWith('file:')
    ? (await builtIn<typeof NodeUrl>('url')).fileURLToPath(location)
    : location;
  const missing = (cause: unknown): never =>
    failFile('io/not-found', given, 'a model.json or its folder', cause);
  const isFolder = (await fs.stat(given).catch(missing)).isDirectory();
  const file = isFolder ? `${given}/model.json` : given;
  const { paths, ...rest } = parseModelJson(await fs.readFile(file, 'utf8').catch(missing), file);
  const folder = file.replace(/[^\\/]*$/, '');
  const read = (shard: string): Promise<Uint8Array> =>
    fs.readFile(folder + shard).catch((cause: unknown) => failShard(shard, file, cause));
  return { ...rest, location: file, pieces: () => inOrder(paths, AT_A_TIME, read) };
}

/** The name is put together only when it is called for: bundlers for browsers refuse names that begin with `node:`. */
function builtIn<T>(name: string): Promise<T> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`) as Promise<T>;
}

function failShard(path: string, model: string, cause?: unknown): never {
  return failFile('io/shard', `weight file '${path}'`, `to be there, as ${model} says`, cause);
}

function failFile(
  code: 'io/not-found' | 'io/shard',
  subject: string,
  expected: string,
  cause: unknown,
): never {
  return fail(code, {
    subject,
    expected,
    got: cause instanceof Error ? cause.message : 'no such file',
    advice: 'Keep all files of the model together',
    cause,
  });
}
