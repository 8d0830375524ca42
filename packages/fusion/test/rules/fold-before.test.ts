import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { GraphBuilder, rewrite } from '@tfjs-optimize/core';
import { foldBefore } from '../../src/rules/fold-before.js';
import {
  addAffine,
  addLinear,
  affine,
  inputShape,
  linear,
  randoms,
  rankOf,
  type LinearSpec,
} from '../support/arbitraries.js';
import { useBackend } from '../support/backend.js';
import { checkRules, opsOf } from '../support/check.js';
import { Pair } from '../support/pair.js';

const SCALES = ['mul', 'div', 'neg'] as const;

/** Zeros beside the input that the op itself adds. */
function pads({ kind, padding, kernel }: LinearSpec): boolean {
  if (kind === 'matmul' || padding === 'VALID') return false;
  const taps = kind === 'conv3d' ? kernel : kernel.slice(0, 2);
  return padding === 'EXPLICIT' || taps.some((length) => length > 1);
}

describe('fold-before', () => {
  before(() => useBackend('cpu'));

  for (const kind of ['conv2d', 'depthwise', 'transposed', 'conv3d', 'matmul'] as const) {
    it(`is exact before ${kind}, within 2·γ(n)·Σ|w||x|, and folds no shift where zeros are padded`, async () => {
      const tensors = tf.memory().numTensors;
      await fc.assert(
        fc.asyncProperty(linear(kind), affine(), async (spec, form) => {
          const rank = rankOf(spec);
          fc.pre(rank === 4 || !form.form.startsWith('Fused'));
          const pair = new Pair();
          const shape = inputShape(spec);
          const x = addAffine(pair, pair.input('x', shape), spec.inputs, rank, form);
          const y = addLinear(pair, x, spec);
          const values = randoms(
            shape.reduce((a, b) => a * b, 1),
            spec.seed,
          );
          const { model } = await checkRules(pair, y, [foldBefore()], { values, shape });
          const left = opsOf(model).filter((op) => op !== 'BiasAdd');
          const scaleOnly = (SCALES as readonly string[]).includes(form.form);
          if (scaleOnly || (!pads(spec) && kind !== 'transposed')) expect(left).to.have.length(1);
          else expect(left[0]).not.to.match(/Conv|MatMul/);
        }),
        { numRuns: 60 },
      );
      expect(tf.memory().numTensors).to.equal(tensors);
    });
  }

  for (const kind of ['conv2d', 'depthwise'] as const) {
    it(`folds a scale through a Pad of zeros into ${kind}`, async () => {
      await fc.assert(
        fc.asyncProperty(linear(kind), affine('mul', 'neg'), async (given, form) => {
          const spec = { ...given, padding: 'VALID' as const };
          const pair = new Pair();
          const shape = inputShape(spec);
          const scaled = addAffine(pair, pair.input('x', shape), spec.inputs, 4, form);
          const padded = pair.op('Pad', [scaled, pads4(pair)]);
          const values = randoms(
            shape.reduce((a, b) => a * b, 1),
            spec.seed,
          );
          const { model } = await checkRules(pair, addLinear(pair, padded, spec), [foldBefore()], {
            values,
            shape,
          });
          expect(opsOf(model)).to.have.length(2);
          expect(opsOf(model)[0]).to.equal('Pad');
        }),
        { numRuns: 30 },
      );
    });
  }

  it('folds a shift through a Pad whose value is the same in front of it', async () => {
    const spec: LinearSpec = {
      kind: 'conv2d',
      batch: 2,
      size: [5, 4, 1],
      kernel: [3, 2, 1],
      stride: 1,
      dilation: 1,
      padding: 'VALID',
      inputs: 3,
      outputs: 2,
      seed: 7,
    };
    const pair = new Pair();
    const shape = inputShape(spec);
    const scaled = pair.op('Mul', [pair.input('x', shape), pair.scalar(2)]);
    const shifted = pair.op('AddV2', [scaled, pair.scalar(1)]);
    const padded = pair.op('PadV2', [shifted, pads4(pair), pair.scalar(6)]);
    const values = randoms(2 * 5 * 4 * 3, 3);
    const { model } = await checkRules(pair, addLinear(pair, padded, spec), [foldBefore()], {
      values,
      shape,
    });
    expect(opsOf(model)).to.deep.equal(['PadV2', 'Conv2D', 'BiasAdd']);
    const filler = model.graph.get('PadV2_8') ?? [...model.graph].find(({ op }) => op === 'PadV2');
    // 6 = (q + 0)·2 → q = 5 after the shift, 2.5 after the scale
    expect(model.weights.need(filler?.inputs[2] ?? '').numbers()[0]).to.equal(2.5);
  });

  it('declines a shift through a Pad of zeros, and says why', () => {
    const b = new GraphBuilder();
    const x = b.op('AddV2', [b.input('x', [-1, 4, 4, 2]), b.constant('t', [1, 2])], {}, 'shift');
    const padded = b.op('Pad', [x, b.ints([0, 0, 1, 1, 1, 1, 0, 0], [4, 2])], {}, 'pad');
    const kernel = b.constant('w', new Float32Array(18).fill(1), [3, 3, 2, 1]);
    b.output(
      b.op(
        'Conv2D',
        [padded, kernel],
        { padding: 'VALID', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1] },
        'y',
      ),
    );
    const { changed, notes } = rewrite(b.build(), [foldBefore()]);
    expect(changed).to.equal(false);
    expect(notes[0]?.message).to.equal(
      'fold-before at y (Conv2D): pad (Pad): pads with 0, which is no one number in front of shift',
    );
  });

  it('adds to a bias that the op has, and keeps its activation', async () => {
    const pair = new Pair();
    const x = pair.op('AddV2', [pair.input('x', [2, 6]), pair.constant(randoms(6, 1), [6])]);
    const inputs = [x, pair.constant(randoms(18, 2), [6, 3]), pair.constant(randoms(3, 3), [3])];
    pair.size.op('MatMul', inputs.slice(0, 2), { transpose_a: false, transpose_b: false }, 'product');
    pair.size.op('AddV2', ['product', inputs[2] as string], {}, 'y');
    pair.real.op('_FusedMatMul', inputs, { fused_ops: ['BiasAdd', 'Relu'], num_args: 1 }, 'y');
    pair.terms = 6;
    const { model } = await checkRules(pair, 'y', [foldBefore()], { values: randoms(12, 5), shape: [2, 6] });
    expect(opsOf(model)).to.deep.equal(['_FusedMatMul']);
  });
});

function pads4(pair: Pair): string {
  pair.size.constant('paddings', [0, 0, 1, 0, 2, 1, 0, 0], [4, 2], 'int32');
  return pair.real.constant('paddings', [0, 0, 1, 0, 2, 1, 0, 0], [4, 2], 'int32');
}
