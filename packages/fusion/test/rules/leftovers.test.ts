import { expect } from 'chai';
import * as fc from 'fast-check';
import { GraphBuilder, Weight, Weights, rewrite, type ValueId } from '@tfjs-optimize/core';
import { batchNormToAffine } from '../../src/rules/batch-norm-to-affine.js';
import { mergeAffine } from '../../src/rules/merge-affine.js';
import { addAffine, affine, factors, randoms } from '../support/arbitraries.js';
import { BACKENDS, useBackend } from '../support/backend.js';
import { checkRules, opsOf } from '../support/check.js';
import { Pair } from '../support/pair.js';

/** One step of a chain: an op, and the shape of its constant within [2, 3, 4]. */
const STEP = fc.record({
  op: fc.constantFrom('Mul', 'RealDiv', 'AddV2', 'Sub'),
  shape: fc.constantFrom<number[]>([], [4], [1, 4], [3, 1], [2, 3, 4]),
  left: fc.boolean(),
  seed: fc.integer(),
});

for (const backend of BACKENDS) {
  describe(`leftover affine ops on ${backend}`, () => {
    before(() => useBackend(backend));
    after(() => useBackend('cpu'));

    it('merge-affine shortens chains of constants of any shape, within 2·γ·Σ|w||x|', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 2, maxLength: 6 }), async (steps) => {
          const pair = new Pair();
          let y: ValueId = pair.input('x', [2, 3, 4]);
          for (const { op, shape, left, seed } of steps) {
            const size = shape.reduce((a, b) => a * b, 1);
            const c = pair.constant(factors(size, seed), shape);
            if (op === 'Sub') y = pair.different('Sub', [y, c], { op: 'AddV2' });
            else y = pair.op(op, left && op !== 'RealDiv' ? [c, y] : [y, c]);
          }
          const values = randoms(24, steps[0]?.seed ?? 0);
          const { model, counts } = await checkRules(pair, y, [mergeAffine()], { values, shape: [2, 3, 4] });
          expect(opsOf(model).length).to.be.at.most(steps.length - (counts.get('merge-affine') ?? 0));
        }),
        { numRuns: 80 },
      );
    });

    it('merge-affine makes one Mul and one AddV2 of any chain over one axis', async () => {
      const pair = new Pair();
      let y: ValueId = pair.input('x', [2, 4]);
      for (const [i, op] of ['AddV2', 'Mul', 'AddV2', 'RealDiv', 'AddV2', 'Mul'].entries()) {
        y = pair.op(op, [y, pair.constant(factors(4, i + 1), [4])]);
      }
      const { model } = await checkRules(pair, y, [mergeAffine()], { values: randoms(8, 3), shape: [2, 4] });
      expect(opsOf(model)).to.deep.equal(['Mul', 'AddV2']);
    });

    it('batch-norm-to-affine is exact within 2·γ·Σ|w||x|', async () => {
      await fc.assert(
        fc.asyncProperty(
          affine('FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'),
          fc.integer({ min: 1, max: 9 }),
          async (form, channels) => {
            const pair = new Pair();
            const shape = [2, 3, 2, channels];
            const y = addAffine(pair, pair.input('x', shape), channels, 4, form);
            const values = randoms(12 * channels, form.seed);
            const { model } = await checkRules(pair, y, [batchNormToAffine()], { values, shape });
            expect(opsOf(model)).to.deep.equal(['Mul', 'AddV2']);
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}

describe('merge-affine', () => {
  it('makes no constant larger than those it replaces', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 100]);
    const tall = b.op('Mul', [x, b.constant('tall', new Float32Array(100).fill(2), [100, 1])], {}, 'y1');
    b.output(b.op('Mul', [tall, b.constant('wide', new Float32Array(100).fill(3), [1, 100])], {}, 'y2'));
    const { changed, notes } = rewrite(b.build(), [mergeAffine()]);
    expect(changed).to.equal(false);
    expect(notes[0]?.message).to.contain('its constants do not merge into one that is no larger');
  });

  it('makes no float32 constant of two that are stored as uint8', () => {
    const b = new GraphBuilder();
    let y = b.input('x', [-1, 100]);
    for (const name of ['p', 'q']) y = b.op('Mul', [y, b.constant(name, new Float32Array(100), [100])]);
    const model = b.output(y).build();
    const encoding = { kind: 'affine', dtype: 'uint8', scale: 0.1, min: 0 } as const;
    const stored = new Weights(
      [...model.weights.names()].map((name) => [
        name,
        Weight.stored('float32', [100], encoding, new Uint8Array(100)),
      ]),
    );
    expect(rewrite(model.with({ weights: stored }), [mergeAffine()]).changed).to.equal(false);
  });

  it('declines products that overflow', () => {
    const b = new GraphBuilder();
    const big = b.op('Mul', [b.input('x', [-1]), b.constant('p', 1e30)], {}, 'y1');
    b.output(b.op('Mul', [big, b.constant('q', 1e30)], {}, 'y2'));
    expect(rewrite(b.build(), [mergeAffine()]).changed).to.equal(false);
  });
});
