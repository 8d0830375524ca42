import { builtIn } from '../built-in.js';
import { fail } from '../errors.js';
import { failFs, systemCode } from './fs-errors.js';
import { checkShardPath, type ModelStore, type Shards } from './store.js';

/** Files are read in pieces of at most this many bytes, so that no more than that is held twice. */
const PIECE_BYTES = 64 * 1024 * 1024;
/** JavaScript strings end here (V8: 2^29 - 24 characters). */
const MAX_JSON_BYTES = 2 ** 29 - 24;

/** A file:// URL or path as a path. */
export async function toPath(location: string): Promise<string> {
  if (!location.startsWith('file:')) return location;
  const { fileURLToPath } = await builtIn('url');
  try {
    return fileURLToPath(location);
  } catch (cause) {
    return fail('argument/invalid', {
      subject: location,
      expected: 'a file URL such as file:///models/model.json',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/**
 * Files of a model on disk, on every backend and without tfjs-node.
 * @param location path or file:// URL of a model.json or of the folder that holds it.
 * @param prefix folder of the weight files, if it is not that of the model.json.
 */
export async function fileStore(location: string, prefix?: string): Promise<ModelStore> {
  const fs = await builtIn('fs/promises');
  const paths = await builtIn('path');
  const given = await toPath(location);
  const stat = await fs
    .stat(given)
    .catch((error: unknown) => failFs(error, given, 'a model.json or its folder'));
  const file = stat.isDirectory() ? paths.join(given, 'model.json') : given;
  const folder = prefix === undefined ? paths.dirname(file) : await toPath(prefix);
  return {
    location: file,
    isLocal: true,
    readJson: () => readJsonFile(file),
    openShards: async (names) => {
      const found = [];
      for (const name of names) found.push(await findShard(folder, name, file));
      return new FileShards(found);
    },
  };
}

async function readJsonFile(file: string): Promise<Uint8Array> {
  const fs = await builtIn('fs/promises');
  try {
    const { size } = await fs.stat(file);
    if (size > MAX_JSON_BYTES) {
      fail('io/unsafe', {
        subject: file,
        expected: `at most ${MAX_JSON_BYTES} bytes of JSON`,
        got: `${size}`,
      });
    }
    return await fs.readFile(file);
  } catch (error) {
    return failFs(error, file, 'to read it');
  }
}

interface Found {
  readonly path: string;
  readonly size: number;
}

/** The file of a shard; a query that servers would see (`shard.bin?alt=media`) is no part of its name. */
async function findShard(folder: string, name: string, model: string): Promise<Found> {
  checkShardPath(name, model);
  const fs = await builtIn('fs/promises');
  const paths = await builtIn('path');
  for (const candidate of new Set([name, name.replace(/\?.*$/s, '')])) {
    const path = paths.join(folder, candidate);
    try {
      const stat = await fs.stat(path);
      if (stat.isFile()) return { path, size: stat.size };
      fail('io/shard', { subject: `weight file '${path}'`, expected: 'a file', got: 'something else' });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') {
        failFs(error, `weight file '${path}'`, 'to read it');
      }
    }
  }
  return fail('io/shard', {
    subject: `weight file '${name}'`,
    expected: `to be in ${folder}, as ${model} says`,
    got: 'no such file',
    advice: 'Copy all files of the model together',
  });
}

class FileShards implements Shards {
  readonly sizes: readonly number[];
  constructor(private readonly files: readonly Found[]) {
    this.sizes = files.map((file) => file.size);
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (const file of this.files) yield* readPieces(file);
  }
}

async function* readPieces({ path, size }: Found): AsyncGenerator<Uint8Array> {
  const fs = await builtIn('fs/promises');
  const subject = `weight file '${path}'`;
  const handle = await fs.open(path).catch((error: unknown) => failFs(error, subject, 'to read it'));
  try {
    for (let done = 0; done < size;) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, size - done));
      for (let at = 0; at < piece.length;) {
        const { bytesRead } = await handle
          .read(piece, at, piece.length - at)
          .catch((error: unknown) => failFs(error, subject, 'to read it'));
        if (bytesRead === 0) {
          fail('io/shard', {
            subject,
            expected: `${size} bytes`,
            got: `${done + at}: it was cut off meanwhile`,
          });
        }
        at += bytesRead;
      }
      done += piece.length;
      yield piece;
    }
  } finally {
    await handle.close();
  }
}
