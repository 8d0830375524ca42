// npm run examples [-- NAME ...]: runs the notebooks examples/*.ts from top to bottom, each in a process of
// its own, on the packages as they are built. Several run side by side, so that the times they print are those of a
// busy machine: name one to have it run alone.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Counts } from './lib/count.mjs';
import { inLanes } from './lib/lanes.mjs';
import { root } from './lib/repo.mjs';
import { node, seconds } from './lib/run.mjs';

const folder = path.join(root, 'examples');

/** Notebooks that take long, by their numbers: they begin first, so that no core is left with one at the end. */
const LONG = ['09', '17', '03', '18', '13'];

const jobOf = (file) => ({
  title: path.parse(file).name,
  seconds: LONG.some((number) => file.startsWith(number)) ? 30 : 10,
});

await main(async (names) => {
  await setUp({ build: true });
  const all = fs.readdirSync(folder).filter((file) => file.endsWith('.ts'));
  // The beginning of a name will do: `npm run examples -- 01`.
  const fileOf = (name) => all.find((file) => file.startsWith(path.parse(name).name));
  const unknown = names.find((name) => fileOf(name) === undefined);
  if (unknown !== undefined) {
    throw new Error(
      `npm run examples: expected one of ${all.map((file) => path.parse(file).name).join(', ')}, got ${unknown}.`,
    );
  }
  const chosen = names.length === 0 ? all : names.map(fileOf);
  const counts = new Counts();
  await inLanes(chosen.toSorted(), jobOf, async (file) => {
    const started = performance.now();
    const { code, output } = await node(
      [
        // ts-node 10.9.2 uses two interfaces that newer versions of Node.js warn of.
        '--disable-warning=DEP0180',
        '--disable-warning=DEP0205',
        `--import=${pathToFileURL(path.join(folder, 'ts-node.mjs')).href}`,
        path.join(folder, file),
      ],
      { cwd: folder, quiet: true },
    );
    const silent = output.trim() === '' ? 'expected the example to print something, got nothing' : undefined;
    if (code === 0 && silent === undefined) {
      process.stdout.write(`\n${output.trim().replace(/^/gm, '  ')}\n\n`);
    }
    counts.check(`examples/${file} (${seconds(started)})`, code === 0 ? silent : output);
  });
  return counts.finish('examples');
});
