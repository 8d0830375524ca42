import { repoRoot, tempFolder } from '@tfjs-optimize/testing';
import * as esbuild from 'esbuild';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Node.js of a major version: the one that runs, one of those that TFJS_OPTIMIZE_NODES names (programs, parted as in PATH),
 * or `node22` and so on of the PATH; undefined where there is none.
 */
export async function findNode(major: number): Promise<string | undefined> {
  const split = (name: string): string[] => (process.env[name] ?? '').split(path.delimiter);
  const named = split('PATH').map((place) => path.join(place, `node${major}`));
  const there = [process.execPath, ...split('TFJS_OPTIMIZE_NODES'), ...named].filter((file) =>
    fs.existsSync(file),
  );
  for (const file of there) {
    const { stdout } = await run(file, ['--version']);
    if (stdout.startsWith(`v${major}.`)) return file;
  }
  return undefined;
}

/** A program of this folder as one script. */
function bundle(name: string, outfile: string, platform: 'node' | 'browser'): Promise<unknown> {
  return esbuild.build({
    ...{ entryPoints: [path.join(__dirname, name)], outfile, platform, bundle: true },
    ...{ conditions: ['@tfjs-optimize/source'], logLevel: 'error' },
    external: platform === 'node' ? ['@tensorflow/*'] : [],
  });
}

/** A program of this folder as one script for Node.js. @returns its path. */
export async function nodeProgram(name: string): Promise<string> {
  const folder = tempFolder('programs');
  fs.mkdirSync(path.join(folder, 'node_modules'));
  const modules = path.join(repoRoot(), 'node_modules/@tensorflow');
  fs.symlinkSync(modules, path.join(folder, 'node_modules/@tensorflow'), 'junction');
  const script = path.join(folder, 'program.js');
  await bundle(name, script, 'node');
  return script;
}

/** A folder with `page.html`, which runs a program of this folder. */
export async function pageFolder(name: string): Promise<string> {
  const folder = tempFolder('page');
  await bundle(name, path.join(folder, 'page.js'), 'browser');
  const body = '<!doctype html><meta charset="utf-8" /><script src="page.js"></script>';
  fs.writeFileSync(path.join(folder, 'page.html'), body);
  return folder;
}

/** What a program prints last, as JSON. @param executable a Node.js; the one that runs unless told. */
export async function printed(args: readonly string[], executable = process.execPath): Promise<unknown> {
  const { stdout } = await run(executable, ['--no-deprecation', ...args], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}
