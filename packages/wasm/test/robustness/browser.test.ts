import { findChromium } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as esbuild from 'esbuild';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { KERNELS } from '../../src/kernels/index.js';
import { builtFolder } from '../support/built.js';
import { serve } from '../support/server.js';

/** What `page.mjs` found. */
interface Found {
  readonly differences: Readonly<Record<string, number>>;
  readonly backend: string;
  readonly simd: 'plain' | 'relaxed' | 'none';
  readonly threads: number;
  readonly isShared: boolean;
  readonly warnings: readonly string[];
  readonly ours: readonly string[];
}

const MODULES = '/node_modules/@tensorflow';
const NOTHING = 'data:text/javascript,export default {}';

/** What a page without a bundler says: files that TensorFlow.js publishes for it, and nothing for modules of Node.js. */
const IMPORTS = {
  '@tensorflow/tfjs': `${MODULES}/tfjs/dist/tf.fesm.js`,
  '@tensorflow/tfjs-core': `${MODULES}/tfjs/dist/tf.fesm.js`,
  '@tensorflow/tfjs-backend-wasm': `${MODULES}/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.js`,
  '@tfjs-optimize/wasm': '/node_modules/@tfjs-optimize/wasm/dist/esm/index.js',
  ...{ fs: NOTHING, os: NOTHING, path: NOTHING, perf_hooks: NOTHING },
};

const PAGES = {
  'modules.html': `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
<script type="module" src="page.mjs"></script>`,
  'bundle.html': '<script src="bundle.js"></script>',
};

async function bundle(folder: string): Promise<void> {
  await esbuild.build({
    entryPoints: [path.join(folder, 'page.mjs')],
    outfile: path.join(folder, 'bundle.js'),
    bundle: true,
    minify: true,
    platform: 'browser',
    logLevel: 'error',
  });
}

/** What pages see: the backend uses at most half of them. */
const CORES = 8;

describe('the package in a browser (skipped without Chromium)', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let folder = '';

  before(async function () {
    const executablePath = findChromium();
    if (executablePath === undefined) this.skip();
    folder = await builtFolder();
    for (const [name, body] of Object.entries(PAGES))
      fs.writeFileSync(path.join(folder, name), `<!doctype html><meta charset="utf-8" />${body}`);
    await bundle(folder);
    // Chromium refuses to run as root with its sandbox; these are pages of our own.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  after(() => browser?.close());

  /** What a page computes, which must neither fail nor ask another host for anything. */
  async function open(name: string, threads: number): Promise<Found> {
    if (browser === undefined) throw new Error('the browser has started');
    const server = await serve(folder, threads > 1);
    const page = await browser.newPage();
    await page.addInitScript((cores) => {
      Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores });
    }, CORES);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('response', (response) => {
      if (!response.ok() && !response.url().endsWith('/favicon.ico')) problems.push(response.url());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) problems.push(url);
    });
    try {
      await page.goto(`${server.url}/${name}`);
      const found = await page.evaluate(() => (globalThis as unknown as { found: Promise<Found> }).found);
      expect(problems).to.deep.equal([]);
      return found;
    } finally {
      await page.close();
      server.close();
    }
  }

  for (const threads of [1, 2]) {
    for (const name of Object.keys(PAGES)) {
      it(`computes ${name.replace('.html', '')} on ${threads} threads (differences below 1e-5)`, async () => {
        const found = await open(name, threads);
        expect(found.isShared).to.equal(threads > 1);
        expect(found.threads).to.equal(threads);
        expect(found.backend).to.equal('wasm');
        // Our kernels run, and not those of the backend, whose transposed product with a bias is wrong.
        expect(found.simd).to.equal('relaxed');
        expect([...found.ours].sort()).to.deep.equal(KERNELS.map((kernel) => kernel.name).sort());
        expect(Object.keys(found.differences)).to.include('a transposed product with a bias');
        for (const [each, difference] of Object.entries(found.differences))
          expect(difference, each).to.be.below(1e-5);
        expect(found.warnings).to.deep.equal([]);
      });
    }
  }
});
