import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { foldBatchNorm } from '../../src/rules/fold-batch-norm.js';
import {
  addAffine,
  addLinear,
  affine,
  inputShape,
  linear,
  outputChannels,
  randoms,
  rankOf,
} from '../support/arbitraries.js';
import { useBackend } from '../support/backend.js';
import { checkRules, opsOf } from '../support/check.js';
import { Pair } from '../support/pair.js';

const LINEAR = ['Conv2D', 'DepthwiseConv2dNative', 'Conv2DBackpropInput', 'Conv3D', 'MatMul'];

describe('fold-batch-norm', () => {
  before(() => useBackend('cpu'));

  for (const kind of ['conv2d', 'depthwise', 'transposed', 'conv3d', 'matmul'] as const) {
    it(`is exact after ${kind}, within 2·γ(n)·Σ|w||x|`, async () => {
      const tensors = tf.memory().numTensors;
      await fc.assert(
        fc.asyncProperty(linear(kind), affine(), fc.boolean(), async (spec, form, hasBias) => {
          const rank = rankOf(spec);
          fc.pre(rank === 4 || !form.form.startsWith('Fused'));
          const pair = new Pair();
          const shape = inputShape(spec);
          let y = addLinear(pair, pair.input('x', shape), spec);
          const channels = outputChannels(spec);
          if (hasBias)
            y = pair.op('BiasAdd', [y, pair.constant(randoms(channels, spec.seed + 9), [channels])]);
          y = addAffine(pair, y, channels, rank, form);
          const values = randoms(
            shape.reduce((a, b) => a * b, 1),
            spec.seed,
          );
          const { model } = await checkRules(pair, y, [foldBatchNorm()], { values, shape });
          const ops = opsOf(model);
          expect(LINEAR).to.include(ops[0]);
          expect(ops.slice(1).filter((op) => op !== 'BiasAdd' && op !== 'AddV2')).to.deep.equal([]);
          expect(ops.length).to.be.lessThan(3);
        }),
        { numRuns: 60 },
      );
      expect(tf.memory().numTensors).to.equal(tensors);
    });
  }
});
