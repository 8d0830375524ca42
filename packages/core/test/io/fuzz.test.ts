import { runChild, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Seconds of fuzzing and its seed; a failure prints what reproduces it. */
const SECONDS = Number(process.env['TFJS_OPTIMIZE_FUZZ_SECONDS'] ?? 20);
const SEED = Number(process.env['TFJS_OPTIMIZE_FUZZ_SEED'] ?? 1);
/** What starting and the slowest case may take beside. */
const SPARE_SECONDS = 60;

interface Summary {
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failure?: unknown;
}

describe('spoilt models', function () {
  this.timeout((SECONDS + SPARE_SECONDS + 10) * 1000);

  it(`of seed ${SEED} are read or refused with a code: no crash, no hang, for ${SECONDS} seconds`, () =>
    withTempFolder(async (folder) => {
      const last = path.join(folder, 'last.json');
      const child = path.join(__dirname, 'fuzz-child.ts');
      const { code, signal, stdout, stderr } = await runChild(child, [`${SEED}`, `${SECONDS}`, last], {
        nodeOptions: ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'],
        timeoutMs: (SECONDS + SPARE_SECONDS) * 1000,
      });
      if (code !== 0) {
        const at = fs.existsSync(last) ? fs.readFileSync(last, 'utf8').slice(0, 3000) : 'no case';
        throw new Error(`the process ended with ${code ?? signal} at ${at}\n${stderr}`);
      }
      const { runs, outcomes, failure } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary;
      expect(failure, JSON.stringify(failure, null, 1)).to.equal(undefined);
      // Enough cases, and of many kinds, or the spoiling does not work.
      expect(runs).to.be.greaterThan(20 * SECONDS);
      expect(Object.keys(outcomes)).to.include.members([
        'read',
        'io/format',
        'io/shard',
        'io/manifest',
        'io/unsafe',
      ]);
    }));
});
