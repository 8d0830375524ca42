import type * as child_process from 'node:child_process';
import type * as crypto from 'node:crypto';
import type * as fs from 'node:fs';
import type * as fsPromises from 'node:fs/promises';
import type * as module from 'node:module';
import type * as os from 'node:os';
import type * as path from 'node:path';
import type * as url from 'node:url';
import type * as util from 'node:util';
import type * as worker_threads from 'node:worker_threads';
import type * as zlib from 'node:zlib';

/** The built-in modules of Node that this package uses, where it runs on Node. */
export interface BuiltIns {
  readonly child_process: typeof child_process;
  readonly crypto: typeof crypto;
  readonly fs: typeof fs;
  readonly 'fs/promises': typeof fsPromises;
  readonly module: typeof module;
  readonly os: typeof os;
  readonly path: typeof path;
  readonly url: typeof url;
  readonly util: typeof util;
  readonly worker_threads: typeof worker_threads;
  readonly zlib: typeof zlib;
}

/** Whether this is Node.js, or what gives its built-in modules. */
export const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

/**
 * Imports a built-in module of Node. The name is put together only when it is called for: bundlers for
 * browsers refuse modules whose names begin with `node:`, also where the code is never reached.
 */
export function builtIn<K extends keyof BuiltIns>(name: K): Promise<BuiltIns[K]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`) as Promise<BuiltIns[K]>;
}
