import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { bitsOfModels } from '../support/engine-models.js';
import { nodeProgram, printed } from '../support/engines.js';
import type { FallbackFound } from '../support/fallback-program.js';

/** Why kernels of ours do not run, and what the one warning says. */
const REASONS: Readonly<Record<string, string>> = {
  'no SIMD': 'this engine has no WebAssembly SIMD',
  'no modules': 'this engine does not compile our kernels here',
  'no module': 'its insides are not those',
  'another memory': 'its memory is not where it was',
  'addresses of another name': 'its memory is not where it was',
  'outputs that fail': 'trying ours failed (moved)',
};

describe('int8 models where our kernels do not run', function () {
  this.timeout(120_000);
  let program = '';
  let wanted: Readonly<Record<string, number>> = {};

  before(async () => {
    program = await nodeProgram('fallback-program.ts');
    await tf.setBackend('cpu');
    wanted = await bitsOfModels(127);
  });

  async function found(reason: string): Promise<FallbackFound> {
    return (await printed([program, reason])) as FallbackFound;
  }

  for (const [reason, said] of Object.entries(REASONS)) {
    it(`${reason}: references give the same bits, which is said once`, async () => {
      const { bits, form, warnings } = await found(reason);
      expect(bits).to.deep.equal(wanted);
      expect(form).to.equal('none');
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include('int8 ops').and.to.include(said);
    });
  }

  it('nothing: our kernels run, and nothing is said', async () => {
    const { bits, form, warnings } = await found('nothing');
    expect(bits).to.deep.equal(wanted);
    expect(form).to.be.oneOf(['plain', 'relaxed']);
    expect(warnings).to.deep.equal([]);
  });
});
