import { registerOps } from '@tfjs-optimize/runtime';
import { tfliteLaw } from '@tfjs-optimize/testing';
import { productLaws, valueLaws } from '@tfjs-optimize/testing/integer';
import { expect } from 'chai';
import { Region } from '../../src/integer/plan/region.js';
import { chooseForm } from '../../src/integer/integer-form.js';
import { formsOf } from '../support/forms.js';
import { engineInUse } from '../support/integers.js';
import { useEngine } from '../support/tester.js';

for (const form of ['plain', 'relaxed'] as const) {
  describe(`integer ops in ${form} form, element by element against whole numbers of any size`, () => {
    const { run } = Region.prototype;
    const ran = { ours: 0, references: 0 };
    let largest = 127;
    let undo = (): void => undefined;

    before(async function () {
      await useEngine();
      registerOps();
      const tried = formsOf(engineInUse()).find((each) => each.form.name === form);
      // Some engines have no relaxed dot products, or none of unsigned bytes.
      if (tried === undefined) this.skip();
      ({ largest } = tried);
      undo = chooseForm(engineInUse(), tried.form);
      Region.prototype.run = function (...args) {
        const outputs = run.apply(this, args);
        ran[outputs === undefined ? 'references' : 'ours']++;
        return outputs;
      };
    });
    after(function () {
      Region.prototype.run = run;
      undo();
      if (ran.ours > 0) expect(ran.references, 'ops that references ran').to.equal(0);
    });

    productLaws(() => largest);

    it('all 13 golden cases of TensorFlow Lite', async function () {
      // Their weights are whole int8.
      if (largest < 127) this.skip();
      await tfliteLaw(this);
    });
    valueLaws();
  });
}
