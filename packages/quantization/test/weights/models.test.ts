import * as tf from '@tensorflow/tfjs';
import { loadModel, saveModel, verifyGraph, type Model } from '@tfjs-optimize/core';
import { quantizeWeights, WEIGHT_SCHEMES } from '@tfjs-optimize/quantization';
import { packed } from '@tfjs-optimize/runtime';
import { needShared, sharedDir, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = sharedDir('data', 'models');
const names = root === undefined ? [] : fs.readdirSync(root).sort();

/** The values of all weights as bytes, as stock TensorFlow.js holds them. */
function valuesOf(model: Awaited<ReturnType<typeof tf.loadGraphModel>>): Map<string, Buffer> {
  return new Map(
    Object.entries(model.weights).map(([name, tensors]) => {
      const values = [tensors].flat()[0]?.dataSync() as Float32Array;
      return [
        name,
        Buffer.from(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength)),
      ];
    }),
  );
}

function expectSameWeights(loaded: Awaited<ReturnType<typeof tf.loadGraphModel>>, model: Model): void {
  const values = valuesOf(loaded);
  for (const [name, weight] of model.weights) {
    if (weight.dtype === 'string') continue;
    const { buffer, byteOffset, byteLength } = weight.numbers();
    const own = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
    expect(values.get(name)?.equals(own), `weight ${name}`).to.equal(true);
  }
}

describe('quantizing the weights of real models', function () {
  this.timeout(120_000);
  before(function () {
    needShared(this, 'data', 'models');
    expect(names.length).to.be.greaterThan(0);
  });

  for (const name of names) {
    for (const scheme of WEIGHT_SCHEMES) {
      it(`${name}: ${scheme} files give the same weights, bit for bit, through the runtime and through core`, () =>
        withTempFolder(async (temp) => {
          const folder = path.join(temp, 'out');
          const float = await loadModel(path.join(root as string, name));
          const { model, before, after } = await quantizeWeights(float, { scheme });
          const { bytes } = await saveModel(model, folder);
          expect(after).to.equal(bytes);
          expect(after).to.be.at.most(before);
          const read = await loadModel(folder);
          expect(verifyGraph(read).violations).to.deep.equal([]);
          for (const [weight, { encoding }] of model.weights) {
            // Files of JSON have no -0.
            const written = encoding.kind === 'affine' ? { ...encoding, min: encoding.min + 0 } : encoding;
            expect(read.weights.need(weight).encoding, weight).to.deep.equal(written);
          }
          const again = path.join(temp, 'again');
          await saveModel(read, again);
          for (const file of fs.readdirSync(folder)) {
            expect(
              fs.readFileSync(path.join(again, file)).equals(fs.readFileSync(path.join(folder, file))),
              file,
            ).to.equal(true);
          }
          const tensors = tf.memory().numTensors;
          const loaded = await tf.loadGraphModel(packed(folder));
          expectSameWeights(loaded, model);
          loaded.dispose();
          expect(tf.memory().numTensors).to.equal(tensors);
        }));
    }
  }
});
