import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, needTfjsNode, tempFolder } from '@tfjs-optimize/testing';
import { packed } from '@tfjs-optimize/runtime';
import { expect } from 'chai';
import * as path from 'node:path';
import { computedBy, DATA, expectedOf, quantizedNetworks, SHAPE } from './networks.js';

describe('quantized models on tfjs-node (skipped without it)', () => {
  let models: Awaited<ReturnType<typeof quantizedNetworks>>;

  before(async function () {
    await needTfjsNode(this);
    await tf.setBackend('cpu');
    models = await quantizedNetworks();
  });
  afterEach(() => tf.setBackend('cpu'));

  for (const name of ['static', 'dynamic'] as const) {
    it(`${name} int8 loaded by packed() computes every value that cpu does`, async () => {
      const model = models[name];
      const expected = expectedOf(model);
      const folder = path.join(tempFolder(), 'model');
      await model.save(folder);
      await tf.setBackend('tensorflow');
      await expectNoLeak(async () => {
        const graph = await tf.loadGraphModel(packed(folder));
        const x = tf.tensor([...DATA], SHAPE);
        const names = computedBy(model);
        const tensors = graph.execute(x, names) as tf.Tensor[];
        names.forEach((node, i) => {
          const values = Array.from((tensors[i] as tf.Tensor).dataSync(), (value) => value + 0);
          expect(values, node).to.deep.equal(expected[node]);
        });
        tf.dispose([x, tensors]);
        graph.dispose();
      });
    });
  }
});
