// npm run bench [-- GROUP | GROUP/CASE ...] [--json] [--report FILE] [--seed N] [--quick]
// Runs the cases of packages/*/bench/*.bench.ts; with --quick those that take long at a smaller size. With --json stdout holds one array of rows and nothing
// else (run it as `npm run --silent bench -- GROUP --json`, since npm prints a banner of its own). With --report all of it is
// written to a file, too: rows, machine, and what was skipped or failed, as a page (.html) or as Markdown (.md).
import { main, setUp } from './lib/set-up.mjs';
import * as path from 'node:path';
import { packages, root, TS_NODE, walk } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

await main(async (args) => {
  await setUp();
  const files = packages().flatMap(({ folder }) =>
    walk(path.join(folder, 'bench'), (file) => file.endsWith('.bench.ts')),
  );
  if (files.length === 0) {
    throw new Error('npm run bench: expected files packages/*/bench/*.bench.ts, got none.');
  }
  const entry = path.join(root, 'scripts/lib/bench-main.ts');
  const { code } = await node(['--expose-gc', '--disable-warning=DEP0180', ...TS_NODE, entry, ...args], {
    cwd: root,
    env: { TFJS_OPTIMIZE_BENCH_FILES: JSON.stringify(files) },
  });
  return code;
});
