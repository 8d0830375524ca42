import * as tf from '@tensorflow/tfjs';
import { counted, expectAgreement, expectRefusal, whole } from '../support/agree.js';

// The cases of TensorFlow.js' tests of matMul, dot, outerProduct and fused.matMul.

const FLAGS = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
const named = (a: boolean, b: boolean): string => `${a ? 'Aᵀ' : 'A'} · ${b ? 'Bᵀ' : 'B'}`;

/** Factors of batches, and [m, k, n] as they are before they are transposed. */
function factors(
  batchA: readonly number[],
  batchB: readonly number[],
  [m, k, n]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
): [a: tf.Tensor, b: tf.Tensor] {
  return [
    whole([...batchA, ...(transposeA ? [k, m] : [m, k])], 1),
    whole([...batchB, ...(transposeB ? [n, k] : [k, n])], 2),
  ];
}

/** One number that is not 0, far from both ends of a long sum. */
function single(shape: readonly number[], at: number): tf.Tensor {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  values[at] = 2;
  return tf.tensor(values, [...shape]);
}

describe('tf.matMul as TensorFlow.js tests it', () => {
  const product = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor =>
    tf.matMul(a, b, transposeA, transposeB);

  it('gives numbers that can be checked by hand (exactly)', async () => {
    const b = (): tf.Tensor => tf.tensor2d([2, -1, 0, 4, 3, 1], [3, 2]);
    await expectAgreement(() => product(counted([2, 3]), b()), ['BatchMatMul'], { values: [11, 10, 26, 22] });
    await expectAgreement(() => product(counted([2, 3]), counted([2, 3]), false, true), ['BatchMatMul'], {
      values: [14, 32, 32, 77],
    });
    await expectAgreement(() => product(counted([2, 3]), counted([2, 3]), true, false), ['BatchMatMul'], {
      values: [17, 22, 27, 22, 29, 36, 27, 36, 45],
    });
  });

  for (const flags of FLAGS) {
    const run = (
      batchA: number[],
      batchB: number[],
      sizes: [number, number, number],
      kernels = ['BatchMatMul'],
    ) => expectAgreement(() => product(...factors(batchA, batchB, sizes, flags), ...flags), kernels);

    it(`multiplies matrices and batches of any rank: ${named(...flags)} (exactly)`, async () => {
      await run([], [], [2, 3, 2]);
      await run([], [], [8, 4, 8]);
      await run([5], [5], [2, 3, 2]);
      await run([4, 5], [4, 5], [2, 3, 2]);
      await run([4], [1], [3, 2, 1]);
      await run([1, 2, 2], [], [3, 2, 1]);
      await run([5], [], [2, 3, 4]);
      await run([], [5], [2, 3, 4]);
    });

    it(`multiplies rows and columns along long sums: ${named(...flags)} (exactly)`, async () => {
      for (const [m, n] of [
        [1, 1],
        [2, 1],
        [1, 2],
      ] as const) {
        await run([3], [3], [m, 1001, n]);
        await expectAgreement(() => {
          const a = single([3, ...(flags[0] ? [1001, m] : [m, 1001])], 10 * m);
          return product(a, tf.ones([3, ...(flags[1] ? [n, 1001] : [1001, n])]), ...flags);
        }, ['BatchMatMul']);
      }
    });

    it(`has gradients: ${named(...flags)} (exactly)`, async () => {
      for (const batch of [[], [5], [2, 3]]) {
        const dy = (): tf.Tensor => whole([...batch, 2, 4], 3);
        await expectAgreement(
          () => tf.grads((a, b) => product(a, b, ...flags))(factors(batch, batch, [2, 3, 4], flags), dy()),
          ['BatchMatMul'],
        );
      }
      await expectAgreement(
        () =>
          tf.grads((a, b) => product(a.clone(), b.clone(), ...flags).clone())(
            factors([], [], [2, 3, 4], flags),
          ),
        ['BatchMatMul'],
      );
    });

    it(`refuses sizes that do not fit: ${named(...flags)}`, async () => {
      const wrong = ([first, second]: readonly [boolean, boolean]) => [
        tf.zeros(first ? [4, 2] : [2, 4]),
        tf.zeros(second ? [2, 3] : [3, 2]),
      ];
      await expectRefusal(
        () => product(...(wrong(flags) as [tf.Tensor, tf.Tensor]), ...flags),
        /inner shapes/i,
      );
      await expectRefusal(() => product(tf.zeros([2, 3]), tf.zeros([3]), ...flags));
      await expectRefusal(() => product(...factors([2], [3], [2, 2, 2], flags), ...flags));
      await expectRefusal(() => product(...factors([2, 3], [3, 2], [2, 2, 2], flags), ...flags));
    });
  }

  it('gives new results where the memory of others was (exactly)', async () => {
    await expectAgreement(() => {
      const first = product(whole([3, 2, 2], 1), whole([3, 2, 2], 2));
      const kept = tf.tensor(first.dataSync().slice(), first.shape);
      first.dispose();
      return [kept, product(whole([3, 2, 2], 3), whole([3, 2, 2], 4))];
    }, ['BatchMatMul']);
  });

  it('can be followed by other operations, and takes arrays (exactly)', async () => {
    await expectAgreement(() => product(whole([2, 2]), whole([2, 3])).mul(whole([2, 3], 4)), ['BatchMatMul']);
    await expectAgreement(
      () =>
        tf.matMul(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          [
            [0, 1],
            [2, 3],
            [4, 5],
          ],
        ),
      ['BatchMatMul'],
      {
        values: [16, 22, 34, 49],
      },
    );
    await expectAgreement(
      () =>
        counted([2, 3]).matMul([
          [0, 1],
          [2, 3],
          [4, 5],
        ]),
      ['BatchMatMul'],
    );
  });

  it('takes whole numbers with others (exactly)', async () => {
    await expectAgreement(() => product(whole([2, 3]), whole([3, 2], 2).toInt()), ['BatchMatMul']);
  });

  it('multiplies nothing (exactly)', async () => {
    const none = (): tf.Tensor => tf.tensor2d([], [0, 3]);
    await expectAgreement(() => product(none(), whole([3, 2])), ['BatchMatMul'], { shape: [0, 2] });
    await expectAgreement(() => product(product(none(), whole([3, 2])), whole([2, 3])), ['BatchMatMul'], {
      shape: [0, 3],
    });
    await expectAgreement(() => product(tf.zeros([2, 0]), tf.zeros([0, 3])), ['BatchMatMul'], {
      values: [0, 0, 0, 0, 0, 0],
    });
  });

  it('passes on NaN (exactly)', async () => {
    await expectAgreement(() => tf.dot(counted([2, 2]), tf.tensor1d([2, NaN])), ['BatchMatMul'], {
      values: [NaN, NaN],
    });
    await expectAgreement(() => tf.dot(tf.tensor1d([2, NaN]), tf.tensor1d([2, 1])), ['BatchMatMul'], {
      values: [NaN],
    });
    await expectAgreement(() => product(tf.tensor2d([1, NaN, 3, 4], [2, 2]), whole([2, 9])), ['BatchMatMul']);
  });

  it('refuses what is no tensor of numbers', async () => {
    await expectRefusal(() => tf.matMul({}, whole([1, 1])), /'a' passed to 'matMul'/);
    await expectRefusal(() => tf.matMul(whole([1, 1]), {}), /'b' passed to 'matMul'/);
    await expectRefusal(() => tf.matMul([['a']] as never, [['b']] as never), /must be numeric tensor/);
  });
});

describe('tf.dot and tf.outerProduct as TensorFlow.js tests them', () => {
  it('multiply vectors and matrices (exactly)', async () => {
    const v = (): tf.Tensor1D => tf.tensor1d([2, 3]);
    for (const [a, b] of [
      [v, v],
      [v, () => counted([2, 2])],
      [() => counted([2, 2]), v],
      [() => counted([2, 2]), () => whole([2, 3])],
      [() => counted([3, 2]), () => whole([2, 5])],
    ] as const)
      await expectAgreement(() => tf.dot(a(), b()), ['BatchMatMul']);
    await expectAgreement(() => tf.outerProduct(v(), tf.tensor1d([2, 1])), ['BatchMatMul'], {
      values: [4, 2, 6, 3],
    });
    await expectAgreement(() => tf.outerProduct([2, 3] as never, [2, 1] as never), ['BatchMatMul']);
  });

  it('refuse sizes and ranks that do not fit', async () => {
    await expectRefusal(() => tf.dot(tf.tensor1d([2, 3, 3]), tf.tensor1d([2, 1])));
    await expectRefusal(() => tf.dot(tf.tensor1d([2, 1]), tf.tensor1d([2, 3, 3])));
    await expectRefusal(() => tf.dot(whole([2, 2, 2]), tf.tensor1d([1, 2])));
    await expectRefusal(() => tf.dot('a', 'b'));
  });
});

type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'prelu' | 'leakyrelu';
const ACTIVATIONS: readonly Activation[] = [
  'linear',
  'relu',
  'relu6',
  'elu',
  'sigmoid',
  'prelu',
  'leakyrelu',
];

describe('tf.fused.matMul as TensorFlow.js tests it', () => {
  /** Shapes of biases of a product [2, 4]. */
  const BIASES: readonly (readonly number[] | undefined)[] = [undefined, [4], [1, 4], [1], [1, 1], [2, 4]];

  for (const activation of ACTIVATIONS) {
    it(`adds biases and applies ${activation} (1e-6)`, async () => {
      for (const flags of FLAGS) {
        for (const bias of BIASES) {
          // Slopes and a number for each of the product are more than one kernel does.
          if (activation === 'prelu' && bias?.[0] === 2) continue;
          for (const batch of [[], [3]]) {
            await expectAgreement(
              () => {
                const [a, b] = factors(batch, batch, [2, 3, 4], flags);
                return tf.fused.matMul({
                  a,
                  b,
                  transposeA: flags[0],
                  transposeB: flags[1],
                  activation,
                  ...(bias && { bias: whole(bias, 3) }),
                  ...(activation === 'prelu' && { preluActivationWeights: whole([1, 4], 4).div(8) }),
                  ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }),
                });
              },
              ['_FusedMatMul'],
              { within: 1e-6 },
            );
          }
        }
      }
    });
  }

  it('applies leakyrelu with a slope of 0.2 where none is given (1e-6)', async () => {
    await expectAgreement(
      () => tf.fused.matMul({ a: counted([2, 3], -3), b: counted([3, 2]), activation: 'leakyrelu' }),
      ['_FusedMatMul'],
      { values: [-2.8, -4, 13, 16], within: 1e-6 },
    );
  });

  for (const activation of ['linear', 'relu', 'relu6'] as const) {
    // With another activation TensorFlow.js fuses nothing where it differentiates.
    it(`has gradients with ${activation} (exactly)`, async () => {
      for (const bias of [[4], [1, 1], [2, 4]]) {
        for (const transposeA of [false, true]) {
          await expectAgreement(
            () => {
              const [a, b] = factors([], [], [2, 3, 4], [transposeA, false]);
              return tf.grads((x, y, c) =>
                tf.fused.matMul({ a: x.clone(), b: y, bias: c, transposeA, activation }).clone(),
              )([a, b, whole(bias, 5)], whole([2, 4], 6));
            },
            activation === 'linear' ? ['_FusedMatMul', 'BatchMatMul'] : ['BatchMatMul'],
          );
        }
      }
    });
  }
});
