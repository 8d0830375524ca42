// npm run typetest: compiles packages/*/test-types/*.ts against the sources. What must compile stands there
// as it is; what must not stands below a `@ts-expect-error` with its reason, which fails when it compiles.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Counts } from './lib/count.mjs';
import { inLane } from './lib/lanes.mjs';
import { packages, relative, root, walk } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

await main(async () => {
  await setUp();
  const counts = new Counts();
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { code, output } = await inLane({ title: 'tsc', seconds: 25 }, () =>
    node([tsc, '-p', 'tsconfig.typetest.json', '--pretty', 'false'], { cwd: root, quiet: true }),
  );
  const files = packages().flatMap(({ folder }) =>
    walk(path.join(folder, 'test-types'), (file) => file.endsWith('.ts')),
  );
  const errors = output.split('\n').filter((line) => line.includes('error TS'));
  for (const file of files) {
    const own = errors.filter((line) => line.startsWith(`${relative(file)}(`));
    const refusals = fs.readFileSync(file, 'utf8').split('@ts-expect-error').length - 1;
    const none = refusals === 0 ? ['expected at least one @ts-expect-error, got none'] : [];
    const problems = [...own, ...none];
    counts.check(
      `${relative(file)} (${refusals} refusals)`,
      problems.length === 0 ? undefined : problems.join('\n'),
    );
  }
  if (code !== 0 && counts.failed === 0) {
    counts.check('sources compile', output);
  }
  return counts.finish('type tests');
});
