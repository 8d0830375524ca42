// npm run docs:api [-- --check]: writes the API reference of every published package to docs/api, or with
// --check only reads the sources for it. A broken link or anything else that typedoc warns of is a failure. Types are
// the business of npm run lint: typedoc would check those of a package again with every package that uses it.
import { main, setUp } from './lib/set-up.mjs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { Counts } from './lib/count.mjs';
import { inLane } from './lib/lanes.mjs';
import { publicPackages, readJson, relative, root } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

await main(async (args) => {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean', default: false } } });
  await setUp();
  const counts = new Counts();
  const { entryPoints } = readJson(path.join(root, 'typedoc.json'));
  for (const { name, folder } of publicPackages()) {
    const isListed = entryPoints.includes(relative(folder));
    counts.check(
      `${name} is in the reference`,
      isListed ? undefined : `typedoc.json: expected ${relative(folder)} in entryPoints, got none`,
    );
  }
  const typedoc = path.join(root, 'node_modules/typedoc/bin/typedoc');
  const { code, output } = await inLane({ title: 'typedoc', seconds: 60 }, () =>
    node([typedoc, ...(values.check ? ['--emit', 'none'] : [])], { cwd: root, quiet: true }),
  );
  counts.check('typedoc finds nothing to warn of', code === 0 ? undefined : output);
  if (code === 0 && !values.check) {
    process.stdout.write('The reference is in docs/api: open docs/api/index.html.\n');
  }
  return counts.finish('API reference');
});
