import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder } from '../src/graph/builder.js';
import { inferenceMemory } from '../src/inference-memory.js';
import type { Model } from '../src/model.js';

/** y = sigmoid(relu(x · w) · w): two activations of 8 × 8 floats between input and output. */
function deepModel(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 8]);
  const w = b.constant('w', new Float32Array(64).fill(0.5), [8, 8]);
  const product = { transpose_a: false, transpose_b: false };
  const hidden = b.op('Relu', [b.op('MatMul', [x, w], product)]);
  b.output(b.op('Sigmoid', [b.op('MatMul', [hidden, w], product)], {}, { name: 'y' }));
  return b.build();
}

describe('inferenceMemory', () => {
  before(() => tf.setBackend('cpu'));

  it('shows that a run holds its outputs alone, and a taped run the activations, too', () => {
    const model = deepModel();
    const x = tf.ones<tf.Rank.R2>([8, 8]);
    const before = tf.memory().numTensors;
    const found = inferenceMemory(model, x);
    const activation = 8 * 8 * 4;
    expect(found.weights).to.deep.equal({ tensors: 1, buffers: 1, bytes: activation });
    expect(found.outputs).to.deep.equal({ tensors: 1, buffers: 1, bytes: activation });
    expect(found.plain).to.deep.equal(found.outputs);
    // What both products, relu and sigmoid keep beside the output: the product that relu read and what
    // relu made. Everything else they keep (x, w, the output) is held anyway.
    expect(found.withTape.buffers).to.equal(found.plain.buffers + 2);
    expect(found.withTape.bytes).to.be.at.least(found.plain.bytes + 2 * activation);
    expect(inferenceMemory(model, x), 'a second time').to.deep.equal(found);
    model.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    x.dispose();
  });

  it('counts the memory of an output that is handed out twice once', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    const y = b.op('Neg', [x], {}, { name: 'y' });
    b.output(y, 'one');
    b.output(y, 'two');
    const model = b.build();
    const given = tf.ones([16]);
    const found = inferenceMemory(model, given);
    expect(found.outputs).to.deep.equal({ tensors: 2, buffers: 1, bytes: 128 });
    expect(found.plain).to.deep.equal(found.outputs);
    tf.dispose(given);
  });
});
