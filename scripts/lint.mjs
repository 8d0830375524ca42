// npm run lint: eslint, prettier, types of everything that is not published, and the rules of the tree.
import { main, setUp } from './lib/set-up.mjs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Counts } from './lib/count.mjs';
import { root } from './lib/repo.mjs';
import { inLanes, node } from './lib/run.mjs';

const module = (file) => path.join(root, 'node_modules', file);
const steps = [
  ['eslint', [module('eslint/bin/eslint.js'), '.']],
  ['types', [module('typescript/bin/tsc'), '-p', 'tsconfig.check.json']],
  ['prettier', [module('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']],
  ['tree', [path.join(root, 'scripts/check-tree.mjs')]],
];

await main(async () => {
  await setUp();
  const counts = new Counts();
  const results = await inLanes(steps, os.availableParallelism(), ([, args]) =>
    node(args, { cwd: root, quiet: true }),
  );
  results.forEach(({ code, output }, at) => counts.check(steps[at][0], code === 0 ? undefined : output));
  return counts.finish('lint');
});
