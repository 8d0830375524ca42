import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repoRoot, runChild, tempFolder, type ChildResult } from '@tfjs-optimize/testing';
import { reportFormOf, writeReport } from '../../../../scripts/lib/bench-report-file.js';

const refusal = (file: string): Promise<unknown> =>
  reportFormOf(file).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );

describe('reports of npm run bench', function () {
  this.timeout(60_000);

  /** Runs the benchmarks of GPUs with a backend that does not exist in place of one. */
  function benchmarks(...args: readonly string[]): Promise<ChildResult> {
    const file = path.join(repoRoot(), 'packages/benchmark/bench/gpu.bench.ts');
    return runChild(path.join(repoRoot(), 'scripts/lib/bench-main.ts'), args, {
      cwd: repoRoot(),
      nodeOptions: ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'],
      env: {
        TFJS_OPTIMIZE_BENCH_FILES: JSON.stringify([file]),
        TFJS_OPTIMIZE_GPU_BENCH_BACKEND: 'abacus',
      },
    });
  }

  it('are refused before anything runs where they could not be written', async () => {
    const folder = tempFolder();
    expect(await refusal(path.join(folder, 'report.pdf'))).to.contain('ends in .html or .md, got .pdf');
    expect(await refusal(path.join(folder, 'report'))).to.contain('got none');
    expect(await refusal(path.join(folder, 'nowhere/report.md'))).to.contain('a folder that exists');
    fs.mkdirSync(path.join(folder, 'taken.md'));
    expect(await refusal(path.join(folder, 'taken.md'))).to.contain('a plain file');
    fs.writeFileSync(path.join(folder, 'old.HTML'), 'old');
    expect(await refusal(path.join(folder, 'old.HTML'))).to.equal('taken');
    const { code, stderr } = await benchmarks('gpu/batch', '--report', path.join(folder, 'report.pdf'));
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.length(1);
  });

  it('are written whole or not at all', async () => {
    const folder = tempFolder();
    const file = path.join(folder, 'report.md');
    fs.writeFileSync(file, 'old');
    await writeReport(file, 'new');
    expect(fs.readFileSync(file, 'utf8')).to.equal('new');
    fs.mkdirSync(path.join(folder, 'taken'));
    const failed = await writeReport(path.join(folder, 'taken'), 'new').catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    expect(fs.readdirSync(folder).sort()).to.deep.equal(['report.md', 'taken']);
  });

  it('tell why nothing was measured where there is no GPU, which is no failure', async () => {
    const file = path.join(tempFolder(), 'report.md');
    const { code, stdout, stderr } = await benchmarks('gpu/batch', '--json', '--report', file);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal([]);
    expect(stderr).to.contain('skipped gpu/batch: ').and.to.contain("got 'abacus'");
    expect(fs.readFileSync(file, 'utf8'))
      .to.contain('No figures, 1 case skipped')
      .and.to.contain('abacus')
      .and.to.contain('## Machine');
  });
});
