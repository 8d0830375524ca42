import { optimize, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { dynamicPass, quantizeWeightsPass, type WeightScheme } from '@tfjs-optimize/quantization';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { l1Unstructured, masksFact, sparsity } from '../../src/index.js';

const [INPUTS, UNITS] = [64, 8];

/** A dense layer whose weights are nearly all above 0: uint8 codes of it lie about another number than 0. */
function lopsided(): Model<'float'> {
  const layers = tf.sequential({
    layers: [tf.layers.dense({ units: UNITS, inputShape: [INPUTS], name: 'dense' })],
  });
  const values = Float32Array.from({ length: INPUTS * UNITS }, (_, i) => ((i * 37) % 101) / 100 - 0.12);
  tf.tidy(() => layers.setWeights([tf.tensor2d(values, [INPUTS, UNITS]), tf.zeros([UNITS])]));
  const model = traceLayersModel(layers);
  layers.dispose();
  return model;
}

describe('masks of weights that become integers', () => {
  before(() => tf.setBackend('cpu'));

  for (const scheme of ['uint8', 'uint16', 'int8', 'float16', 'bfloat16'] as const satisfies WeightScheme[]) {
    it(`are exactly zero stored as ${scheme}, and dynamic int8 of that`, async () => {
      const { model: pruned, masks } = l1Unstructured(lopsided(), 0.5);
      const kept = masks.get('dense/kernel')?.kept as Uint8Array;
      const stored = await optimize(pruned, quantizeWeightsPass({ scheme, leastElements: 1 }));
      expect(stored.model.weights.need('dense/kernel').encoding.kind).not.to.equal('plain');
      const { model } = await optimize(stored.model, dynamicPass({ leastElements: 1 }));
      expect(model.stage).to.equal('integer');
      for (const each of [stored.model, model]) {
        expect(masksFact.check(each, each.facts.need(masksFact))).to.deep.equal([]);
        const [name, { kept: now }] = [...each.facts.need(masksFact)][0] as [string, { kept: Uint8Array }];
        expect([...now]).to.deep.equal([...kept]);
        each.weights
          .need(name)
          .numbers()
          .forEach((value, i) => expect(value === 0 || now[i] === 1, `${name} ${i}`).to.equal(true));
        expect(sparsity(each).pruned).to.equal((INPUTS * UNITS) / 2);
      }
    });
  }
});
