import { builtIn, fail, failFs, isNode, pageAddress, valueText } from '@tfjs-optimize/core/plain';

/** Addresses that are fetched, also in Node.js. */
const FETCHED = /^(https?|blob|data):/;

/**
 * A path or URL as text.
 * @throws `argument/invalid` for what is none, such as an empty text.
 */
export function pathText(path: string | URL, subject = 'path'): string {
  if (path instanceof URL) return path.href;
  if (typeof path === 'string' && path !== '') return path;
  return fail('argument/invalid', { subject, expected: 'a path or URL', got: valueText(path) });
}

/** A path as every worker understands it: in a browser the URL that it stands for in the page. */
export function addressOf(path: string): string {
  return isNode ? path : new URL(path, pageAddress()).href;
}

/**
 * The bytes of a file, or of what is at a URL; in a browser every path is one.
 * @throws `io/not-found`, `io/permission`, `io/network`
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  if (!isNode || FETCHED.test(path)) return download(addressOf(path));
  const fs = await builtIn('fs/promises');
  const file = path.startsWith('file:') ? new URL(path) : path;
  return fs.readFile(file).catch((error: unknown) => failFs(error, path, 'a file that can be read'));
}

async function download(url: string): Promise<Uint8Array> {
  const expected = 'what can be fetched';
  const broken = (cause: unknown): never =>
    fail('io/network', {
      subject: url,
      expected,
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  const response = await fetch(url).catch(broken);
  if (!response.ok) {
    const code = response.status === 404 || response.status === 410 ? 'io/not-found' : 'io/network';
    fail(code, { subject: url, expected, got: `status ${response.status}` });
  }
  return new Uint8Array(await response.arrayBuffer().catch(broken));
}

/** @throws `data/browser` where there are no folders. */
export function needFolders(folder: string): void {
  if (isNode) return;
  fail('data/browser', {
    subject: folder,
    expected: 'a folder that can be listed',
    got: 'a browser, which has none',
    advice: 'Give the URLs of the files, and their labels, to wavFiles or files',
  });
}

/**
 * The line, from 1, where bytes stop being UTF-8, which decoders fill with signs of their own; undefined where all are.
 */
export function brokenLine(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined;
  for (let start = 0, line = 1; ; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found + 1;
    if (!isUtf8(bytes.subarray(start, end)) || found === -1) return line;
    start = end;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
