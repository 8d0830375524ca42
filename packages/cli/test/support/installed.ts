import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repoRoot } from '@tfjs-optimize/testing';
import { REGISTER_INSTANCE } from 'ts-node';
import ts from 'typescript';

/** Packages that the command line is made of. */
const PACKAGES = ['runtime', 'core', 'fusion', 'quantization', 'benchmark', 'cli'];

let bin: string | undefined;

/**
 * The command as it is installed: the packages compiled to CommonJS from today's sources, found by each
 * other through their export lists. Started by Node.js alone, a test's process takes less time than through
 * ts-node; what was compiled from the same sources before is taken again.
 * @returns the path of the program's entry.
 */
export function installedBin(): string {
  bin ??= path.join(install(), 'node_modules/@tfjs-optimize/cli/dist/cjs/bin.js');
  return bin;
}

/** @returns the folder. */
function install(): string {
  // Inside the repository's own node_modules, so that other packages are found from there.
  const cache = path.join(repoRoot(), 'node_modules/.cache/tfjs-optimize');
  const folder = path.join(cache, `cli-${hashOfSources()}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(cache, { recursive: true });
  removeOld(cache);
  const growing = fs.mkdtempSync(path.join(cache, 'cli-growing-'));
  for (const name of PACKAGES) {
    const source = path.join(repoRoot(), 'packages', name);
    const target = path.join(growing, 'node_modules/@tfjs-optimize', name);
    fs.mkdirSync(target, { recursive: true });
    fs.copyFileSync(path.join(source, 'package.json'), path.join(target, 'package.json'));
    compile(path.join(source, 'src'), path.join(target, 'dist/cjs'));
  }
  try {
    fs.renameSync(growing, folder);
  } catch (error) {
    // Another process of tests was faster.
    if (!fs.existsSync(folder)) throw error;
    fs.rmSync(growing, { recursive: true });
  }
  return folder;
}

/** One hash of all that is compiled, and of what compiles it. */
function hashOfSources(): string {
  const hash = createHash('sha256').update(ts.version).update(fs.readFileSync(__filename));
  for (const name of PACKAGES) {
    const folder = path.join(repoRoot(), 'packages', name);
    const sources = fs.readdirSync(path.join(folder, 'src'), { recursive: true, withFileTypes: true });
    const files = sources.filter((entry) => entry.isFile());
    const places = files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
    for (const place of [path.join(folder, 'package.json'), ...places]) {
      hash.update(`\0${path.relative(folder, place)}\0`).update(fs.readFileSync(place));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

const HOUR_MS = 3_600_000;

/** Removes what was compiled from other sources, unless a run may still use it. */
function removeOld(cache: string): void {
  for (const name of fs.readdirSync(cache)) {
    const place = path.join(cache, name);
    if (!name.startsWith('cli-') || fs.statSync(place).mtimeMs > Date.now() - HOUR_MS) continue;
    fs.rmSync(place, { recursive: true, force: true });
  }
}

function compile(source: string, target: string): void {
  fs.mkdirSync(target, { recursive: true });
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    if (entry.isDirectory()) {
      compile(from, path.join(target, entry.name));
      continue;
    }
    fs.writeFileSync(path.join(target, entry.name.replace(/\.ts$/, '.js')), compiled(from));
  }
}

/** What ts-node, which runs the tests, makes of a source: most of it lies in its cache. */
function compiled(file: string): string {
  const service = process[REGISTER_INSTANCE];
  if (service === undefined) throw new Error('installedBin: expected ts-node to run the tests.');
  return service.compile(fs.readFileSync(file, 'utf8'), file);
}
