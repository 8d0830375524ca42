import { expect } from 'chai';
import { builtFolder, runProgram } from '../support/built.js';

interface Found {
  /** The results of each computation. */
  readonly bits: readonly (readonly number[])[];
  /** Differences from the cpu backend, relative to the largest number of the result. */
  readonly largest: readonly number[];
  readonly simd: 'plain' | 'relaxed' | 'none';
  readonly warnings: readonly string[];
}

/** Node.js 20 has relaxed SIMD behind a flag, later ones always. */
const RELAXED = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

async function compute(lacks: string, wanted: string): Promise<Found> {
  const found = (await runProgram('instructions.mjs', [lacks, wanted], RELAXED)) as Found;
  expect(found.bits.length).to.be.above(3);
  for (const each of found.largest) expect(each).to.be.below(1e-5);
  return found;
}

describe('instructions of the engine', function () {
  this.timeout(120_000);
  before(builtFolder);

  it('may lack SIMD: the kernels of the backend run, which is said once (differences below 1e-5)', async () => {
    const { simd, warnings } = await compute('none', 'fast');
    expect(simd).to.equal('none');
    expect(warnings).to.deep.equal([
      '@tfjs-optimize/wasm: the wasm backend keeps its own kernels, and int8 ops their references: this engine has no WebAssembly SIMD.',
    ]);
  });

  it('are plain SIMD with setDeterministic: the same bits as without relaxed SIMD', async () => {
    const [fast, chosen, lacking] = await Promise.all([
      compute('nothing', 'fast'),
      compute('nothing', 'deterministic'),
      compute('relaxed', 'fast'),
    ]);
    expect([fast, chosen, lacking].map(({ simd }) => simd)).to.deep.equal(['relaxed', 'plain', 'plain']);
    expect(chosen.bits).to.deep.equal(lacking.bits);
    for (const { warnings } of [fast, chosen, lacking]) expect(warnings).to.deep.equal([]);
  });
});
