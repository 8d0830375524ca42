import * as tf from '@tensorflow/tfjs';
import { isOptimizeError, randomStream, traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { LAYER_CASES, type LayerCase } from './layer-cases/index.js';
import { BACKENDS, expectSame, expectSound, runStock, useBackend } from './support.js';

const UNSEEN_BATCH = 2;
const UNSEEN_SIZE = 13;

/** A model of one layer, all its weights away from their neutral starting values. */
function modelOf({ inputs, apply, batch }: LayerCase): tf.LayersModel {
  const symbols = inputs.map((shape) => tf.input({ batchShape: [batch ?? null, ...shape] }));
  const model = tf.model({ inputs: symbols, outputs: apply(...symbols) });
  const next = randomStream(11);
  model.setWeights(
    model.getWeights().map((w) =>
      tf.tensor(
        w.dataSync().map(() => 0.1 + next()),
        w.shape,
        w.dtype,
      ),
    ),
  );
  return model;
}

function inputsOf({ inputs, below }: LayerCase): tf.Tensor[] {
  const next = randomStream(5);
  return inputs.map((shape) => {
    const sizes = [UNSEEN_BATCH, ...shape.map((size) => size ?? UNSEEN_SIZE)];
    const count = sizes.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, () =>
      below === undefined ? 2 * next() - 1 : Math.floor(next() * below),
    );
    return tf.tensor(values, sizes);
  });
}

for (const backend of BACKENDS) {
  describe(`trace: every class of tf.layers at a batch size no trace saw, on ${backend}`, () => {
    before(() => useBackend(backend));

    for (const test of LAYER_CASES) {
      if (test.onlyOn !== undefined && test.onlyOn !== backend) continue;
      const title = test.use === undefined ? test.layer : `${test.layer}, ${test.use}`;
      it(
        test.refused === undefined ? `${title}: equal bit for bit` : `${title}: refused (${test.refused})`,
        async () => {
          const model = modelOf(test);
          const inputs = inputsOf(test);
          const before = tf.memory().numTensors;
          if (test.refused === undefined) await checkEqual(model, inputs);
          else checkRefused(model, test.refused);
          if (test.broken === true) expect(() => model.predict(inputs)).to.throw();
          expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
          tf.dispose([model.getWeights(), inputs]);
        },
      );
    }
  });
}

async function checkEqual(model: tf.LayersModel, inputs: tf.Tensor[]): Promise<void> {
  const traced = traceLayersModel(model);
  expectSound(traced);
  const expected = model.predict(inputs) as tf.Tensor;
  const [actual] = (await runStock(traced, inputs)) as [tf.Tensor];
  expectSame(actual, expected, 'output');
  const last = model.layers.at(-1) as tf.layers.Layer;
  expect(traced.signature.outputs.map(({ key }) => key)).to.deep.equal([last.name]);
  tf.dispose([expected, actual]);
}

function checkRefused(model: tf.LayersModel, code: string): void {
  const layer = (model.layers.at(-1) as tf.layers.Layer).name;
  try {
    traceLayersModel(model);
  } catch (error) {
    if (!isOptimizeError(error)) throw error;
    expect(error.code).to.equal(code);
    expect(error.message).to.contain(layer);
    return;
  }
  expect.fail('tracing succeeded');
}

describe('trace: the table of layers', () => {
  it('names every class of tf.layers', () => {
    const bases = ['Layer', 'RNN', 'RNNCell'];
    const known = new Set<string>(LAYER_CASES.map(({ layer }) => layer));
    const missing = Object.keys(tf.layers).filter((name) => !known.has(name) && !bases.includes(name));
    expect(missing).to.deep.equal([]);
  });
});
