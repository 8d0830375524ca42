import * as path from 'node:path';
import { expect } from 'chai';
import { repoRoot, runChild } from '@tfjs-optimize/testing';
import { needNode } from '../support/saved-model.js';

const MIB = 2 ** 20;
/** Bytes of ResNet-18's weights, about. */
const WEIGHTS = 45 * MIB;

describe('memory of sessions', function () {
  this.timeout(300_000);

  it('stays where it is through 1,000 runs, and is given back by dispose and by the garbage collector', async function () {
    await needNode(this);
    if (process.platform !== 'linux') this.skip();
    const child = await runChild(path.join(__dirname, 'memory-child.ts'), [], {
      cwd: repoRoot(),
      nodeOptions: ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register', '--expose-gc'],
      // Has the C library give freed memory back to the system, where it would keep it for the next session.
      env: { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' },
    });
    expect(child.code, child.stderr).to.equal(0);
    const told = JSON.parse(child.stdout) as Readonly<Record<string, number>>;
    const at = (name: string): number => told[name] ?? NaN;
    expect(at('tensors'), 'tensors left by 1,000 runs').to.equal(0);
    expect(at('after') - at('before'), 'bytes left by 1,000 runs').to.be.below(8 * MIB);
    for (const cycle of [0, 1, 2, 3, 4, 5]) {
      const returned = at(`open${cycle}`) - at(`closed${cycle}`);
      expect(returned, `bytes that dispose ${cycle} returned`).to.be.above(2 * WEIGHTS);
    }
    expect(at('closed5') - at('closed1'), 'bytes left by four sessions').to.be.below(WEIGHTS / 2);
    expect(at('forgotten'), 'sessions that the collector ended').to.equal(1);
  });
});
