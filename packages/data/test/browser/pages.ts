import { findChromium, repoRoot, tempFolder, type Skippable } from '@tfjs-optimize/testing';
import * as esbuild from 'esbuild';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** With these a page may share memory between threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A browser, and a server of `page.ts` and what it loads. */
export interface Pages {
  /** A folder of the server's. */
  readonly folder: string;
  /** A new page. @param isIsolated whether it may share memory between threads. */
  open(isIsolated: boolean): Promise<Page>;
  close(): Promise<void>;
}

/** Starts them; skips, visibly counted, without Chromium. */
export async function startPages(context: Skippable): Promise<Pages> {
  const executablePath = findChromium() ?? context.skip();
  const folder = tempFolder('pages');
  await bundle(folder);
  fs.writeFileSync(
    path.join(folder, 'page.html'),
    '<!doctype html><script type="module" src="page.js"></script>',
  );
  // Chromium refuses to run as root with its sandbox; these are pages of our own.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const servers = [serve(folder, {}), serve(folder, ISOLATION)] as const;
  return {
    folder,
    open: async (isIsolated) => pageAt(browser, await addressOf(servers[isIsolated ? 1 : 0])),
    async close() {
      await browser.close();
      for (const server of servers) server.close();
    },
  };
}

/** What a program that uses the package would build: its page, the worker's script beside it, and modules of its own. */
async function bundle(outdir: string): Promise<void> {
  const worker = path.join(repoRoot(), 'packages/data/src/workers/web-worker.ts');
  const here = (name: string): string => path.join(__dirname, name);
  const options: esbuild.BuildOptions = {
    ...{ outdir, bundle: true, platform: 'browser', logLevel: 'error' },
    ...{ conditions: ['@tfjs-optimize/source'] },
  };
  const entryPoints = { page: here('page.ts'), module: here('module.ts'), 'web-worker': worker };
  await Promise.all([
    esbuild.build({ ...options, entryPoints, format: 'esm' }),
    esbuild.build({ ...options, entryPoints: { classic: here('classic.ts') }, format: 'iife' }),
  ]);
}

async function pageAt(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${address}/page.html`);
  await page.waitForFunction(() => 'tests' in globalThis);
  return page;
}

function serve(folder: string, headers: Readonly<Record<string, string>>): http.Server {
  const server = http.createServer(({ url = '/' }, response) => {
    const file = path.join(folder, new URL(url, 'http://localhost').pathname);
    if (!fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, ...headers }).end(fs.readFileSync(file));
  });
  return server.listen(0, '127.0.0.1');
}

async function addressOf(server: http.Server): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
