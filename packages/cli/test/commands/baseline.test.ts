import { readdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { parseBaseline, type Baseline } from '@tfjs-optimize/benchmark';
import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { call, command, documentOf, expectFailure } from '../support/command.js';
import { writeModelFiles } from '../support/models.js';

const QUICK = ['--warm-up', '20', '--runs', '4', '--processes', '2'];
const CPU = ['--backend', 'cpu'];

/** The line of progress that tells of measuring, which begins in no call that is refused. */
const MEASURING = /^compare$/m;

interface Place {
  readonly model: string;
  readonly file: string;
  readonly folder: string;
  /** Writes a baseline as if it had been measured otherwise. */
  write(change: (baseline: Baseline) => unknown): Promise<void>;
  hold(...args: string[]): ReturnType<typeof command>;
  /** The same where nothing will be measured, which needs no process. */
  refuse(...args: string[]): ReturnType<typeof call>;
}

describe('compare with a baseline', function () {
  this.timeout(120_000);
  let made: Baseline;

  const withPlace = (work: (place: Place) => Promise<void>): Promise<void> =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'small'));
      const file = path.join(folder, 'baseline.json');
      const words = (args: readonly string[]): string[] => [
        ...['compare', model, '--baseline', file],
        ...QUICK,
        ...(args.includes('--backend') ? [] : CPU),
        ...args,
      ];
      await work({
        model,
        file,
        folder,
        write: (change) => writeFile(file, JSON.stringify(change(made))),
        hold: (...args) => command(words(args)),
        refuse: (...args) => call(words(args)),
      });
    });

  before(() =>
    withPlace(async ({ model, file, folder }) => {
      const saved = await command(['compare', model, '--save-baseline', file, ...QUICK, ...CPU]);
      expect(saved.code, saved.stderr).to.equal(0);
      expect(saved.stdout).to.match(/^small: \S+ ms on cpu, \S+ times the reference work of .* 2 processes/m);
      expect(saved.stderr).to.match(MEASURING);
      expect(saved.stdout).to.include(`Wrote ${file}`).and.include('assumed: batch size 1');
      expect((await readdir(folder)).sort(), 'no temporary files').to.deep.equal(['baseline.json', 'small']);
      made = parseBaseline(await readFile(file, 'utf8'));
    }),
  );

  /** The baseline as if the model had taken so many times as long; processes lie so far apart. */
  const times =
    (factor: number, apart = 1) =>
    (baseline: Baseline): Baseline => ({
      ...baseline,
      ratios: baseline.ratios.map((_, i) => factor * (baseline.ratios[0] ?? 1) * apart ** i),
    });

  it('holds times in units of work that never changes, with machine, inputs and samples', () => {
    expect(made.model.name).to.equal('small');
    expect(made.model.inputs).to.deep.equal([{ key: 'x', dtype: 'float32', shape: [1, 4] }]);
    expect(made.model.machine.tfjs).to.match(/^4\./);
    expect(made.ratios).to.have.length(2);
    // Four rounds shared out between two processes.
    expect(made.model.samples).to.have.length(4);
  });

  it('ends with status 1 and the interval when the model surely takes longer', () =>
    withPlace(async ({ write, hold }) => {
      // With one degree of freedom even processes that lie a thousandfold apart leave such an interval above 1.
      await write(times(1e-20));
      const slower = await hold('--max-slowdown', '1.01');
      expect(slower.stdout).to.match(
        /too slow: \S+x the time \(95 %: \S+-\S+\), all of it above --max-slowdown 1.01/,
      );
      expect(slower.code).to.equal(1);
      const document = documentOf(await hold('--json'));
      expect(document).to.include({ command: 'compare', ok: false });
      const regression = document['regression'] as { verdict: string; maxSlowdown: number };
      expect(regression).to.include({ verdict: 'too slow', maxSlowdown: 1.1 });
      expect(regression).to.have.nested.property('slowdown.low').that.is.above(1.1);
    }));

  it('ends with 0 when it keeps within the limit, and when that is not clear, and says which', () =>
    withPlace(async ({ file, write, hold }) => {
      await write(times(1e20));
      const well = await hold();
      expect(well.stdout).to.include('keeps within --max-slowdown 1.1');
      expect(well.code).to.equal(0);
      await write(times(1, 2));
      const text = await readFile(file, 'utf8');
      const unclear = await hold();
      expect(unclear.stdout).to.match(
        /not clear whether it is too slow: .* on both sides of --max-slowdown 1.1. Measure/,
      );
      expect(unclear.code).to.equal(0);
      expect(await readFile(file, 'utf8'), 'a baseline is only read').to.equal(text);
    }));

  it('refuses what was measured otherwise, before it measures', () =>
    withPlace(async ({ write, hold, refuse }) => {
      await write(times(1e20));
      for (const args of [
        ['--batch', '2'],
        ['--backend', 'wasm'],
      ]) {
        const refused = await refuse(...args);
        expectFailure(refused, 3, 'baseline/other');
        expect(refused.stderr).not.to.match(MEASURING);
      }
      const { machine } = made.model;
      await write((baseline) => ({
        ...times(1e20)(baseline),
        model: { ...made.model, machine: { ...machine, cpu: 'abacus' } },
      }));
      const elsewhere = await refuse();
      expectFailure(elsewhere, 3, 'baseline/other');
      expect(elsewhere.stderr).to.include('abacus').and.include('--other-machine').and.not.match(MEASURING);
      const taken = await hold('--other-machine');
      expect(taken.stdout).to.match(/^warning .*abacus/m);
      expect(taken.code).to.equal(0);
    }));

  it('refuses files that are no baseline, and those of other versions', () =>
    withPlace(async ({ file, folder, refuse }) => {
      expectFailure(await refuse(), 3, 'io/not-found');
      for (const [text, code] of [
        ['{"kind":"tfjs-optimize/baseline","version":99}', 'baseline/version'],
        ['{"a":1}', 'baseline/schema'],
        ['hello', 'baseline/schema'],
      ] as const) {
        await writeFile(file, text);
        const refused = await refuse();
        expectFailure(refused, 3, code);
        expect(refused.stderr).not.to.match(MEASURING);
        expect(await readFile(file, 'utf8')).to.equal(text);
      }
      expect((await readdir(folder)).sort()).to.deep.equal(['baseline.json', 'small']);
    }));

  it('refuses places it cannot write to, and calls that make no sense, before any work', () =>
    withPlace(async ({ model, file, folder }) => {
      await writeFile(file, 'mine');
      const save = (...args: string[]) => call(['compare', ...args, ...QUICK, ...CPU]);
      for (const [args, status, code] of [
        [[model, '--save-baseline', file], 4, 'io/exists'],
        [[model, '--save-baseline', path.join(folder, 'no/b.json')], 4, 'io/permission'],
        [[model, '--save-baseline', folder], 4, 'io/permission'],
        [[model, model, '--save-baseline', path.join(folder, 'b.json')], 2, 'argument/invalid'],
        [[model, '--batch', '1,2', '--save-baseline', path.join(folder, 'b.json')], 2, 'argument/invalid'],
      ] as const) {
        const refused = await save(...args);
        expectFailure(refused, status, code);
        expect(refused.stderr).not.to.match(MEASURING);
      }
      expect((await save(model, '--max-slowdown', '0', '--baseline', file)).code).to.equal(2);
      expect((await save(model, '--processes', '1', '--baseline', file)).code).to.equal(2);
      expect(await readFile(file, 'utf8')).to.equal('mine');
      expect((await readdir(folder)).sort()).to.deep.equal(['baseline.json', 'small']);
    }));
});
