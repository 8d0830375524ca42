import { builtIn, isNode } from './built-in.js';
import { fail } from './errors.js';

/**
 * The path of another module beside the one that calls this, in the form in which that one runs: `child.ts` among
 * sources, `child.js` in a build.
 *
 * CommonJS tells a file its name as `__filename` and ES modules as `import.meta.url`, and neither knows the other; these
 * sources are compiled to both, so the engine's call sites are asked.
 */
export function fileBeside(module: string): Promise<string> {
  return besides(callerFile(), module);
}

async function besides(caller: string, module: string): Promise<string> {
  const path = await builtIn('path');
  const { fileURLToPath } = await builtIn('url');
  const here = caller.startsWith('file:') ? fileURLToPath(caller) : caller;
  return path.join(path.dirname(here), `${module}${path.extname(here)}`);
}

/** The file that called the function which calls this. */
function callerFile(): string {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 3;
    Error.prepareStackTrace = (_, sites) => sites;
    const [, , site] = new Error().stack as unknown as NodeJS.CallSite[];
    return site?.getFileName() ?? '';
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Imports a module of the caller's by its path, URL or package name, compiled TypeScript and CommonJS included.
 * @throws `argument/invalid` where there is none, or where it does not load.
 */
export async function importModule(module: string): Promise<unknown> {
  const url = await moduleUrl(module);
  try {
    return await importOrRequire(url);
  } catch (error) {
    const isForeign = (error as { code?: unknown } | undefined)?.code === UNKNOWN;
    const isTyped = isForeign && /\.[cm]?tsx?$/.test(url);
    return fail('argument/invalid', {
      subject: module,
      expected: 'a module that can be imported',
      got: isTyped
        ? `TypeScript, which Node.js ${process.version} does not run by itself`
        : error instanceof Error
          ? error.message
          : String(error),
      ...(isTyped && {
        advice:
          'Use Node.js 22.18 or newer, run the program by tsx, or compile the file and name what comes out',
      }),
      cause: error,
    });
  }
}

/** What Node.js calls it that nothing is known of how to load such files. */
const UNKNOWN = 'ERR_UNKNOWN_FILE_EXTENSION';

/**
 * TypeScript may be compiled by a hook of `require`, as ts-node's, of which `import` knows nothing: it refuses
 * the file, or takes its types away itself and then fails over what only a compiler can turn into CommonJS.
 */
async function importOrRequire(url: string): Promise<unknown> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== UNKNOWN && !/\.c?ts$/.test(url)) throw error;
    const { fileURLToPath } = await builtIn('url');
    const require = await requireFrom(url);
    const [extension = ''] = /\.\w+$/.exec(url) ?? [];
    // Without a hook it would be read as JavaScript, and Node.js take itself to be broken.
    const { extensions } = require as unknown as { readonly extensions: object };
    if (code === UNKNOWN && !Object.hasOwn(extensions, extension)) throw error;
    return require(fileURLToPath(url)) as unknown;
  }
}

/**
 * A function that a module exports; that of a CommonJS module may stand below `default`.
 * @throws `argument/invalid` where the module does not load or has no such function.
 */
export async function importFunction(
  module: string,
  name = 'default',
): Promise<(...args: never[]) => unknown> {
  const exported = (await importModule(module)) as Readonly<Record<string, unknown>> & {
    readonly default?: Readonly<Record<string, unknown>>;
  };
  const found = [exported[name], exported.default?.[name]].find((each) => typeof each === 'function');
  if (found !== undefined) return found as (...args: never[]) => unknown;
  return fail('argument/invalid', {
    subject: module,
    expected: `a module that exports a function '${name}'`,
    got: 'none of that name',
  });
}

/**
 * The module as a URL, which is left as it is. In Node.js paths are relative to the present folder, and a bare name is
 * that of a package; in a browser paths are relative to the page, and a bare name is refused: no worker could find it.
 * @throws `argument/invalid`
 */
export async function moduleUrl(module: string): Promise<string> {
  if (/^([a-z]+:\/\/|blob:|data:)/.test(module)) return module;
  if (!isNode) return pageUrl(module);
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

function pageUrl(module: string): string {
  if (/^\.{0,2}\//.test(module)) return new URL(module, pageAddress()).href;
  return fail('argument/invalid', {
    subject: module,
    expected: 'the URL of a module, or a path that begins with ./ or /',
    got: 'a bare name',
    advice: "Give new URL('./file.js', import.meta.url).href",
  });
}

/** What relative addresses of a page, or of a worker of it, begin from. */
export function pageAddress(): string {
  const { baseURI } = (globalThis.document ?? {}) as Partial<Document>;
  return baseURI ?? globalThis.location.href;
}

async function requireFrom(url: string): Promise<NodeJS.Require> {
  const { createRequire } = await builtIn('module');
  return createRequire(url);
}
