import { repoRoot } from '@tfjs-optimize/testing';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** With these a page may share memory between threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A static server of files. */
export interface Server {
  readonly url: string;
  close(): void;
}

/**
 * Serves a folder, and the binaries of the wasm backend below `/wasm/`.
 * @param isolated whether its pages may share memory between threads.
 */
export async function serve(folder: string, isolated: boolean): Promise<Server> {
  const binaries = path.join(repoRoot(), 'node_modules/@tensorflow/tfjs-backend-wasm/dist');
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = pathname.startsWith('/wasm/')
      ? path.join(binaries, pathname.slice('/wasm/'.length))
      : path.join(folder, pathname);
    const type = TYPES[path.extname(file)];
    if (type === undefined || !fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': type, ...(isolated ? ISOLATION : {}) });
    fs.createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
