import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repoRoot, runChild, tempFolder, type ChildResult } from '@tfjs-optimize/testing';

const script = (name: string, ...args: readonly string[]): Promise<ChildResult> =>
  runChild(path.join(repoRoot(), 'scripts', name), args, { cwd: repoRoot() });

const FEW = 'packages/testing/test/assert.test.ts';

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

/** Runs scripts/lib/node-version.mjs in a process that believes to be of another version. */
function onVersion(version: string): Promise<ChildResult> {
  const file = path.join(tempFolder(), 'version.cjs');
  const target = pathToFileURL(path.join(repoRoot(), 'scripts/lib/node-version.mjs')).href;
  fs.writeFileSync(
    file,
    `Object.defineProperty(process.versions, 'node', { value: '${version}' }); import('${target}');`,
  );
  return runChild(file);
}

describe('scripts of the repository', function () {
  this.timeout(60_000);

  it('refuse a Node.js that is too old, by name, and no other', async () => {
    for (const version of ['18.20.8', '20.18.3', '21.7.0', '22.11.0']) {
      const { code, stderr } = await onVersion(version);
      expect([code, stderr]).to.deep.equal([
        1,
        `Node.js: expected 20.19 or later (or 22.12 or later), got ${version}. Install a current version and run the command again.\n`,
      ]);
    }
    for (const version of ['20.19.0', '22.12.0', '23.0.0', '24.1.0', '26.0.0']) {
      expect((await onVersion(version)).code, version).to.equal(0);
    }
  });

  it('npm test names the packages when it is asked for one that does not exist', async () => {
    const { code, stderr } = await script('test.mjs', 'nowhere');
    expect(code).to.equal(1);
    expect(stderr).to.contain('got nowhere. Packages: ').and.to.contain('core').and.to.contain('testing');
  });

  it('npm test fails when no test matches', async () => {
    const { code, stdout } = await script('test.mjs', FEW, '--grep', 'no test has this title');
    expect(code).to.equal(1);
    expect(stdout).to.contain('expected at least one test to run, got none');
    expect(lastLine(stdout)).to.equal('0 passed, 0 failed, 0 skipped');
  });

  it('npm run bench names the groups when it is asked for one that does not exist', async () => {
    const { code, stdout, stderr } = await script('bench.mjs', 'nowhere', '--json');
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/expected a group or a case, got nowhere\. Groups: .*fusion/);
  });

  it('.ci/run refuses to run without the shared data, with its counts in the last line', function () {
    if (process.platform === 'win32') {
      this.skip();
    }
    const env = { ...process.env, TFJS_OPTIMIZE_SHARED: tempFolder() };
    const { status, stdout } = spawnSync(path.join(repoRoot(), '.ci/run'), { env, encoding: 'utf8' });
    expect(status).to.not.equal(0);
    expect(stdout).to.contain('expected the shared test data, got nothing');
    expect(lastLine(stdout)).to.equal('0 passed, 1 failed, 0 skipped');
  });
});
