import * as fs from 'node:fs';
import * as http from 'node:http';
import * as path from 'node:path';
import { chromium } from 'playwright-core';
import { bundleForPages } from './bundle.mjs';
import { findChromium } from './chromium.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE =
  '<!doctype html><script type="module">window.ended = import("./bundle.js").then(() => "ended");</script>';

/** Serves files of some folders and what `made` holds by path, until it is closed. */
async function serve(folders, made) {
  const read = (url) => {
    const place = url.slice(1);
    const file = folders.map((folder) => path.join(folder, place)).find((each) => fs.existsSync(each));
    return made[place] ?? (file === undefined ? undefined : fs.readFileSync(file));
  };
  const server = http.createServer(({ url }, response) => {
    const body = read(new URL(url, 'http://localhost').pathname);
    const type = TYPES[path.extname(url)] ?? 'application/octet-stream';
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Notes what a page prints, and what it asks for in vain or of another host. */
function watch(page, host) {
  const seen = { printed: [], logged: [], lost: [] };
  page.on('console', (message) => {
    seen.printed.push(message.text());
    seen.logged.push(...(message.type() === 'log' ? [message.text()] : []));
  });
  page.on('response', (response) => seen.lost.push(...(response.ok() ? [] : [response.url()])));
  page.on('request', (request) => {
    const isOwn = [host, 'data:', 'blob:'].some((each) => request.url().startsWith(each));
    seen.lost.push(...(isOwn ? [] : [request.url()]));
  });
  return seen;
}

/** What went wrong in a page that runs a bundle; undefined when nothing did. */
async function open(host, executablePath) {
  // Chromium refuses to run as root with its sandbox; these are pages of our own.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  let seen = { printed: [], logged: [], lost: [] };
  try {
    const page = await browser.newPage();
    seen = watch(page, host);
    await page.goto(`${host}/index.html`);
    await page.evaluate(() => globalThis.ended);
  } catch (error) {
    return `${error.message}\n${seen.printed.join('\n')}`;
  } finally {
    await browser.close();
  }
  if (seen.lost.length > 0) {
    return `expected to find what it asks for on its own server, got nothing for ${seen.lost.join(', ')}`;
  }
  return seen.logged.length === 0 ? 'expected the example to print something, got nothing' : undefined;
}

/**
 * Bundles an example in an installed folder and runs it in Chromium, where `folder/model` is beside the page.
 * @returns {Promise<{bundled?: string, ran?: string} | undefined>} what went wrong, by step; undefined where there is no
 * Chromium.
 */
export async function runInPage(script, folder) {
  const executablePath = await findChromium();
  if (executablePath === undefined) {
    return undefined;
  }
  const { code, imports, problem } = await bundleForPages(script, folder);
  if (problem !== undefined || imports.length > 0) {
    return { bundled: problem ?? `expected a bundle that imports nothing, got ${imports.join(', ')}` };
  }
  // The backend for wasm looks for its binaries beside the page.
  const binaries = path.join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/dist');
  const server = await serve([folder, binaries], {
    'index.html': PAGE,
    'bundle.js': code,
    'favicon.ico': '',
  });
  try {
    const ran = await open(`http://127.0.0.1:${server.address().port}`, executablePath);
    return { ran };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
