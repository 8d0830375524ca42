import * as fs from 'node:fs';
import * as path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { bundleForPages } from './bundle.mjs';
import { publicPackages, root } from './repo.mjs';

/** How far a figure of the page may be from that of the present build: code grows by small steps. */
const TOLERANCE = 0.1;

/** Entries of packages that pages may load: all but those of commands. */
function entries() {
  return publicPackages()
    .filter(({ manifest }) => manifest.bin === undefined)
    .flatMap(({ name, folder, manifest }) =>
      Object.keys(manifest.exports)
        .filter((each) => !each.endsWith('.json'))
        .map((each) => ({ spec: `${name}${each.slice(1)}`, name, folder })),
    );
}

/** An entry as a bundle, all of it used and TensorFlow.js left out, and why it is none for pages. */
async function bundleOf({ spec, folder }, others = []) {
  const { code, imports, problem } = await bundleForPages(`export * from '${spec}';`, folder, [
    '@tensorflow/*',
    ...others.flatMap((each) => [each, `${each}/*`]),
  ]);
  const strangers = imports.filter(
    (each) => !each.startsWith('@tensorflow/tfjs') && !others.some((other) => each.startsWith(other)),
  );
  const wrong = strangers.length > 0 ? `expected no import of ${strangers.join(', ')}` : undefined;
  return { code, problem: problem ?? wrong };
}

/** Sizes of all entries in bytes, compressed in each way, and without other packages of ours. */
async function bundleSizes() {
  const names = publicPackages().map(({ name }) => name);
  const rows = [];
  for (const entry of entries()) {
    const { code, problem } = await bundleOf(entry);
    if (problem !== undefined) {
      throw new Error(`${entry.spec}: expected a bundle for pages.\n${problem}`);
    }
    const others = names.filter((each) => each !== entry.name);
    const own = await bundleOf(entry, others);
    rows.push({
      ...{ spec: entry.spec, minified: code.length, gzip: gzipSync(code).length },
      ...{ brotli: brotliCompressSync(code).length, own: gzipSync(own.code).length },
    });
  }
  return rows;
}

/** The WebAssembly modules that packages/wasm holds as text, in bytes. */
function binaries() {
  const folder = path.join(root, 'packages/wasm/src/generated');
  return fs.readdirSync(folder).flatMap((file) => {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    return [...text.matchAll(/export const (\w+) =\s+'([^']+)'/g)].map(([, name, base64]) => {
      const code = Buffer.from(base64, 'base64');
      const what = `${file === 'binaries.ts' ? 'floats' : 'integers'}, ${name === 'PLAIN' ? 'plain' : 'relaxed'} SIMD`;
      return {
        what,
        bytes: code.length,
        gzip: gzipSync(code).length,
        brotli: brotliCompressSync(code).length,
      };
    });
  });
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const INTRODUCTION = `# Sizes

<!-- Made by \`npm run docs:sizes\`. Do not edit. -->

What each entry of each package adds to a page that has TensorFlow.js: bundled by esbuild for browsers and minified, with
everything that it exports and everything that it needs of other packages; TensorFlow.js is left out. A page that
imports a few names gets less, since bundlers leave out what is not used. \`npm run pack:check\` fails when a
compressed size (gzip) is further than a tenth from that of the present build, or when an entry asks for a module of Node.js.
The command line is for Node.js alone and not listed.
`;

/** The page docs/sizes.md, before prettier has formatted it. */
export async function sizesPage() {
  const table = (await bundleSizes()).map(
    ({ spec, minified, gzip, brotli, own }) =>
      `| \`${spec}\` | ${[minified, gzip, brotli, own].map(kB).join(' | ')} |`,
  );
  const modules = binaries().map(
    ({ what, bytes, gzip, brotli }) => `| ${what} | ${[bytes, gzip, brotli].map(kB).join(' | ')} |`,
  );
  return [
    INTRODUCTION,
    '| entry | minified | gzip | brotli | gzip, without our other packages |',
    ...['| --- | --- | --- | --- | --- |', ...table],
    '\n## WebAssembly\n',
    `The modules that \`@tfjs-optimize/wasm\` and its integer kernels hold, as text within the figures above; one of each pair
is used.\n`,
    ...['| kernels | bytes | gzip | brotli |', '| --- | --- | --- | --- |', ...modules],
  ].join('\n');
}

/** Entries that are no bundle for pages, or of another size than the page says: `{spec, problem}` of each entry. */
export async function sizeProblems() {
  const page = fs.readFileSync(path.join(root, 'docs/sizes.md'), 'utf8');
  const told = ({ spec }) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${spec}\` `));
    return 1000 * Number(row?.split('|')[3]?.replace('kB', ''));
  };
  const found = [];
  for (const entry of entries()) {
    const { code, problem } = await bundleOf(entry);
    const bytes = gzipSync(code).length;
    const isTold = Math.abs(told(entry) - bytes) <= TOLERANCE * bytes;
    const old = `docs/sizes.md: expected ${kB(bytes)} within a tenth, got ${kB(told(entry))}. Run npm run docs:sizes.`;
    found.push({ spec: entry.spec, problem: problem ?? (isTold ? undefined : old) });
  }
  return found;
}
