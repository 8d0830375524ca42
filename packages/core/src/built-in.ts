/** The built-in modules of Node that this package uses, where it runs on Node. */
interface BuiltIns {
  readonly fs: typeof import('node:fs');
  readonly 'fs/promises': typeof import('node:fs/promises');
  readonly module: typeof import('node:module');
  readonly path: typeof import('node:path');
  readonly url: typeof import('node:url');
  readonly util: typeof import('node:util');
}

/**
 * Imports a built-in module of Node. The name is put together only when it is called for: bundlers for
 * browsers refuse modules whose names begin with `node:`, also where the code is never reached.
 */
export function builtIn<K extends keyof BuiltIns>(name: K): Promise<BuiltIns[K]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`) as Promise<BuiltIns[K]>;
}
