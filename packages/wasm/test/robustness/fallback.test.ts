import { expect } from 'chai';
import { KERNELS } from '../../src/kernels/index.js';
import { builtFolder, runProgram } from '../support/built.js';

type Differences = Readonly<Record<string, number>>;

/** Sums of up to 1 200 products, in two orders, relative to the largest number of the result. */
const TOLERANCE = 1e-5;

function expectSmall(differences: Differences): void {
  const names = Object.keys(differences);
  expect(names.length).to.be.above(3);
  for (const name of names) expect(differences[name], name).to.be.below(TOLERANCE);
}

const NAMES = KERNELS.map(({ name }) => name).sort();

describe('a program with this package', function () {
  this.timeout(120_000);
  before(builtFolder);

  it('may load it twice, in two formats and from two places (differences below 1e-5)', async () => {
    const found = (await runProgram('twice.mjs')) as {
      copies: number;
      sameKernel: boolean;
      agree: boolean;
      differences: Differences;
      warnings: string[];
      ours: string[];
    };
    expect(found.copies).to.equal(4);
    expect(found.sameKernel, 'kernels stay those of the first copy').to.equal(true);
    expect(found.agree, 'copies share their settings').to.equal(true);
    expect(found.warnings).to.deep.equal([]);
    expect(found.ours.sort()).to.deep.equal(NAMES);
    expectSmall(found.differences);
  });

  it('may have two wasm backends, and another in the place of one (differences below 1e-5)', async () => {
    const { found, moved, inUse, warnings, ours } = (await runProgram('backends.mjs')) as {
      found: Readonly<Record<string, Differences>>;
      moved: number;
      inUse: boolean;
      warnings: string[];
      ours: string[][];
    };
    expect(Object.keys(found)).to.deep.equal(['first', 'second', 'again']);
    for (const each of Object.values(found)) expectSmall(each);
    expect(moved, 'a tensor that moves between them').to.be.below(TOLERANCE);
    expect(inUse).to.equal(true);
    expect(warnings).to.deep.equal([]);
    for (const each of ours) expect(each.sort()).to.deep.equal(NAMES);
  });

  /** What moved, and what the one warning says. */
  const MOVES: Readonly<Record<string, string | undefined>> = {
    'no module': 'its insides are not those',
    'no malloc': 'its insides are not those',
    'no exports': 'its insides are not those',
    'no memory': 'its insides are not those',
    'another memory': 'its memory is not where it was',
    'a small memory': 'its memory is not where it was',
    'no map of tensors': 'its insides are not those',
    'addresses of another name': 'its memory is not where it was',
    'addresses of another kind': 'its memory is not where it was',
    'no outputs': 'its insides are not those',
    'other outputs': 'trying ours failed',
    'outputs that fail': 'trying ours failed (moved)',
    nothing: undefined,
  };
  for (const [move, reason] of Object.entries(MOVES)) {
    const kept =
      reason === undefined ? 'runs our kernels' : 'keeps the kernels it came with and says so once';
    it(`${kept} where of the backend's insides moved: ${move} (differences below 1e-5)`, async () => {
      const found = (await runProgram('moved.mjs', [move])) as {
        differences: Differences[];
        inUse: boolean;
        warnings: string[];
        moves: string[];
      };
      expect(found.moves).to.deep.equal(Object.keys(MOVES));
      for (const each of found.differences) expectSmall(each);
      expect(found.inUse).to.equal(reason === undefined);
      expect(found.warnings.length).to.equal(reason === undefined ? 0 : 1);
      if (reason !== undefined)
        expect(found.warnings[0]).to.include(
          `keeps its own kernels, and int8 ops their references: ${reason}`,
        );
    });
  }
});
