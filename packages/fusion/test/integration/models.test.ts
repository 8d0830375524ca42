import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { loadModel, makeContext, runPass, saveModel, type Model } from '@tfjs-optimize/core';
import { needShared, runStock, withTempFolder, type TensorData } from '@tfjs-optimize/testing';
import { inference } from '../../src/index.js';
import { randoms } from '../support/arbitraries.js';
import { useBackend } from '../support/backend.js';
import { DEV_MODELS, type DevModel } from '../support/dev-models.js';
import { largestDifference, outputsOf, roundingBounds } from '../support/sensitivity.js';

/** Random inputs of a batch. */
function inputsOf(model: Model, { inputs }: DevModel, batch: number): tf.Tensor[] {
  return inputs.map(({ shape, kind }, i) => {
    const full = [batch, ...shape];
    const size = full.reduce((a, b) => a * b, 1);
    const values = randoms(size, 31 * batch + i).map((value) => Math.min(0.999, Math.abs(value) / 2));
    if (kind === 'one-hot') {
      const width = shape[shape.length - 1] as number;
      const picks = values.filter((_, at) => at % width === 0).map((value) => Math.floor(value * width));
      return tf.tensor(
        values.map((_, at) => Number(picks[Math.floor(at / width)] === at % width)),
        full,
      );
    }
    const factor = { uniform: 1, pixels: 255, token: 2500 }[kind];
    const dtype = model.signature.inputs[i]?.dtype ?? 'float32';
    return tf.tensor(
      values.map((value) => (dtype === 'int32' ? Math.floor(value * factor) : value * factor)),
      full,
      dtype,
    );
  });
}

function asData(tensors: readonly tf.Tensor[]): TensorData[] {
  return tensors.map((tensor) => ({
    dtype: tensor.dtype,
    shape: tensor.shape,
    data: tensor.dataSync(),
  }));
}

function weightBytes(model: Model): number {
  return [...model.weights].reduce((sum, [, weight]) => sum + weight.bytes.byteLength, 0);
}

describe('real models: read, fuse, save, and load with stock TensorFlow.js in a process of its own', () => {
  before(() => useBackend('wasm'));
  after(() => useBackend('cpu'));

  for (const dev of DEV_MODELS) {
    it(`${dev.name} computes the same at batch ${dev.batches.join(' and ')}, within λ√n·u`, async function () {
      const folder = needShared(this, 'data', 'models', dev.name);
      const model = await loadModel(path.join(folder, 'model.json'));
      const started = performance.now();
      const fused = (await runPass(inference(), model, makeContext())).model;
      expect(performance.now() - started, 'milliseconds to fuse').to.be.lessThan(5000);
      expect(weightBytes(fused) / weightBytes(model)).to.be.at.most(dev.growth);
      for (const weight of [...fused.weights].map(([, one]) => one)) {
        if (weight.shape.length >= 4)
          expect(weight.encoding).to.deep.equal(kernelEncodingOf(model, weight.bytes));
      }
      const batches = dev.batches.map((batch) => inputsOf(model, dev, batch));
      const answer = await withTempFolder(async (temp) => {
        const target = path.join(temp, 'fused');
        await saveModel(fused, target);
        return runStock({
          model: path.join(target, 'model.json'),
          runs: batches.map(asData),
          async: dev.name.startsWith('handtrack'),
        });
      });
      expect(answer.leaked).to.equal(0);
      for (const [run, inputs] of batches.entries()) {
        const expected = await outputsOf(model, inputs);
        const bounds = await roundingBounds(model, inputs);
        const outputs = answer.runs[run] ?? [];
        expect(outputs).to.have.length(expected.length);
        outputs.forEach(({ data }, i) => {
          const difference = largestDifference(data as ArrayLike<number>, expected[i] as Float32Array);
          expect(difference, `output ${i} of batch ${dev.batches[run]}`).to.be.at.most(bounds[i] as number);
        });
        tf.dispose(inputs);
      }
      model.dispose();
      fused.dispose();
    });
  }
});

/** The encoding of the model's weight of these very bytes; plain for a weight that was changed. */
function kernelEncodingOf(model: Model, bytes: Uint8Array): unknown {
  for (const [, weight] of model.weights) if (weight.bytes === bytes) return weight.encoding;
  return { kind: 'plain' };
}
