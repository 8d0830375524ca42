import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { GraphBuilder, Weight, rewrite, type ValueId } from '@tfjs-optimize/core';
import { fusingRules } from '../../src/index.js';
import { fuseBias } from '../../src/rules/fuse-bias.js';
import { splitFusedMatMul } from '../../src/rules/split-fused-matmul.js';
import { transposeWeights } from '../../src/rules/transpose-weights.js';
import { sinkReshape } from '../../src/rules/sink-reshape.js';
import { addAffine, affine, randoms } from '../support/arbitraries.js';
import { BACKENDS, useBackend } from '../support/backend.js';
import { checkRules, opsOf } from '../support/check.js';
import { execute } from '../support/execute.js';
import { Pair } from '../support/pair.js';
import { expectSameSums } from '../support/tolerance.js';

/** Rows, inner length and columns; above and below the wasm kernel's block of 48. */
const SIZES = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  inner: fc.constantFrom(1, 3, 47, 48, 49, 97),
  columns: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer(),
});

for (const backend of BACKENDS) {
  describe(`matrix products on ${backend}`, () => {
    before(() => useBackend(backend));
    after(() => useBackend('cpu'));

    it('transpose-weights turns a constant operand, within 2·γ(n)·Σ|w||x|', async () => {
      await fc.assert(
        fc.asyncProperty(SIZES, fc.constantFrom('MatMul', 'BatchMatMulV2'), async (size, op) => {
          const { rows, inner, columns, seed } = size;
          const pair = new Pair();
          const shape = op === 'MatMul' ? [rows, inner] : [3, rows, inner];
          const kernel = op === 'MatMul' ? [columns, inner] : [3, columns, inner];
          const count = kernel.reduce((a, b) => a * b, 1);
          const w = pair.constant(randoms(count, seed), kernel, 'w');
          const flags =
            op === 'MatMul' ? { transpose_b: true, transpose_a: false } : { adj_y: true, adj_x: false };
          const y = pair.op(op, [pair.input('x', shape), w], flags);
          pair.terms = inner;
          const values = randoms(
            shape.reduce((a, b) => a * b, 1),
            seed + 1,
          );
          const { model, counts } = await checkRules(pair, y, [transposeWeights()], { values, shape });
          expect(counts.get('transpose-weights')).to.equal(1);
          expect(model.weights.need('w').shape).to.deep.equal([...kernel.slice(0, -2), inner, columns]);
        }),
        { numRuns: 40 },
      );
    });

    it('a fused product that the wasm kernel computes wrongly gets the result of plain ops', async () => {
      await fc.assert(
        fc.asyncProperty(
          SIZES,
          fc.constantFrom('constant-b', 'transposed-a', 'batched'),
          fc.constantFrom('', 'Relu', 'Sigmoid', 'LeakyRelu'),
          async ({ rows, inner, columns, seed }, how, activation) => {
            const batch = how === 'batched' ? [2] : [];
            const left = how === 'transposed-a' ? [inner, rows] : [...batch, rows, inner];
            const right = how === 'constant-b' ? [columns, inner] : [...batch, inner, columns];
            const flags = { transpose_a: how === 'transposed-a', transpose_b: how === 'constant-b' };
            const pair = new Pair();
            const x = pair.input('x', left);
            const w = pair.constant(
              randoms(
                right.reduce((a, b) => a * b, 1),
                seed,
              ),
              right,
              'w',
            );
            const bias = pair.constant(randoms(columns, seed + 1), [columns], 'b');
            const plainFlags = { adj_x: flags.transpose_a, adj_y: flags.transpose_b };
            const fusedOps = activation === '' ? ['BiasAdd'] : ['BiasAdd', activation];
            const attrs = { ...flags, num_args: 1, fused_ops: fusedOps, leakyrelu_alpha: 0.3 };
            pair.real.op('_FusedMatMul', [x, w, bias], attrs, 'y');
            pair.size.op('AddV2', [pair.size.op('BatchMatMulV2', [x, w], plainFlags), bias], {}, 'y');
            const plain = new GraphBuilder();
            const product = plain.op(
              'BatchMatMulV2',
              [
                plain.input('x', left),
                plain.constant(
                  'w',
                  randoms(
                    right.reduce((a, b) => a * b, 1),
                    seed,
                  ),
                  right,
                ),
              ],
              plainFlags,
            );
            const sum = plain.op('AddV2', [product, plain.constant('b', randoms(columns, seed + 1))], {});
            plain.output(activation === '' ? sum : plain.op(activation, [sum], { alpha: 0.3 }));
            const { real, size } = pair.models('y');
            const rewritten = rewrite(real, [transposeWeights(), splitFusedMatMul(), ...fusingRules()]).model;
            expect(opsOf(rewritten)[0]).to.equal(how === 'constant-b' ? '_FusedMatMul' : 'BatchMatMulV2');
            const input = tf.tensor(
              randoms(
                left.reduce((a, b) => a * b, 1),
                seed + 2,
              ),
              left,
            );
            const magnitude = tf.abs(input);
            const [actual, expected, magnitudes] = [
              await execute(rewritten, [input]),
              await execute(plain.build(), [input]),
              await execute(size, [magnitude]),
            ];
            tf.dispose([input, magnitude]);
            expectSameSums(actual, expected, magnitudes, inner, `${how} ${activation}`);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('sink-reshape and fusion take bias, batch norm and activation behind a reshape', async () => {
      await fc.assert(
        fc.asyncProperty(
          SIZES,
          affine('mul-add', 'mul', 'sub-mul-add', 'FusedBatchNormV3'),
          fc.constantFrom('Relu', 'Elu', 'Sigmoid', 'LeakyRelu'),
          async ({ rows, inner, columns, seed }, form, activation) => {
            const pair = new Pair();
            const x = pair.input('x', [2 * rows, inner]);
            const w = pair.constant(randoms(inner * columns, seed), [inner, columns], 'w');
            const product = pair.op('MatMul', [x, w], { transpose_a: false, transpose_b: false });
            pair.terms = inner;
            const rank = form.form.startsWith('Fused') ? 4 : 3;
            const shape = rank === 4 ? [1, 2, rows, columns] : [2, rows, columns];
            const reshaped = pair.op('Reshape', [product, pair.ints(shape)]);
            const y = addAffine(pair, reshaped, columns, rank, form);
            const attrs = activation === 'LeakyRelu' ? { alpha: 0.3 } : {};
            const z = pair.different(activation, [y], { op: 'Identity' }, attrs);
            const values = randoms(2 * rows * inner, seed + 1);
            const { model } = await checkRules(pair, z, fusingRules(), { values, shape: [2 * rows, inner] });
            expect(opsOf(model)).to.deep.equal(['_FusedMatMul', 'Reshape']);
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}

describe('fuse-bias', () => {
  const product = (transposed: 'a' | 'b'): GraphBuilder => {
    const b = new GraphBuilder();
    const w = b.constant('w', new Float32Array(9), [3, 3]);
    const flags = { transpose_a: transposed === 'a', transpose_b: transposed === 'b' };
    const y = b.op('MatMul', [b.input('x', [3, 3]), w], flags, 'product');
    return b.output(b.op('BiasAdd', [y, b.constant('b', [1, 2, 3])], {}, 'y'));
  };

  for (const transposed of ['a', 'b'] as const) {
    it(`leaves a product whose operand ${transposed} is transposed, which wasm would compute wrongly`, () => {
      const model = product(transposed).build();
      const { changed, notes } = rewrite(model, [fuseBias()]);
      expect(changed).to.equal(false);
      expect(notes[0]?.message).to.contain('product (MatMul): has a transposed operand');
      const fused = opsOf(rewrite(model, [transposeWeights(), fuseBias()]).model);
      expect(fused).to.deep.equal(transposed === 'b' ? ['_FusedMatMul'] : ['MatMul', 'BiasAdd']);
    });
  }
});

describe('transpose-weights', () => {
  it('keeps the stored encoding and moves bytes only', () => {
    const b = new GraphBuilder();
    const w = b.constant('w', new Float32Array(6), [2, 3]);
    b.output(b.op('MatMul', [b.input('x', [-1, 3]), w], { transpose_b: true, transpose_a: false }, 'y'));
    const made = b.build();
    const encoding = { kind: 'affine', dtype: 'uint16', scale: 0.5, min: -1 } as const;
    const bytes = new Uint8Array(Uint16Array.of(1, 2, 3, 4, 5, 6).buffer);
    const changes = new Map([['w', Weight.stored('float32', [2, 3], encoding, bytes)]]);
    const { model } = rewrite(made.with({ weights: made.weights.with(changes) }), [transposeWeights()]);
    const turned = model.weights.need('w');
    expect(turned.encoding).to.deep.equal(encoding);
    expect(turned.shape).to.deep.equal([3, 2]);
    expect([...new Uint16Array(turned.bytes.buffer)]).to.deep.equal([1, 4, 2, 5, 3, 6]);
  });

  it('does not copy an embedding that is read elsewhere, and says so', () => {
    const b = new GraphBuilder();
    const w = b.constant('embedding', new Float32Array(6), [2, 3]);
    b.output(b.op('MatMul', [b.input('x', [-1, 3]), w], { transpose_b: true, transpose_a: false }, 'y'));
    b.output(b.op('GatherV2', [w, b.input('ids', [-1], 'int32'), b.ints(0)], {}, 'rows'));
    const { changed, notes } = rewrite(b.build(), [transposeWeights()]);
    expect(changed).to.equal(false);
    expect(notes[0]?.message).to.contain('embedding (Const): is read elsewhere, too');
  });
});

describe('sink-reshape', () => {
  it('leaves a reshape that does not keep the last axis', () => {
    const b = new GraphBuilder();
    const product = b.op('MatMul', [b.input('x', [-1, 3]), b.constant('w', new Float32Array(12), [3, 4])]);
    const reshaped: ValueId = b.op('Reshape', [product, b.ints([-1, 2])], {}, 'r');
    b.output(b.op('AddV2', [reshaped, b.constant('b', [1, 2])], {}, 'y'));
    const { changed, notes } = rewrite(b.build(), [sinkReshape()]);
    expect(changed).to.equal(false);
    expect(notes[0]?.message).to.contain('r (Reshape): does not keep the last axis');
  });
});
