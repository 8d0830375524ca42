import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { decode } from 'jpeg-js';
import { loadModel, makeContext, runPass, type Model } from '@tfjs-optimize/core';
import { needShared, type Skippable } from '@tfjs-optimize/testing';
import { inference } from '../../src/index.js';
import { useBackend } from '../support/backend.js';

async function bothOf(context: Skippable, name: string): Promise<readonly [Model, Model]> {
  const folder = needShared(context, 'data', 'models', name);
  const model = await loadModel(path.join(folder, 'model.json'));
  return [model, (await runPass(inference(), model, makeContext())).model];
}

/** Labels in order of score, best first, for each row. */
function ranked(model: Model, x: tf.Tensor, count: number): number[][] {
  return tf.tidy(() => {
    const { indices } = tf.topk(model.run(x)[0] as tf.Tensor2D, count);
    return indices.arraySync();
  });
}

/** Ten thousand 28×28 images of an IDX file, and their labels. */
function readIdx(folder: string): { images: Uint8Array; labels: Uint8Array } {
  const read = (file: string): Uint8Array =>
    new Uint8Array(gunzipSync(fs.readFileSync(path.join(folder, file))));
  return {
    images: read('t10k-images-idx3-ubyte.gz').subarray(16),
    labels: read('t10k-labels-idx1-ubyte.gz').subarray(8),
  };
}

describe('accuracy of real models, before and after fusion', function () {
  this.timeout(120_000);

  before(() => useBackend('wasm'));
  after(() => useBackend('cpu'));

  for (const [name, data, correct] of [
    ['mnist-cnn-layers', 'mnist', 9916],
    ['mnist-cnn-graph', 'mnist', 9888],
    ['fashion-cnn-keras3-layers', 'fashion-mnist', 8969],
  ] as const) {
    it(`${name}: ${correct} of 10 000, before and after`, async function () {
      const folder = needShared(this, 'data', data);
      const models = await bothOf(this, name);
      const { images, labels } = readIdx(folder);
      const counts = [0, 0];
      for (let start = 0; start < labels.length; start += 500) {
        const pixels = Float32Array.from(
          images.subarray(784 * start, 784 * (start + 500)),
          (value) => value / 255,
        );
        const x = tf.tensor(pixels, [pixels.length / 784, 28, 28, 1]);
        for (const [at, model] of models.entries()) {
          ranked(model, x, 1).forEach(([best], i) => {
            if (best === labels[start + i]) counts[at] = (counts[at] as number) + 1;
          });
        }
        x.dispose();
      }
      models.forEach((model) => model.dispose());
      expect(counts).to.deep.equal([correct, correct]);
    });
  }

  it('mobilenet-v1-025: the same top 1 and top 5 of each of 150 photos', async function () {
    const folder = needShared(this, 'data', 'imagenet-sample-150');
    const [model, fused] = await bothOf(this, 'mobilenet-v1-025-imagenet-layers');
    const rows = fs.readFileSync(path.join(folder, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
    expect(rows).to.have.length(150);
    const hits = { top1: 0, top5: 0 };
    for (const row of rows) {
      const [file = '', , label] = row.split(',');
      const x = photo(path.join(folder, 'images', file));
      const [before = [], after = []] = [model, fused].map((one) => ranked(one, x, 5)[0]);
      x.dispose();
      expect(after[0], `top 1 of ${file}`).to.equal(before[0]);
      expect(after.includes(Number(label)), `label among the top 5 of ${file}`).to.equal(
        before.includes(Number(label)),
      );
      if (after[0] === Number(label)) hits.top1++;
      if (after.includes(Number(label))) hits.top5++;
    }
    model.dispose();
    fused.dispose();
    // 54.7 % and 80 % with this way to scale photos.
    expect(hits).to.deep.equal({ top1: 82, top5: 120 });
  });
});

/** A photo as the network takes it: shorter side 256, the middle 224×224, in [-1, 1]. */
function photo(file: string): tf.Tensor {
  const { width, height, data } = decode(fs.readFileSync(file), { useTArray: true, formatAsRGBA: false });
  return tf.tidy(() => {
    const scale = 256 / Math.min(width, height);
    const size: [number, number] = [Math.round(height * scale), Math.round(width * scale)];
    const pixels = tf.tensor3d(Float32Array.from(data), [height, width, 3]);
    const scaled = tf.image.resizeBilinear(pixels, size);
    const [top, left] = size.map((length) => (length - 224) >> 1) as [number, number];
    return tf
      .slice(scaled, [top, left, 0], [224, 224, 3])
      .expandDims(0)
      .mul(2 / 255)
      .sub(1);
  });
}
