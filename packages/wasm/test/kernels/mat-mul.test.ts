import { Random } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { matMul } from '../../src/reference/mat-mul.js';
import type { Values } from '../../src/reference/values.js';
import {
  EPSILON,
  normal,
  sumBound,
  expectKernel,
  useEngine,
  type Bound,
  type Inputs,
} from '../support/tester.js';

/** Below, at, above and a multiple of the sizes of tiles (4 and 6 rows, 8 columns). */
const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 24, 33];
/** The same of blocks: 128 rows, 768 of the sum. */
const BLOCKS = [
  { m: 127, k: 5, n: 9 },
  { m: 128, k: 5, n: 9 },
  { m: 129, k: 5, n: 9 },
  { m: 256, k: 5, n: 9 },
  { m: 5, k: 767, n: 9 },
  { m: 5, k: 768, n: 9 },
  { m: 5, k: 769, n: 9 },
  { m: 5, k: 1536, n: 9 },
  { m: 131, k: 770, n: 17 },
];
const FLAGS = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'sigmoid', 'elu'];

interface Case {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly batchA?: readonly number[];
  readonly batchB?: readonly number[];
}

function factors(each: Case, seed = 1): { a: Values; b: Values } {
  const { m, k, n, transposeA = false, transposeB = false, batchA = [1], batchB = [1] } = each;
  return {
    a: normal([...batchA, ...(transposeA ? [k, m] : [m, k])], seed),
    b: normal([...batchB, ...(transposeB ? [n, k] : [k, n])], seed + 1),
  };
}

/**
 * No activation has a slope above 1 but prelu, whose slopes are below 3 here; sigmoid and elu are off by two units in
 * the last place of values of at most 1.
 */
const boundOf = (k: number): Bound => {
  const sums = sumBound(matMul, k + 1);
  return (inputs, attrs) => sums(inputs, attrs).map((all) => all.map((each) => 4 * each + 4 * EPSILON));
};

function tryProduct(each: Case, more: Inputs = {}, attrs: tf.NamedAttrMap = {}, times?: number): void {
  const { transposeA = false, transposeB = false, k } = each;
  const fused = Object.keys(more).length > 0 || 'activation' in attrs;
  expectKernel(
    fused ? '_FusedMatMul' : 'BatchMatMul',
    {
      inputs: { ...factors(each), ...more },
      attrs: { transposeA, transposeB, ...attrs },
      bound: fused ? boundOf(k) : sumBound(matMul, k),
    },
    times,
  );
}

describe('matMul kernels', () => {
  before(useEngine);

  for (const flags of FLAGS) {
    const name = `transposeA ${flags.transposeA}, transposeB ${flags.transposeB}`;
    it(`multiply sizes around tiles: ${name}`, () => {
      for (const m of SIZES)
        for (const n of SIZES) for (const k of [0, 1, 2, 3, 4, 7, 8]) tryProduct({ m, k, n, ...flags });
    });

    it(`multiply sizes around blocks: ${name}`, () => {
      for (const sizes of BLOCKS) tryProduct({ ...sizes, ...flags });
    });

    it(`multiply vectors with matrices: ${name}`, () => {
      for (const k of [...SIZES, 769]) for (const n of [...SIZES, 769]) tryProduct({ m: 1, k, n, ...flags });
    });
  }

  it('stretch batches to each other', () => {
    const batches: [number[], number[]][] = [
      [[3], [3]],
      [[3], [1]],
      [[1], [3]],
      [
        [2, 1],
        [1, 3],
      ],
      [
        [2, 3],
        [1, 1],
      ],
      [[0], [0]],
      [[0], [1]],
      [
        [2, 1, 2],
        [1, 3, 1],
      ],
    ];
    for (const [batchA, batchB] of batches) {
      for (const flags of FLAGS) {
        for (const m of [1, 5]) tryProduct({ m, k: 6, n: 9, batchA, batchB, ...flags });
      }
    }
  });

  for (const activation of ACTIVATIONS) {
    it(`add a bias and apply ${activation}`, () => {
      const attrs = { activation, leakyreluAlpha: 0.3 };
      for (const n of [1, 3, 8, 9, 16]) {
        const slopes = activation === 'prelu' ? { preluActivationWeights: normal([n], 5) } : {};
        for (const bias of [undefined, normal([n], 7), normal([1, n], 8), normal([1], 9)]) {
          for (const m of [1, 5]) {
            for (const transposeB of [false, true]) {
              tryProduct({ m, k: 7, n, transposeB, batchA: [2], batchB: [2] }, { ...slopes, bias }, attrs);
            }
          }
        }
      }
      tryProduct(
        { m: 5, k: 1537, n: 9 },
        { bias: normal([9], 7), preluActivationWeights: normal([1], 4) },
        attrs,
      );
    });
  }

  it('add a bias and slopes that stretch to the product in any other way', () => {
    const [m, n, batch] = [3, 4, 3];
    const shapes = [
      [m, n],
      [m, 1],
      [batch, 1, n],
      [batch, m, n],
      [batch, 1, 1],
      [1, 1, n],
      [1, m, 1],
    ];
    for (const transposeB of [false, true]) {
      for (const shape of shapes) {
        for (const activation of ['linear', 'relu', 'prelu']) {
          for (const slopes of activation === 'prelu' ? [[n], ...shapes] : [undefined]) {
            const inputs = {
              bias: normal(shape, 7),
              ...(slopes && { preluActivationWeights: normal(slopes, 5) }),
            };
            tryProduct({ m, k: 2, n, transposeB, batchA: [batch], batchB: [batch] }, inputs, { activation });
          }
        }
      }
    }
    tryProduct({ m: 5, k: 7, n: 1 }, { bias: normal([5, 1], 7) }, { activation: 'elu' });
  });

  it('pass on NaN and infinities', () => {
    for (const special of [Number.NaN, Infinity, -Infinity]) {
      for (const m of [1, 5]) {
        const { a, b } = factors({ m, k: 9, n: 10 });
        a.data[4] = special;
        b.data[33] = special;
        for (const activation of ACTIVATIONS.filter((each) => each !== 'prelu')) {
          expectKernel('_FusedMatMul', {
            inputs: { a, b, bias: normal([10], 3) },
            attrs: { activation },
            bound: boundOf(9),
          });
        }
      }
    }
  });

  it('keep numbers below the smallest normal one', () => {
    const tiny = (values: Values, scale: number): Values => ({
      ...values,
      data: values.data.map((x) => x * scale),
    });
    const { a, b } = factors({ m: 5, k: 4, n: 9 });
    expectKernel('BatchMatMul', {
      inputs: { a: tiny(a, 2 ** -70), b: tiny(b, 2 ** -70) },
      bound: (inputs, attrs) =>
        // A product below the normal numbers is off by half the smallest number.
        sumBound(matMul, 4)(inputs, attrs).map((all) => all.map((each) => each + 4 * 2 ** -150)),
    });
  });

  it('agree with the reference for random sizes and flags', function () {
    this.timeout(20_000);
    const random = Random.of(Number(process.env.FUZZ_SEED ?? 1));
    const until = performance.now() + Number(process.env.FUZZ_SECONDS ?? 2) * 1000;
    const size = (): number => random.integer(random.integer(8) === 0 ? 300 : 40);
    let cases = 0;
    for (; performance.now() < until; cases++) {
      const [m, n, k] = [random.integer(4) === 0 ? 1 : size(), size(), size()];
      const batch = random.integer(3) === 0 ? [random.integer(4)] : [1];
      const flag = (): boolean => random.integer(2) === 1;
      const activation = ACTIVATIONS[random.integer(ACTIVATIONS.length)] as string;
      const bias = flag() ? normal([flag() ? n : 1], cases) : undefined;
      const slopes = activation === 'prelu' ? { preluActivationWeights: normal([n], cases + 1) } : {};
      tryProduct(
        { m, k, n, transposeA: flag(), transposeB: flag(), batchA: batch, batchB: flag() ? batch : [1] },
        { bias, ...slopes },
        { activation, leakyreluAlpha: random.uniform(0, 1) },
        1 + random.integer(3),
      );
    }
    expect(cases).to.be.greaterThan(10);
  });
});
