import { registerOps } from '@tfjs-optimize/runtime';
import { productLaws, valueLaws } from '@tfjs-optimize/testing/integer';
import { setDeterministic } from '@tfjs-optimize/wasm';
import { expect } from 'chai';
import { Region } from '../../src/integer/plan/region.js';
import { formOn } from '../../src/integer/integer-form.js';
import { engineInUse } from '../support/integers.js';
import { useEngine } from '../support/tester.js';

for (const form of ['plain', 'relaxed'] as const) {
  describe(`integer ops in ${form} form, element by element against whole numbers of any size`, () => {
    const { run } = Region.prototype;
    const ran = { ours: 0, references: 0 };

    before(async function () {
      await useEngine();
      registerOps();
      setDeterministic(form === 'plain');
      // Many engines have no relaxed dot products that are exact for all bytes.
      if (formOn(engineInUse())?.name !== form) this.skip();
      Region.prototype.run = function (...args) {
        const outputs = run.apply(this, args);
        ran[outputs === undefined ? 'references' : 'ours']++;
        return outputs;
      };
    });
    after(function () {
      Region.prototype.run = run;
      setDeterministic(false);
      if (ran.ours > 0) expect(ran.references, 'ops that references ran').to.equal(0);
    });

    productLaws();
    valueLaws();
  });
}
