import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** The condition under which packages of this repository resolve to each other's TypeScript sources. */
export const SOURCE_CONDITION = '@tfjs-optimize/source';

/** Runs TypeScript through ts-node with packages resolved to their sources. */
export const TS_NODE = [`--conditions=${SOURCE_CONDITION}`, '--require', 'ts-node/register'];

export function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** Files below a folder, sorted, as absolute paths; none when the folder does not exist. */
export function walk(folder, wanted = () => true) {
  if (!fs.existsSync(folder)) {
    return [];
  }
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        return entry.name === 'node_modules' ? [] : walk(full, wanted);
      }
      return wanted(full) ? [full] : [];
    });
}

/** Every package of the repository: {name, short, folder, manifest, isPrivate}. */
export function packages() {
  const folder = path.join(root, 'packages');
  return fs
    .readdirSync(folder)
    .sort()
    .map((short) => path.join(folder, short))
    .filter((each) => fs.existsSync(path.join(each, 'package.json')))
    .map((each) => {
      const manifest = readJson(path.join(each, 'package.json'));
      const short = path.basename(each);
      return { name: manifest.name, short, folder: each, manifest, isPrivate: manifest.private === true };
    });
}

/** Packages that are published, hence built and packed. */
export function publicPackages() {
  return packages().filter((each) => !each.isPrivate);
}

/** A path below the root, with forward slashes, for messages. */
export function relative(file) {
  return path.relative(root, file).split(path.sep).join('/');
}
