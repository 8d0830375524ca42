// Compiles the kernels in assembly/ into src/generated/binaries.ts, once with the SIMD instructions that every
// engine has and once with relaxed ones.
import asc from 'assemblyscript/asc';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { depthwiseGroups } from './depthwise.mjs';
import { integerDepthwise } from './integer-depthwise.mjs';
import { integerTiles } from './integer-tiles.mjs';
import { tiles } from './tiles.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Rows of the largest tile: more accumulators than registers would wait in memory. Measured: docs/kernels.md. */
const BUILDS = [
  { name: 'plain', relaxed: false, tileRows: 4, integerRows: 4, integerSteps: 1 },
  { name: 'relaxed', relaxed: true, tileRows: 6, integerRows: 6, integerSteps: 1 },
];

/** Rows of a tile of dynamic products, which `src/integer/dynamic/rows.ts` knows, too. */
const DYNAMIC_ROWS = 6;

/** Files of a build, those that are written by program among them. */
function reader({ tileRows, integerRows, integerSteps, relaxed }) {
  const panel = relaxed ? 'vectors' : 'bytes';
  const steps = integerSteps;
  const dynamic = { steps, layout: 'together', ending: 'tile' };
  const written = {
    'tiles.ts': () => tiles(tileRows, relaxed),
    'depthwise-groups.ts': depthwiseGroups,
    'depthwise-blocks.ts': () => integerDepthwise(relaxed ? 4 : 2),
    'integer-tiles.ts': () =>
      integerTiles(integerRows, './form', { steps, panel, layout: 'apart', ending: 'rows' }),
    'dynamic-tiles.ts': () => integerTiles(DYNAMIC_ROWS, '../form', { ...dynamic, panel }),
    'wide-tiles.ts': () => integerTiles(DYNAMIC_ROWS, '../form', { ...dynamic, panel: 'vectors' }),
  };
  return async (name, base) => {
    const make = written[path.basename(name)];
    if (make !== undefined) return make();
    return fs.readFile(path.resolve(base, name), 'utf8').catch(() => null);
  };
}

async function compile(build) {
  const { relaxed } = build;
  let binary;
  const messages = [];
  const { error } = await asc.main(
    [
      'assembly/index.ts',
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

const constants = [];
for (const build of BUILDS) {
  const binary = await compile(build);
  constants.push(
    `export const ${build.name.toUpperCase()} =\n  '${Buffer.from(binary).toString('base64')}';\n`,
  );
}
const target = path.join(folder, 'src/generated/binaries.ts');
await fs.mkdir(path.dirname(target), { recursive: true });
await fs.writeFile(`${target}.new`, `// Made by build/kernels.mjs from assembly/.\n${constants.join('')}`);
await fs.rename(`${target}.new`, target);
