import * as fs from 'node:fs';
import * as path from 'node:path';
import { repoRoot } from '@tfjs-optimize/testing';
import ts from 'typescript';

/** Packages that the command line is made of. */
const PACKAGES = ['runtime', 'core', 'fusion', 'quantization', 'benchmark', 'cli'];

let bin: string | undefined;

/**
 * The command as it is installed: the packages compiled to CommonJS from today's sources, found by each
 * other through their export lists. Compiling once is much faster than starting every test's process
 * through ts-node.
 * @returns the path of the program's entry.
 */
export function installedBin(): string {
  bin ??= install();
  return bin;
}

function install(): string {
  // Inside the repository's own node_modules, so that other packages are found from there.
  const cache = path.join(repoRoot(), 'node_modules/.cache/tfjs-optimize');
  fs.mkdirSync(cache, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cache, 'cli-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  for (const name of PACKAGES) {
    const source = path.join(repoRoot(), 'packages', name);
    const target = path.join(folder, 'node_modules/@tfjs-optimize', name);
    fs.mkdirSync(target, { recursive: true });
    fs.copyFileSync(path.join(source, 'package.json'), path.join(target, 'package.json'));
    compile(path.join(source, 'src'), path.join(target, 'dist/cjs'));
  }
  return path.join(folder, 'node_modules/@tfjs-optimize/cli/dist/cjs/bin.js');
}

function compile(source: string, target: string): void {
  fs.mkdirSync(target, { recursive: true });
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    if (entry.isDirectory()) {
      compile(from, path.join(target, entry.name));
      continue;
    }
    const { outputText } = ts.transpileModule(fs.readFileSync(from, 'utf8'), {
      fileName: from,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        // As nodenext compiles CommonJS: import() stays what it is.
        module: ts.ModuleKind.Node16,
        esModuleInterop: true,
        inlineSourceMap: true,
        sourceRoot: source,
      },
    });
    fs.writeFileSync(path.join(target, entry.name.replace(/\.ts$/, '.js')), outputText);
  }
}
