// Compiles the kernels in assembly/ into src/generated/, those of floats and those of integers apart: each once with the
// SIMD instructions that every engine has and once with relaxed ones.
import asc from 'assemblyscript/asc';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { depthwiseGroups } from './depthwise.mjs';
import { integerDepthwise } from './integer-depthwise.mjs';
import { integerTiles } from './integer-tiles.mjs';
import { tiles } from './tiles.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));

/**
 * Rows of the largest tile of floats (more accumulators than registers would wait in memory), and steps along K that a
 * round of integer tiles takes. Measured: docs/kernels.md.
 */
const BUILDS = [
  { name: 'plain', relaxed: false, tileRows: 4, steps: 2 },
  { name: 'relaxed', relaxed: true, tileRows: 6, steps: 1 },
];

/** Files of a build, those that are written by program among them. */
function reader({ tileRows, steps, relaxed }) {
  const panel = relaxed ? 'vectors' : 'bytes';
  const written = {
    'tiles.ts': () => tiles(tileRows, relaxed),
    'depthwise-groups.ts': depthwiseGroups,
    'depthwise-blocks.ts': () => integerDepthwise(relaxed ? 4 : 2),
    // Bytes are read as they lie; what is widened can as well be laid together.
    'integer-tiles.ts': () =>
      integerTiles('./form', { steps, panel, layout: relaxed ? 'apart' : 'together' }),
    'integer-wide-tiles.ts': () => integerTiles('./form', { steps, panel: 'vectors', layout: 'together' }),
    'dynamic-tiles.ts': () => integerTiles('../form', { steps, panel, layout: 'together' }),
    'wide-tiles.ts': () => integerTiles('../form', { steps, panel: 'vectors', layout: 'together' }),
  };
  return async (name, base) => {
    const make = written[path.basename(name)];
    if (make !== undefined) return make();
    const text = await fs.readFile(path.resolve(base, name), 'utf8').catch(() => null);
    // A decorator of functions, which only this compiler knows.
    return text && text.replace(/^\/\/ @inline$/gm, '@inline');
  };
}

async function compile(entry, build) {
  const { relaxed } = build;
  let binary;
  const messages = [];
  const { error } = await asc.main(
    [
      entry,
      ...['--baseDir', folder, '--outFile', 'kernels.wasm'],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory'],
      // The kernels share the backend's memory: they must not put data of their own anywhere.
      ...['--use', 'abort=', '--use', `RELAXED=${Number(relaxed)}`, '--enable', 'simd'],
      ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
      // Vectors are handed from function to function in here, never to JavaScript.
      ...['--disableWarning', '112'],
    ],
    {
      readFile: reader(build),
      writeFile: (_, contents) => (binary = contents),
      listFiles: () => [],
      stderr: { write: (text) => messages.push(text) },
    },
  );
  if (error) throw new Error(`assembly/: expected code that asc compiles, got:\n${messages.join('')}`);
  if (messages.length > 0) process.stderr.write(messages.join(''));
  return binary;
}

/** Modules: a page loads those of integers only where it has such models. */
const MODULES = { 'binaries.ts': 'assembly/index.ts', 'integer-binaries.ts': 'assembly/integer/index.ts' };

const generated = path.join(folder, 'src/generated');
await fs.mkdir(generated, { recursive: true });
for (const [file, entry] of Object.entries(MODULES)) {
  const constants = [];
  for (const build of BUILDS) {
    const text = Buffer.from(await compile(entry, build)).toString('base64');
    constants.push(`export const ${build.name.toUpperCase()} =\n  '${text}';\n`);
  }
  const target = path.join(generated, file);
  const comment = '// Made by build/kernels.mjs from assembly/.\n';
  await fs.writeFile(`${target}.new`, `${comment}${constants.join('')}`);
  await fs.rename(`${target}.new`, target);
}
