import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { Random, runPass, makeContext, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { nets } from '@tfjs-optimize/testing';
import { pruneChannels } from '../../src/index.js';
import { RandomNet } from './random-net.js';
import { expectSame, zeroed } from './zeroed.js';

const SEEDS = Array.from({ length: 60 }, (_, i) => i);

describe('channels of random graphs', () => {
  before(() => tf.setBackend('cpu'));

  for (const isFused of [false, true]) {
    it(`removing channels of zeros changes no output (within 1e-4 of the largest), ${isFused ? 'fused' : 'as built'}, ${SEEDS.length} graphs`, async function () {
      this.timeout(240_000);
      const x = nets.uniformTensor([2, 8, 8, 3], 1);
      const seen = new Set<string>();
      let removed = 0;
      for (const seed of SEEDS) {
        const net = new RandomNet(seed);
        const plain = net.build();
        const model = isFused
          ? ((await runPass(inference(), plain, makeContext())).model as Model<'float'>)
          : plain;
        const random = Random.of(seed);
        const result = await pruneChannels(model, {
          ratio: random.uniform(0.2, 0.8),
          scope: seed % 3 === 0 ? 'model' : 'group',
          importance: 'random',
          roundTo: 1,
          seed,
        });
        const groups = result.steps[0] ?? [];
        if (groups.length > 0) for (const block of net.blocks) seen.add(block);
        removed += groups.reduce((sum, group) => sum + group.removed.length, 0);
        const what = `seed ${seed} (${net.blocks.join(', ')})`;
        expect(result.after.parameters, what).to.be.below(result.before.parameters);
        await expectSame(zeroed(model, result), result.model, [x], what);
        plain.dispose();
      }
      x.dispose();
      expect(seen.size, 'kinds of blocks').to.equal(13);
      expect(removed).to.be.above(SEEDS.length * 10);
    });
  }
});
