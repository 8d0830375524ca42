import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { PlainAttrs, Rule, ValueId } from '@tfjs-optimize/core';
import { foldBatchNorm } from '../../src/rules/fold-batch-norm.js';
import { fuseActivation } from '../../src/rules/fuse-activation.js';
import { fuseBias } from '../../src/rules/fuse-bias.js';
import { fusePad } from '../../src/rules/fuse-pad.js';
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
import { BACKENDS, useBackend } from '../support/backend.js';
import { checkRules, opsOf } from '../support/check.js';
import { Pair } from '../support/pair.js';

const FUSED: Record<string, string> = {
  conv2d: '_FusedConv2D',
  depthwise: 'FusedDepthwiseConv2dNative',
  matmul: '_FusedMatMul',
};
const ACTIVATIONS = ['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu', 'Prelu'] as const;

/** An activation in the graph, nothing in the graph of magnitudes: none stretches distances. */
function addActivation(
  pair: Pair,
  x: ValueId,
  name: (typeof ACTIVATIONS)[number],
  channels: number,
): ValueId {
  const attrs: PlainAttrs = name === 'LeakyRelu' ? { alpha: 0.3 } : {};
  const slopes =
    name === 'Prelu'
      ? [
          pair.constant(
            randoms(channels, 77).map((value) => value / 2),
            [channels],
          ),
        ]
      : [];
  return pair.different(name, [x, ...slopes], { op: 'Identity', inputs: [x] }, attrs);
}

for (const backend of BACKENDS) {
  describe(`fused ops on ${backend}`, () => {
    before(() => useBackend(backend));
    after(() => useBackend('cpu'));

    for (const kind of ['conv2d', 'depthwise', 'matmul'] as const) {
      it(`${kind} takes a bias in any broadcast shape, within 2·γ(n)·Σ|w||x|`, async () => {
        await fc.assert(
          fc.asyncProperty(
            linear(kind),
            fc.constantFrom('BiasAdd', 'AddV2', 'Add', 'Sub'),
            fc.constantFrom('vector', 'full', 'number'),
            async (spec, op, form) => {
              const pair = new Pair();
              const shape = inputShape(spec);
              const x = addLinear(pair, pair.input('x', shape), spec);
              const channels = outputChannels(spec);
              const vector = op === 'BiasAdd' || form === 'vector';
              const count = form === 'number' && !vector ? 1 : channels;
              const biasShape = vector
                ? [channels]
                : form === 'full'
                  ? [...new Array<number>(rankOf(spec) - 1).fill(1), channels]
                  : [];
              const bias = pair.constant(randoms(count, spec.seed + 8), biasShape);
              const y =
                op === 'Sub' ? pair.different('Sub', [x, bias], { op: 'AddV2' }) : pair.op(op, [x, bias]);
              const values = randoms(
                shape.reduce((a, b) => a * b, 1),
                spec.seed,
              );
              const { model } = await checkRules(pair, y, [fuseBias()], { values, shape });
              expect(opsOf(model)).to.deep.equal([FUSED[kind]]);
            },
          ),
          { numRuns: 40 },
        );
      });

      for (const activation of ACTIVATIONS) {
        const fuses = !(kind === 'depthwise' && activation === 'LeakyRelu');
        it(`${kind} ${fuses ? 'takes' : 'does not take'} ${activation}`, async () => {
          await fc.assert(
            fc.asyncProperty(linear(kind), fc.boolean(), async (spec, hasBias) => {
              const pair = new Pair();
              const shape = inputShape(spec);
              let x = addLinear(pair, pair.input('x', shape), spec);
              const channels = outputChannels(spec);
              if (hasBias)
                x = pair.op('BiasAdd', [x, pair.constant(randoms(channels, spec.seed + 8), [channels])]);
              const y = addActivation(pair, x, activation, channels);
              const values = randoms(
                shape.reduce((a, b) => a * b, 1),
                spec.seed,
              );
              const { model } = await checkRules(pair, y, [fuseBias(), fuseActivation()], { values, shape });
              expect(opsOf(model)[0]).to.match(hasBias || fuses ? /Fused/ : /^[^F]*$/);
              expect(opsOf(model)).to.have.length(fuses ? 1 : 2);
            }),
            { numRuns: 12 },
          );
        });
      }

      it(`${kind} takes batch norm and activation together`, async () => {
        const tensors = tf.memory().numTensors;
        await fc.assert(
          fc.asyncProperty(
            linear(kind),
            affine(),
            fc.constantFrom(...ACTIVATIONS),
            async (spec, form, activation) => {
              fc.pre(kind !== 'matmul' || !form.form.startsWith('Fused'));
              fc.pre(!(kind === 'depthwise' && activation === 'LeakyRelu'));
              const pair = new Pair();
              const shape = inputShape(spec);
              const channels = outputChannels(spec);
              const x = addLinear(pair, pair.input('x', shape), spec);
              const y = addActivation(
                pair,
                addAffine(pair, x, channels, rankOf(spec), form),
                activation,
                channels,
              );
              const values = randoms(
                shape.reduce((a, b) => a * b, 1),
                spec.seed,
              );
              const rules: Rule[] = [foldBatchNorm(), fuseBias(), fuseActivation()];
              const { model } = await checkRules(pair, y, rules, { values, shape });
              expect(opsOf(model)).to.deep.equal([FUSED[kind]]);
            },
          ),
          { numRuns: 30 },
        );
        expect(tf.memory().numTensors).to.equal(tensors);
      });
    }

    for (const kind of ['conv2d', 'depthwise'] as const) {
      it(`${kind} takes a Pad of zeros as explicit padding`, async () => {
        await fc.assert(
          fc.asyncProperty(
            linear(kind),
            fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
            async (spec, sides) => {
              const pair = new Pair();
              const shape = inputShape(spec);
              const [top, bottom, left, right] = sides as [number, number, number, number];
              const amounts = [0, 0, top, bottom, left, right, 0, 0];
              pair.size.constant('paddings', amounts, [4, 2], 'int32');
              pair.real.constant('paddings', amounts, [4, 2], 'int32');
              const y = addLinear(pair, pair.op('Pad', [pair.input('x', shape), 'paddings']), spec);
              const values = randoms(
                shape.reduce((a, b) => a * b, 1),
                spec.seed,
              );
              const { model } = await checkRules(pair, y, [fusePad()], { values, shape });
              expect(opsOf(model)).to.have.length(spec.padding === 'SAME' ? 2 : 1);
            },
          ),
          { numRuns: 40 },
        );
      });
    }
  });
}
