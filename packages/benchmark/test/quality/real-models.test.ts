import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { backend, loadModel } from '@tfjs-optimize/core';
import { expectNoLeak, needShared } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { accuracy, agreement, confusionMatrix, evaluate, f1, type LabelledBatch } from '../../src/index.js';

/** The ten thousand test digits in batches of 300, the last of 100. */
function* digits(folder: string): Generator<LabelledBatch> {
  const read = (file: string) => new Uint8Array(gunzipSync(fs.readFileSync(path.join(folder, file))));
  const images = read('t10k-images-idx3-ubyte.gz').subarray(16);
  const labels = read('t10k-labels-idx1-ubyte.gz').subarray(8);
  for (let start = 0; start < labels.length; start += 300) {
    const own = labels.subarray(start, start + 300);
    const pixels = Float32Array.from(
      images.subarray(784 * start, 784 * (start + own.length)),
      (px) => px / 255,
    );
    yield {
      xs: tf.tensor(pixels, [own.length, 28, 28, 1]),
      ys: tf.tensor1d(Int32Array.from(own), 'int32'),
    };
  }
}

describe('evaluate, on MNIST', () => {
  before(() => backend.use('wasm'));
  after(() => backend.use('cpu'));

  // The accuracies that the models' sources measured by other means.
  for (const [name, correct] of [
    ['mnist-cnn-layers', 9916],
    ['mnist-cnn-graph', 9888],
  ] as const) {
    it(`${name}: ${correct} of 10 000`, async function () {
      const folder = needShared(this, 'data', 'mnist');
      const model = await loadModel(needShared(this, 'data', 'models', name));
      const metrics = [accuracy(), f1({ average: 'micro' }), confusionMatrix()];
      const found = await evaluate(model, digits(folder), metrics);
      expect(found.examples).to.equal(10_000);
      expect(found.scores.map(({ value }) => value)).to.deep.equal([correct / 10_000, correct / 10_000]);
      const counts = found.confusion?.counts ?? [];
      expect(counts.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)).to.equal(correct);
      // Digits of each kind among the test set of MNIST.
      expect(counts.map((row) => row.reduce((a, b) => a + b, 0))).to.deep.equal([
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
      ]);
      model.dispose();
    });
  }

  it('the two agree on most digits, and leave nothing behind', async function () {
    const folder = needShared(this, 'data', 'mnist');
    const [a, b] = await Promise.all(
      ['mnist-cnn-layers', 'mnist-cnn-graph'].map((name) =>
        loadModel(needShared(this, 'data', 'models', name)),
      ),
    );
    function* some(): Generator<LabelledBatch> {
      let batches = 0;
      for (const batch of digits(folder)) {
        yield batch;
        if (++batches === 3) return;
      }
    }
    if (a === undefined || b === undefined) return expect.fail('two models');
    await expectNoLeak(async () => {
      const found = await evaluate(a, some(), [agreement(b)]);
      expect(found.examples).to.equal(900);
      expect(found.scores[0]?.value).to.be.within(0.95, 0.9999);
    });
    a.dispose();
    b.dispose();
  });
});
