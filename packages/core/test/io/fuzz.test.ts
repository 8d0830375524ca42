import { isOptimizeError, loadModel } from '@tfjs-optimize/core';
import { runChild, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { toPackedArtifacts } from '../../src/io/artifacts.js';
import { biasedModel, integerModel } from './packed-model.js';

/** Seconds of fuzzing and its seed; a failure prints what reproduces it. */
const SECONDS = Number(process.env['TFJS_OPTIMIZE_FUZZ_SECONDS'] ?? 8);
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
        'packed/checksum',
      ]);
    }));

  for (const [name, model] of Object.entries({ packed: biasedModel(), integer: integerModel() })) {
    it(`${name}: every bit of its weights that is turned and every byte that is missing or too much is noticed`, async () => {
      const artifacts = toPackedArtifacts(model);
      const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
      const codeOf = async (weightData: Uint8Array): Promise<string> => {
        try {
          await loadModel({ ...artifacts, weightData: weightData.slice().buffer });
        } catch (error) {
          return isOptimizeError(error) ? error.code : String(error);
        }
        return 'read';
      };
      expect(await codeOf(bytes)).to.equal('read');
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const spoilt = bytes.slice();
        spoilt[bit >> 3] = (spoilt[bit >> 3] as number) ^ (1 << (bit % 8));
        expect(await codeOf(spoilt), `bit ${bit}`).to.equal('packed/checksum');
      }
      const codes = new Set<string>();
      for (let length = 0; length < bytes.length; length++) codes.add(await codeOf(bytes.slice(0, length)));
      codes.add(await codeOf(Uint8Array.of(...bytes, 0)));
      expect([...codes]).to.deep.equal(['io/manifest']);
    });
  }
});
