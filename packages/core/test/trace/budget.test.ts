import * as tf from '@tensorflow/tfjs';
import { traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { mobilenetV2 } from '../../../testing/src/nets/index.js';
import { BACKENDS, expectSame, normal, runStock, useBackend } from './support.js';

/** The promise for a network of 160 layers; about 0.5 s on a 2-core machine. */
const MOST_MILLISECONDS = 3000;

for (const backend of BACKENDS) {
  describe(`trace: MobileNetV2 at 224, 157 layers, on ${backend}`, function () {
    this.timeout(120_000);
    let model: tf.LayersModel;
    before(async () => {
      await useBackend(backend);
      model = mobilenetV2({ seed: 1 });
    });
    after(() => model.dispose());

    it(`takes less than ${MOST_MILLISECONDS} ms`, () => {
      const start = performance.now();
      traceLayersModel(model);
      expect(performance.now() - start).to.be.lessThan(MOST_MILLISECONDS);
    });

    it('holds the weights once and makes no tensors', () => {
      const before = tf.memory();
      const { weights } = traceLayersModel(model);
      expect(tf.memory().numBytes).to.equal(before.numBytes);
      const bytes = [...weights].reduce((sum, [, weight]) => sum + weight.bytes.byteLength, 0);
      const constants = bytes / (4 * model.countParams());
      expect(constants).to.be.within(1, 1.01);
    });

    if (backend === 'wasm') {
      it('equals the layers model bit for bit at a batch of 2', async () => {
        const x = normal([2, 224, 224, 3], 3);
        const expected = model.predict(x) as tf.Tensor;
        const [actual] = await runStock(traceLayersModel(model), [x]);
        expectSame(actual as tf.Tensor, expected, 'output');
        tf.dispose([x, expected, actual]);
      });
    }
  });
}
