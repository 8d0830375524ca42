import '@tfjs-optimize/wasm';
import { nets } from '@tfjs-optimize/testing';
import { traceLayersModel, type Model } from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

const STEPS = 1000;
const EXAMPLES = 64;

/** All that a step may have: convolutions, batch norm, dropout. */
function net(filters: number, seed: number): Model<'float'> {
  const layers = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1], name: 'conv' }),
      tf.layers.batchNormalization(),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 3 }),
    ],
  });
  const model = traceLayersModel(nets.seedWeights(layers, seed));
  layers.dispose();
  return model;
}

/** Bytes of the heap that the wasm backend holds: it grows and never shrinks. */
const heap = (): number =>
  (tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } }).wasm.HEAPU8.length;

describe('a thousand steps of distillation on wasm', function () {
  this.timeout(120_000);
  before(() => tf.setBackend('wasm'));

  it('hold no more tensors, bytes and heap at their end than at the hundredth', async () => {
    const [teacher, student] = [net(6, 1), net(4, 2)];
    const inputs = nets.uniformTensor([EXAMPLES, 8, 8, 1], 3, 0, 1);
    const labels = tf.tidy(() => tf.range(0, EXAMPLES, 1, 'int32').mod(tf.scalar(3, 'int32')));
    const held: { readonly tensors: number; readonly bytes: number; readonly heap: number }[] = [];
    const { model } = await distill(student, teacher, {
      data: { inputs, labels },
      epochs: STEPS / 4,
      batchSize: 16,
      temperature: 3,
      alpha: 0.5,
      match: [{ student: 'conv', teacher: 'conv' }],
      clip: { norm: 1 },
      metrics: ['accuracy'],
      callbacks: {
        onStep: () => {
          const { numTensors: tensors, numBytes: bytes } = tf.memory();
          held.push({ tensors, bytes, heap: heap() });
        },
      },
    });
    expect(held.length).to.equal(STEPS);
    const [before, after] = [held[99], held.at(-1)] as [(typeof held)[0], (typeof held)[0]];
    // Fewer, where models that other tests forgot were collected meanwhile.
    expect(after.tensors, 'tensors').to.be.at.most(before.tensors);
    expect(after.bytes, 'bytes').to.be.at.most(before.bytes);
    expect(after.heap, 'heap').to.equal(before.heap);
    [model, teacher, student].forEach((each) => each.dispose());
    tf.dispose([inputs, labels]);
  });
});
