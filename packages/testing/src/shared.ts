import * as fs from 'node:fs';
import * as path from 'node:path';

/** What mocha gives as `this` inside `before` and `it`. */
export interface Skippable {
  skip(): never;
}

/** The root folder of this repository: the nearest folder above whose package.json is named `tfjs-optimize`. */
export function repoRoot(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (fs.existsSync(manifest) && packageName(manifest) === 'tfjs-optimize') {
      return folder;
    }
    if (folder === path.dirname(folder)) {
      throw new Error(`internal: no package.json named tfjs-optimize above ${__dirname}`);
    }
  }
}

function packageName(manifest: string): unknown {
  const parsed: unknown = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed ? parsed.name : undefined;
}

/**
 * The folder of shared test data beside the repository (`../shared`, or `TFJS_OPTIMIZE_SHARED`), or a
 * file or folder in it.
 * @param parts path inside the folder: `sharedDir('data', 'models', 'mnist-cnn-layers')`.
 * @returns undefined when it does not exist: the repository must work without it.
 */
export function sharedDir(...parts: readonly string[]): string | undefined {
  const base = process.env['TFJS_OPTIMIZE_SHARED'] ?? path.resolve(repoRoot(), '../shared');
  const wanted = path.join(base, ...parts);
  return fs.existsSync(wanted) ? wanted : undefined;
}

/**
 * Like {@link sharedDir}, for the `before` of a test that cannot do without: skips, visibly counted,
 * when the data is not there.
 */
export function needShared(context: Skippable, ...parts: readonly string[]): string {
  return sharedDir(...parts) ?? context.skip();
}
