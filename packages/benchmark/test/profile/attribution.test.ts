import * as tf from '@tensorflow/tfjs';
import type { Model, ModelInputs } from '@tfjs-optimize/core';
import { expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { planOfCall } from '../../src/profile/attribution.js';
import { watchKernels } from '../../src/profile/kernels.js';
import { functions, loop, places, twins } from './models.js';

/** `node: kernel` of a call. */
async function planText(model: Model, x: ModelInputs): Promise<string[]> {
  const { kernels } = await planOfCall(model, x);
  return kernels.map(({ node, kernel }) => `${node}: ${kernel}`);
}

describe('planOfCall', () => {
  before(() => tf.setBackend('cpu'));

  it('tells apart nodes of one op on one input, and leaves out those without kernels', async () => {
    const x = tf.ones([2, 4]);
    expect(await planText(twins(), x)).to.have.members([
      'first: Relu',
      'second: Relu',
      'flat: Reshape',
      'back: Reshape',
      'sum: Add',
      'y: Relu6',
    ]);
    x.dispose();
  });

  it('is the order in which a plain run calls kernels', async () => {
    const x = tf.ones([8]);
    for (const model of [loop(), places()]) {
      const { kernels } = await planOfCall(model, x);
      const seen: string[] = [];
      const unwatch = watchKernels(({ kernel }) => seen.push(kernel));
      const outputs = await model.runAsync(x);
      unwatch();
      expect(seen).to.deep.equal(kernels.map(({ kernel }) => kernel));
      tf.dispose(outputs);
      model.dispose();
    }
    x.dispose();
  });

  it('has the nodes of a loop once for each turn', async () => {
    const x = tf.ones([1]);
    const plan = await planText(loop(), x);
    expect(plan.filter((text) => text === 'doubled: Concat')).to.have.length(3);
    expect(plan.filter((text) => text === 'less: Less')).to.have.length(4);
    x.dispose();
  });

  it('names what computes in JavaScript between kernels', async () => {
    const x = tf.tensor1d([1, -1, 2]);
    const { kernels, between } = await planOfCall(places(), x);
    // Before it reads them, the op casts its values.
    expect(kernels.map(({ node }) => node)).to.deep.equal(['positive', 'where', 'y']);
    expect([...between]).to.deep.equal([[2, ['where']]]);
    x.dispose();
  });

  it('gives the kernels of a function to the node that calls it', async () => {
    const x = tf.tensor1d([1, -2]);
    const model = await functions();
    for (const [any, inner] of [
      [true, ['chosen: Add', 'chosen: Relu']],
      [false, ['chosen: Tanh']],
    ] as const) {
      const flag = tf.scalar(any);
      expect(await planText(model, { x, any: flag })).to.deep.equal([...inner, 'y: Multiply']);
      await expectNoLeak(() => planOfCall(model, { x, any: flag }));
      flag.dispose();
    }
    x.dispose();
  });

  it('leaves no tensors and no patches behind', async () => {
    const engine = tf.engine();
    const { runKernel, keep } = engine;
    const x = tf.ones([3]);
    for (const model of [loop(), places()]) await expectNoLeak(() => planOfCall(model, x));
    x.dispose();
    expect(engine.runKernel).to.equal(runKernel);
    expect(engine.keep).to.equal(keep);
  });
});
