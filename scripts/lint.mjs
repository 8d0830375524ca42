// npm run lint: eslint, prettier, types of everything that is not published, and the rules of the tree.
import { main, setUp } from './lib/set-up.mjs';
import * as path from 'node:path';
import { Counts } from './lib/count.mjs';
import { inLanes } from './lib/lanes.mjs';
import { root } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

const module = (file) => path.join(root, 'node_modules', file);
const steps = [
  { title: 'eslint', seconds: 120, args: [module('eslint/bin/eslint.js'), '.'] },
  { title: 'types', seconds: 40, args: [module('typescript/bin/tsc'), '-p', 'tsconfig.check.json'] },
  {
    title: 'prettier',
    seconds: 40,
    args: [module('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'],
  },
  { title: 'tree', seconds: 2, args: [path.join(root, 'scripts/check-tree.mjs')] },
];

await main(async () => {
  await setUp();
  const counts = new Counts();
  const results = await inLanes(
    steps,
    (step) => step,
    ({ args }) => node(args, { cwd: root, quiet: true }),
  );
  results.forEach(({ code, output }, at) => counts.check(steps[at].title, code === 0 ? undefined : output));
  return counts.finish('lint');
});
