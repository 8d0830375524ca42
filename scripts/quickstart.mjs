// npm run quickstart: installs, builds, and makes a small network of real digits faster before your eyes.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { inLane } from './lib/lanes.mjs';
import { root } from './lib/repo.mjs';
import { node } from './lib/run.mjs';

await main(async (args) => {
  await setUp({ build: true });
  const script = path.join(root, 'examples/quickstart/quickstart.ts');
  if (!fs.existsSync(script)) {
    throw new Error(
      'examples/quickstart/quickstart.ts: expected the quickstart, got nothing. Clone the whole repository.',
    );
  }
  const { code } = await inLane({ title: 'quickstart', seconds: 75 }, () =>
    node(['--disable-warning=DEP0180', '--require', 'ts-node/register', script, ...args], {
      cwd: path.join(root, 'examples/quickstart'),
    }),
  );
  if (process.env.CI) {
    process.stdout.write(`${code === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed'}, 0 skipped\n`);
  }
  return code;
});
