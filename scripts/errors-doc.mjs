// npm run docs:errors: writes docs/errors.md from the error codes. A test fails when the page is old.
import { main, setUp } from './lib/set-up.mjs';
import * as path from 'node:path';
import { root, TS_NODE } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

await main(async () => {
  await setUp();
  const { code } = await node([...TS_NODE, path.join(root, 'scripts/lib/errors-doc-main.ts')], { cwd: root });
  return code;
});
