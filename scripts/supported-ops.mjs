// npm run docs:ops: writes docs/supported-ops.md from the op table. With --check it writes nothing and
// fails when the page is old; a test does the same.
import * as path from 'node:path';
import { root, TS_NODE } from './lib/repo.mjs';
import { node } from './lib/run.mjs';
import { main, setUp } from './lib/set-up.mjs';

await main(async () => {
  await setUp();
  const script = path.join(root, 'scripts/lib/supported-ops-main.ts');
  const { code } = await node([...TS_NODE, script, ...process.argv.slice(2)], { cwd: root });
  return code;
});
