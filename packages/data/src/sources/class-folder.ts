import { builtIn, fail, failFs } from '@tfjs-optimize/core/plain';
import { needFolders, pathText } from './bytes.js';
import type { FileList } from './source.js';

/** What a folder holds, links followed; what begins with a dot is left out. */
interface Listing {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/**
 * Files of a folder with one folder for each class, as ImageFolder of torchvision finds them: links are followed, and
 * folders inside those of classes are looked through. Classes, files and folders come in the order of their names, files
 * before the folders beside them.
 * @param endings of the files that count, in small letters.
 * @throws `io/not-found`, `io/permission`, `data/folder` where there is no class, or one without files, or a folder that
 *   holds itself by a link; `data/browser`.
 */
export async function classFolder(place: string | URL, endings: readonly string[]): Promise<FileList> {
  const text = pathText(place, 'folder');
  needFolders(text);
  const { join } = await builtIn('path');
  const { fileURLToPath } = await builtIn('url');
  const folder = text.startsWith('file:') ? fileURLToPath(text) : text;
  const { files, folders: classes } = await list(folder);
  const wanted = `files that end with ${endings.join(', ')}`;
  if (classes.length === 0) {
    fail('data/folder', {
      subject: folder,
      expected: `a folder for each class, with ${wanted}`,
      got: files.length === 0 ? 'an empty folder' : 'no folder in it',
    });
  }
  const paths: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classes.entries()) {
    const inside = join(folder, name);
    const found = (await filesIn(inside, [])).filter((file) =>
      endings.some((end) => file.toLowerCase().endsWith(end)),
    );
    if (found.length === 0) fail('data/folder', { subject: inside, expected: wanted, got: 'none' });
    for (const file of found) {
      paths.push(file);
      labels.push(label);
    }
  }
  return { paths, labels: Int32Array.from(labels), classes };
}

/** All files in a folder and in those inside. @param around the folders that it is in, without links. */
async function filesIn(folder: string, around: readonly string[]): Promise<string[]> {
  const { join } = await builtIn('path');
  const fs = await builtIn('fs/promises');
  const { files, folders } = await list(folder);
  const found = files.map((name) => join(folder, name));
  if (folders.length === 0) return found;
  const real = await fs.realpath(folder);
  if (around.includes(real)) {
    fail('data/folder', {
      subject: folder,
      expected: 'a folder that is not in itself',
      got: `a link to ${real}`,
    });
  }
  for (const name of folders) found.push(...(await filesIn(join(folder, name), [...around, real])));
  return found;
}

async function list(folder: string): Promise<Listing> {
  const fs = await builtIn('fs/promises');
  const { join } = await builtIn('path');
  const refuse = (path: string, expected: string) => (error: unknown) => failFs(error, path, expected);
  const entries = await fs
    .readdir(folder, { withFileTypes: true })
    .catch(refuse(folder, 'a folder that can be read'));
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) {
    const path = join(folder, entry.name);
    const target = entry.isSymbolicLink()
      ? await fs.stat(path).catch(refuse(path, 'a link to a file or folder'))
      : entry;
    (target.isDirectory() ? folders : files).push(entry.name);
  }
  return { files: inOrder(files), folders: inOrder(folders) };
}

function inOrder(names: readonly string[]): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}
