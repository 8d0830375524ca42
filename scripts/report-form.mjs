// npm run docs:schema: writes the published schema of report files and the script of report pages as text.
// A test fails when either is old.
import { main, setUp } from './lib/set-up.mjs';
import * as path from 'node:path';
import { root, TS_NODE } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

await main(async () => {
  await setUp();
  const { code } = await node([...TS_NODE, path.join(root, 'scripts/lib/report-form-main.ts')], {
    cwd: root,
  });
  return code;
});
