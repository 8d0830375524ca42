import { expect } from 'chai';
import { biasBeforeAdd } from '../../src/rules/bias-before-add.js';
import { randoms } from '../support/arbitraries.js';
import { BACKENDS, useBackend } from '../support/backend.js';
import { checkRules, expectApplied, opsOf } from '../support/check.js';
import { Pair } from '../support/pair.js';

const INPUTS = 6;
const OUTPUTS = 5;

interface Options {
  readonly add?: 'BiasAdd' | 'AddV2';
  /** Sizes of what is added to the product, which broadcast against [rows, OUTPUTS]. */
  readonly other?: readonly number[];
  readonly otherFirst?: boolean;
  readonly bias?: readonly number[];
}

/** x·W + y + b for x of [4, 6]. */
async function check({
  add = 'BiasAdd',
  other = [1, OUTPUTS],
  otherFirst = false,
  bias = [OUTPUTS],
}: Options) {
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const pair = new Pair();
  const x = pair.input('x', [-1, INPUTS]);
  const kernel = pair.constant(randoms(INPUTS * OUTPUTS, 1), [INPUTS, OUTPUTS]);
  const product = pair.op('MatMul', [x, kernel], { transpose_a: false, transpose_b: false });
  // Not a constant itself, or the sum would count as a bias.
  const y = pair.op('Abs', [pair.constant(randoms(size(other), 2), other)]);
  const sum = pair.op('AddV2', otherFirst ? [y, product] : [product, y]);
  const output = pair.op(add, [sum, pair.constant(randoms(size(bias), 3), bias)]);
  pair.terms = INPUTS + 2;
  return checkRules(pair, output, [biasBeforeAdd()], { values: randoms(4 * INPUTS, 4), shape: [4, INPUTS] });
}

describe('bias-before-add', () => {
  before(() => useBackend('cpu'));

  for (const name of BACKENDS) {
    describe(`on ${name}, within 2·γ(n)·Σ|w||x|`, () => {
      before(() => useBackend(name));

      for (const options of [
        {},
        { add: 'AddV2' as const },
        { otherFirst: true },
        { other: [4, OUTPUTS] },
        { other: [3, 4, OUTPUTS] },
        { other: [1] },
      ]) {
        it(`moves a bias through ${JSON.stringify(options)}`, async () => {
          const checked = await check(options);
          expectApplied(checked, 'bias-before-add', 1);
          expect(opsOf(checked.model).sort()).to.deep.equal(['Abs', 'AddV2', '_FusedMatMul']);
        });
      }
    });
  }

  it('declines a bias that is not one number an output', async () => {
    for (const bias of [[1], [4, 1], [1, OUTPUTS]]) {
      expectApplied(await check({ add: 'AddV2', bias }), 'bias-before-add', 0);
    }
  });
});
