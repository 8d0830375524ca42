import { savedFiles, type Model } from '@tfjs-optimize/core';
import type * as Tf from '@tensorflow/tfjs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { findChromium } from './chromium.js';
import { repoRoot, type Skippable } from './shared.js';

/** Backends of a page; Chromium computes both that need a GPU on the processor where there is none. */
export const PAGE_BACKENDS = ['cpu', 'webgl', 'webgpu'] as const;
export type PageBackend = (typeof PAGE_BACKENDS)[number];

/** What a page is asked to run. */
export interface PageRequest {
  readonly backend: PageBackend;
  /** Name of a model that the page was given. */
  readonly model: string;
  /** Float inputs in the model's order. */
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  /** Whether inputs are results of the backend, and so in its memory, when the model gets them. */
  readonly isComputed?: boolean;
  /** Whether to run by executeAsync. */
  readonly isAsync?: boolean;
  /** Names of the nodes to fetch. */
  readonly outputs: readonly string[];
}

/** What came out, or what was thrown. */
export interface PageAnswer {
  readonly backend: string;
  readonly values: Readonly<Record<string, readonly number[]>>;
  /** Tensors that are left once all was disposed of. */
  readonly leaked: number;
  readonly error?: string;
}

/** How a page loads models: by `packed()` of the runtime, or as one that has TensorFlow.js alone. */
export type PageLoader = 'packed' | 'stock';

/** Pages with TensorFlow.js bundled for browsers, and models on their server. */
export interface ModelPages {
  run(loader: PageLoader, request: PageRequest): Promise<PageAnswer>;
  close(): Promise<void>;
}

/** What the script of the page gives. */
interface Bundle {
  readonly tf: typeof Tf;
  readonly packed?: (url: string) => Tf.io.IOHandler;
}

const STOCK = "export * as tf from '@tensorflow/tfjs'; import '@tensorflow/tfjs-backend-webgpu';";
const RUNTIME = "export { packed } from '@tfjs-optimize/runtime';";

/** Opens pages in a Chromium; skips, visibly counted, where there is none. */
export async function openPages(
  context: Skippable,
  models: Readonly<Record<string, Model>>,
): Promise<ModelPages> {
  const executablePath = findChromium() ?? context.skip();
  const files = new Map<string, Uint8Array>();
  for (const loader of ['packed', 'stock'] as const) {
    files.set(`/${loader}.js`, await bundled(loader));
    files.set(`/${loader}.html`, Buffer.from(`<!doctype html><script src="${loader}.js"></script>`));
  }
  for (const [name, model] of Object.entries(models)) {
    for (const { path, pieces } of savedFiles(model)) files.set(`/${name}/${path}`, Buffer.concat(pieces));
  }
  const server = await serve(files);
  const { port } = server.address() as AddressInfo;
  const { chromium } = await import('playwright-core');
  // Chromium refuses to run as root with its sandbox; these are pages of our own.
  const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...gpu] });
  const open = (loader: PageLoader) => pageAt(browser, `http://127.0.0.1:${port}/${loader}.html`);
  const pages = { packed: await open('packed'), stock: await open('stock') };
  return {
    run: (loader, request) => pages[loader].evaluate(runInPage, request),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

async function pageAt(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

async function bundled(loader: PageLoader): Promise<Uint8Array> {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    stdin: { contents: loader === 'packed' ? STOCK + RUNTIME : STOCK, resolveDir: repoRoot() },
    ...{ bundle: true, format: 'iife', globalName: 'bundle', platform: 'browser', write: false },
    ...{ conditions: ['@tfjs-optimize/source'], logLevel: 'error' },
  });
  return outputFiles[0]?.contents as Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript' };

async function serve(files: ReadonlyMap<string, Uint8Array>): Promise<http.Server> {
  const server = http.createServer(({ url = '' }, response) => {
    const found = files.get(url);
    const type = TYPES[url.split('.').at(-1) as string] ?? 'application/octet-stream';
    response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': type }).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Runs in the page, which sees nothing of this file. */
async function runInPage(request: PageRequest): Promise<PageAnswer> {
  const { tf, packed } = (globalThis as unknown as { bundle: Bundle }).bundle;
  if (!(await tf.setBackend(request.backend))) throw new Error(`${request.backend} does not start`);
  // Small tensors are computed on a GPU, too.
  for (const flag of ['WEBGL_CPU_FORWARD', 'WEBGPU_CPU_FORWARD']) tf.env().set(flag, false);
  const held = tf.memory().numTensors;
  const values: Record<string, number[]> = {};
  let error: string | undefined;
  try {
    const url = `${request.model}/model.json`;
    const model = await tf.loadGraphModel(packed === undefined ? url : packed(url));
    const given = request.inputs.map(({ data, shape }) => tf.tensor([...data], [...shape], 'float32'));
    const inputs = request.isComputed === true ? given.map((x) => tf.mul(x, 1)) : given;
    const names = [...request.outputs];
    const found =
      request.isAsync === true ? await model.executeAsync(inputs, names) : model.execute(inputs, names);
    const outputs = [found].flat();
    for (const [i, name] of request.outputs.entries()) {
      // Zeros of both signs are one.
      values[name] = Array.from((await outputs[i]?.data()) ?? [], (value) => value + 0);
    }
    tf.dispose([given, inputs, outputs]);
    model.dispose();
  } catch (reason) {
    error = reason instanceof Error ? reason.message : String(reason);
  }
  const answer = { backend: tf.getBackend(), values, leaked: tf.memory().numTensors - held };
  return error === undefined ? answer : { ...answer, error };
}
