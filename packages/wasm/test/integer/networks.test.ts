import '@tfjs-optimize/wasm/integer';
import { expect } from 'chai';
import { answersOn, INT8_NETWORKS, int8Of, upTo, type Int8Network } from '../../bench/int8-networks.js';
import { Region } from '../../src/integer/plan/region.js';
import { useEngine } from '../support/tester.js';

/** How many examples are tried: references are slow. The benchmarks `integer/...-answers-changed` try all. */
const CASES: readonly { readonly network: Int8Network; readonly count: number; readonly batch: number }[] = [
  { network: INT8_NETWORKS.mnist, count: 100, batch: 32 },
  { network: INT8_NETWORKS.fashion, count: 100, batch: 32 },
  { network: INT8_NETWORKS.mobilenet, count: 6, batch: 4 },
];

describe('static int8 of trained networks (skipped without shared data)', function () {
  this.timeout(240_000);

  for (const { network, count, batch } of CASES) {
    it(`${network.title} gives the bits of its references for ${count} examples, in batches of ${batch}`, async function () {
      if (network.missing() !== undefined) this.skip();
      await useEngine();
      const model = await int8Of(network);
      const examples = network.trying();
      const step = Math.floor(examples.count / count);
      const indexes = upTo(count).map((i) => step * i);
      const { run } = Region.prototype;
      const ran = { ours: 0, references: 0 };
      Region.prototype.run = function (...args) {
        const outputs = run.apply(this, args);
        ran[outputs === undefined ? 'references' : 'ours']++;
        return outputs;
      };
      try {
        const got = await answersOn('wasm', model, examples, indexes, batch);
        // All of it is one region, once for each batch.
        expect(ran).to.deep.equal({ ours: Math.ceil(count / batch), references: 0 });
        const wanted = await answersOn('cpu', model, examples, indexes, batch);
        expect(new Set(wanted).size, 'values').to.be.above(10);
        expect(Buffer.from(got.buffer).equals(Buffer.from(wanted.buffer))).to.equal(true);
      } finally {
        Region.prototype.run = run;
        model.dispose();
      }
    });
  }
});
