import { builtIn, isNode } from '../built-in.js';
import type { Gpu } from './webgpu/types.js';

/** What a package's import came to. */
export type Loaded =
  | { readonly found: true; readonly module: unknown }
  | { readonly found: false; readonly missing: boolean; readonly cause: unknown };

/** What the choice of a backend needs of its surroundings; tests give their own. */
export interface Host {
  readonly isNode: boolean;
  /** `linux`, `darwin`, `win32`, …; empty in a browser. */
  readonly platform: string;
  /** Imports a package that may not be installed. */
  load(name: string): Promise<Loaded>;
  /** What a program prints, undefined where it is not there or fails. */
  output(program: string, args: readonly string[]): Promise<string | undefined>;
  /** Whether the system finds a shared library. */
  hasLibrary(file: string): boolean;
  /** WebGPU, where the surroundings have it. */
  gpu(): Gpu | undefined;
  /** Gives the surroundings WebGPU: its classes and constants, and `navigator.gpu`. */
  installGpu(globals: Readonly<Record<string, unknown>>, gpu: Gpu): void;
  /** Takes `navigator.gpu` away again. */
  removeGpu(): void;
}

/** The process this runs in. */
export const thisHost: Host = {
  isNode,
  platform: isNode ? process.platform : '',
  async load(name) {
    if (isNode) await restoreRemovedUtilities();
    try {
      return { found: true, module: await import(/* webpackIgnore: true */ name) };
    } catch (error) {
      if (!isMissing(error, name)) return { found: false, missing: false, cause: error };
      return isNode ? loadFromProject(name, error) : { found: false, missing: true, cause: error };
    }
  },
  async output(program, args) {
    if (!isNode) return undefined;
    const { execFile } = await builtIn('child_process');
    return new Promise((resolve) => {
      execFile(program, args, { timeout: 10_000, windowsHide: true }, (error, stdout) =>
        resolve(error === null ? stdout : undefined),
      );
    });
  },
  hasLibrary(file) {
    try {
      // A library that is no module of Node is found, opened and then refused.
      process.dlopen({ exports: {} }, file);
      return true;
    } catch (error) {
      return !/cannot open|no such file|not found/i.test((error as Error).message);
    }
  },
  gpu: () => scope().navigator?.gpu,
  installGpu(globals, gpu) {
    for (const [name, value] of Object.entries(globals)) {
      if (!(name in globalThis)) {
        Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
      }
    }
    if (scope().navigator === undefined) {
      // As Node 21 and later have it: TensorFlow.js looks at the user agent of every navigator.
      const userAgent = `Node.js/${process.versions.node.split('.')[0] ?? ''}`;
      Object.defineProperty(globalThis, 'navigator', { value: { userAgent }, configurable: true });
    }
    Object.defineProperty(scope().navigator, 'gpu', { value: gpu, configurable: true, enumerable: true });
  },
  removeGpu() {
    delete (scope().navigator as { gpu?: Gpu } | undefined)?.gpu;
  },
};

function scope(): { readonly navigator?: { readonly gpu?: Gpu } } {
  return globalThis as unknown as { readonly navigator?: { readonly gpu?: Gpu } };
}

/**
 * Imports a package that may not be installed, from here or else from the project in hand. Before that Node gets
 * back what it removed and tfjs-node calls.
 */
export function loadPackage(name: string): Promise<Loaded> {
  return thisHost.load(name);
}

/** A package that is installed in the project in hand but not where this file lies (npm link, npx). */
async function loadFromProject(name: string, cause: unknown): Promise<Loaded> {
  const { createRequire } = await builtIn('module');
  const path = await builtIn('path');
  const require = createRequire(path.join(process.cwd(), 'index.js'));
  try {
    return { found: true, module: require(name) as unknown };
  } catch (error) {
    return isMissing(error, name)
      ? { found: false, missing: true, cause }
      : { found: false, missing: false, cause: error };
  }
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof message !== 'string' || !message.includes(`'${name}'`)) return false;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return true;
  // Loaders that run in a thread of their own (ts-node, tsx) pass errors on without their code.
  return code === undefined && /^Cannot find (package|module) /.test(message);
}

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed; the fix
 * upstream was never released. Without them the first op throws.
 */
async function restoreRemovedUtilities(): Promise<void> {
  const { default: util } = (await builtIn('util')) as unknown as { default: Record<string, unknown> };
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
