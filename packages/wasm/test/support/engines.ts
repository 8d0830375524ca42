import { repoRoot, tempFolder } from '@tfjs-optimize/testing';
import * as esbuild from 'esbuild';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { EngineFound } from './engine-program.js';

const run = promisify(execFile);

/**
 * Node.js of a major version: the one that runs, one of those that TFJS_OPTIMIZE_NODES names (programs, parted as in PATH),
 * or `node22` and so on of the PATH; undefined where there is none.
 */
export async function findNode(major: number): Promise<string | undefined> {
  const split = (name: string): string[] => (process.env[name] ?? '').split(path.delimiter);
  const named = split('PATH').map((place) => path.join(place, `node${major}`));
  const there = [process.execPath, ...split('TFJS_OPTIMIZE_NODES'), ...named].filter((file) => fs.existsSync(file));
  for (const file of there) {
    const { stdout } = await run(file, ['--version']);
    if (stdout.startsWith(`v${major}.`)) return file;
  }
  return undefined;
}

/** A folder with the program of `engine-program.ts`, as one script for Node.js and as one for a page. */
export async function enginePrograms(): Promise<{ readonly folder: string; readonly node: string }> {
  const folder = tempFolder('engines');
  fs.mkdirSync(path.join(folder, 'node_modules'));
  const modules = path.join(repoRoot(), 'node_modules/@tensorflow');
  fs.symlinkSync(modules, path.join(folder, 'node_modules/@tensorflow'), 'junction');
  const common = {
    entryPoints: [path.join(__dirname, 'engine-program.ts')],
    bundle: true,
    conditions: ['@tfjs-optimize/source'],
    logLevel: 'error',
  } as const;
  const node = path.join(folder, 'node.js');
  await esbuild.build({ ...common, outfile: node, platform: 'node', external: ['@tensorflow/*'] });
  await esbuild.build({ ...common, outfile: path.join(folder, 'page.js'), platform: 'browser' });
  fs.writeFileSync(
    path.join(folder, 'page.html'),
    '<!doctype html><meta charset="utf-8" /><script src="page.js"></script>',
  );
  return { folder, node };
}

/** What the program finds in another Node.js. */
export async function foundBy(executable: string, major: number, program: string): Promise<EngineFound> {
  // Node.js 20 has relaxed SIMD behind a flag, later ones always.
  const flags = major === 20 ? ['--experimental-wasm-relaxed-simd'] : [];
  const { stdout } = await run(executable, ['--no-deprecation', ...flags, program], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as EngineFound;
}
