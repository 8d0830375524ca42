import { builtIn, fail, loadModel } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';

/**
 * Where a candidate is: the path or URL of a model, or a function that a module exports (`default` unless
 * told). Module paths are relative to the present folder; a bare name is that of an installed package.
 */
export type Location = string | { readonly module: string; readonly export?: string };

/** A candidate that was loaded, and what frees it again. */
export interface Opened {
  readonly candidate: Candidate;
  dispose(): void;
}

export function isLocation(value: unknown): value is Location {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && 'module' in value && typeof value.module === 'string';
}

/**
 * Loads what lies at a location.
 * @throws as `loadModel` does for models, `argument/invalid` for modules without the function.
 */
export async function open(location: Location, signal?: AbortSignal): Promise<Opened> {
  if (typeof location === 'string') {
    const model = await loadModel(location, { signal });
    return { candidate: model, dispose: () => model.dispose() };
  }
  const name = location.export ?? 'default';
  const found = functionOf(await importModule(location.module), name);
  if (found === undefined) {
    fail('argument/invalid', {
      subject: location.module,
      expected: `a module that exports a function '${name}'`,
      got: 'none of that name',
    });
  }
  return { candidate: found, dispose: () => {} };
}

/** What a module exports by a name; that of a CommonJS module may stand below `default`. */
function functionOf(module: unknown, name: string): Candidate | undefined {
  const exported = module as Readonly<Record<string, unknown>> & {
    default?: Readonly<Record<string, unknown>>;
  };
  const found = [exported[name], exported.default?.[name]].find((each) => typeof each === 'function');
  return found as Candidate | undefined;
}

/** @throws `argument/invalid` where there is none. */
export async function importModule(module: string): Promise<unknown> {
  const url = await moduleUrl(module);
  try {
    return await importOrRequire(url);
  } catch (error) {
    return fail('argument/invalid', {
      subject: module,
      expected: 'a module that can be imported',
      got: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/**
 * TypeScript may be compiled by a hook of `require`, as ts-node's, of which `import` knows nothing: it refuses
 * the file, or takes its types away itself and then fails over what only a compiler can turn into CommonJS.
 */
async function importOrRequire(url: string): Promise<unknown> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' && !/\.c?ts$/.test(url)) throw error;
    const { fileURLToPath } = await builtIn('url');
    return (await requireFrom(url))(fileURLToPath(url)) as unknown;
  }
}

/** The module as a file:// URL, whatever folder the importing file is in. */
export async function moduleUrl(module: string): Promise<string> {
  if (/^[a-z]+:\/\//.test(module)) return module;
  const path = await builtIn('path');
  const { pathToFileURL } = await builtIn('url');
  if (module.startsWith('.') || path.isAbsolute(module)) return pathToFileURL(path.resolve(module)).href;
  const require = await requireFrom(pathToFileURL(path.resolve('index.js')).href);
  try {
    return pathToFileURL(require.resolve(module)).href;
  } catch (cause) {
    return fail('argument/invalid', {
      subject: module,
      expected: 'an installed package, or a path that begins with ./',
      got: 'no such package',
      cause,
    });
  }
}

async function requireFrom(url: string): Promise<NodeJS.Require> {
  const { createRequire } = await builtIn('module');
  return createRequire(url);
}
