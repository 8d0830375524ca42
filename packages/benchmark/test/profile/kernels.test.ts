import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { watchKernels } from '../../src/profile/kernels.js';

describe('watchKernels', () => {
  before(() => tf.setBackend('cpu'));

  it('tells of kernels with their times and outputs until it is told to stop', () => {
    const x = tf.ones([2]);
    const seen: string[] = [];
    const unwatch = watchKernels(({ kernel, startMs, endMs, outputs }) => {
      expect(endMs).to.be.at.least(startMs);
      expect(outputs).to.be.instanceOf(tf.Tensor);
      seen.push(kernel);
    });
    const y = tf.tidy(() => tf.relu(tf.neg(x)));
    unwatch();
    tf.dispose([tf.neg(y), y, x]);
    expect(seen).to.deep.equal(['Neg', 'Relu']);
  });

  it('takes kernels that a kernel calls for a part of it, also after one that fails', () => {
    const register = (kernelName: string, kernelFunc: () => tf.TensorInfo): void =>
      tf.registerKernel({ kernelName, backendName: 'cpu', kernelFunc });
    register('Outer', () => tf.ones([2]).neg());
    register('Failing', () => {
      throw new RangeError('as it should');
    });
    const seen: string[] = [];
    const unwatch = watchKernels(({ kernel }) => seen.push(kernel));
    const made = tf.tidy(() => tf.engine().runKernel('Outer', {}));
    expect(() => tf.engine().runKernel('Failing', {})).to.throw(RangeError);
    const neg = tf.tidy(() => tf.neg(made as tf.Tensor));
    unwatch();
    for (const name of ['Outer', 'Failing']) tf.unregisterKernel(name, 'cpu');
    tf.dispose([made, neg]);
    expect(seen).to.deep.equal(['Outer', 'Neg']);
  });
});
