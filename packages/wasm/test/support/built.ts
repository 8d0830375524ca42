import { repoRoot, runChild, tempFolder } from '@tfjs-optimize/testing';
import * as fs from 'node:fs';
import * as path from 'node:path';

const FORMATS = { cjs: 'tsconfig.json', esm: 'tsconfig.esm.json' } as const;

/** What only a build that is kept needs. */
const LEFT_OUT = ['composite', 'incremental', 'declaration', 'declarationMap', 'sourceMap'];

let built: Promise<string> | undefined;

/**
 * A folder as of a program that has installed this package, built from its sources as it is published: a second copy
 * of it lies in `copy/`, and the programs of `programs/` beside them.
 */
export function builtFolder(): Promise<string> {
  return (built ??= build());
}

async function build(): Promise<string> {
  const folder = tempFolder('wasm');
  const own = path.join(repoRoot(), 'packages/wasm');
  const installed = path.join(folder, 'node_modules/@tfjs-optimize/wasm');
  await Promise.all(
    Object.entries(FORMATS).map(([format, config]) => compile(path.join(own, config), installed, format)),
  );
  fs.writeFileSync(path.join(installed, 'dist/esm/package.json'), '{ "type": "module" }');
  fs.copyFileSync(path.join(own, 'package.json'), path.join(installed, 'package.json'));
  fs.cpSync(installed, path.join(folder, 'copy'), { recursive: true });
  fs.cpSync(path.join(__dirname, 'programs'), folder, { recursive: true });
  const modules = path.join(repoRoot(), 'node_modules/@tensorflow');
  fs.symlinkSync(modules, path.join(folder, 'node_modules/@tensorflow'), 'junction');
  return folder;
}

async function compile(config: string, installed: string, format: string): Promise<void> {
  const tsc = path.join(repoRoot(), 'node_modules/typescript/bin/tsc');
  const options = ['--noCheck', '--outDir', path.join(installed, 'dist', format)];
  const off = [...LEFT_OUT.flatMap((name) => [`--${name}`, 'false']), '--tsBuildInfoFile', 'null'];
  const { code, stdout } = await runChild(tsc, ['-p', config, ...options, ...off]);
  if (code !== 0) throw new Error(`tsc -p ${config}: expected to succeed, got:\n${stdout}`);
}

/** Runs one of the programs in a process of its own and gives what it printed last, as JSON. */
export async function runProgram(
  name: string,
  args: readonly string[] = [],
  nodeOptions: string[] = [],
): Promise<unknown> {
  const folder = await builtFolder();
  const { code, stdout, stderr } = await runChild(path.join(folder, name), args, {
    cwd: folder,
    nodeOptions: ['--disable-warning=DEP0180', ...nodeOptions],
    timeoutMs: 60_000,
  });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (code !== 0)
    throw new Error(`${name} ${args.join(' ')}: expected to succeed, got:\n${stdout}\n${stderr}`);
  return JSON.parse(last);
}
