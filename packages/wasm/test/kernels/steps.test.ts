import { setEnabled } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { normal, expectKernel, useEngine, EPSILON, type Bound } from '../support/tester.js';
import type { Values } from '../../src/reference/values.js';

/** Ten roundings, of values up to ten times those given. */
const few: Bound = (inputs) => {
  const sizes = (inputs.value as Values).data.map(() => 100 * EPSILON);
  return [sizes, sizes, sizes];
};

describe('steps of optimizers', () => {
  before(useEngine);
  afterEach(() => setEnabled(true));

  it('agree with the reference for every size', () => {
    for (const size of [0, 1, 2, 3, 4, 5, 7, 8, 33]) {
      const shape = [size];
      const second = normal(shape, 4);
      second.data.forEach((x, i) => (second.data[i] = x * x));
      const inputs = { value: normal(shape, 1), gradient: normal(shape, 2), first: normal(shape, 3), second };
      expectKernel('TfjsOptimizeAdamStep', {
        inputs,
        attrs: {
          beta1: 0.9,
          beta2: 0.99,
          correction1: 0.5,
          correction2: 0.3,
          epsilon: 0.01,
          rate: 0.1,
        },
        bound: few,
      });
      expectKernel('TfjsOptimizeDescentStep', {
        inputs: { value: normal(shape, 1), gradient: normal(shape, 2) },
        attrs: { rate: 0.3 },
        bound: few,
      });
    }
  });

  for (const [name, make] of [
    ['adam', () => tf.train.adam(0.05, 0.8, 0.95, 1e-3)],
    ['sgd', () => tf.train.sgd(0.05)],
  ] as const) {
    it(`${name} takes the very steps of TensorFlow.js and keeps as many tensors`, async () => {
      const stock = await trained(make, false);
      const ours = await trained(make, true);
      expect(ours).to.deep.equal(stock);
    });
  }

  it('follow what TensorFlow.js multiplies by, not a learning rate that was written to by hand', () => {
    const step = (on: boolean): number => {
      setEnabled(on);
      return tf.tidy(() => {
        const w = tf.variable(tf.scalar(1));
        const optimizer = tf.train.sgd(0.25);
        (optimizer as unknown as { learningRate: number }).learningRate = 8;
        optimizer.minimize(() => w.asScalar());
        optimizer.setLearningRate(0.5);
        optimizer.minimize(() => w.asScalar());
        const value = w.dataSync()[0] as number;
        w.dispose();
        optimizer.dispose();
        return value;
      });
    };
    expect(step(true)).to.equal(0.25);
    expect(step(false)).to.equal(0.25);
  });

  it('leave variables of integers to TensorFlow.js, which refuses them', () => {
    const variable = tf.variable(tf.ones([2], 'int32'), true, 'integers-of-a-step');
    const gradient = tf.ones([2]);
    const step = (): void => tf.tidy(() => tf.train.sgd(1).applyGradients({ [variable.name]: gradient }));
    expect(step).to.throw('dtype');
    tf.dispose([variable, gradient]);
  });

  it('take a change of the learning rate, and lists of variables, some without a part in the loss', () => {
    const run = (on: boolean): number[][] => {
      setEnabled(on);
      return tf.tidy(() => {
        const [a, b, c] = [1, 2, 3].map((seed) => tf.variable(tf.randomNormal([5], 0, 1, 'float32', seed)));
        const optimizer = tf.train.sgd(0.5);
        const loss = (): tf.Scalar => tf.sum(tf.mul(a as tf.Tensor, b as tf.Tensor)).asScalar();
        optimizer.minimize(loss, false, [a as tf.Variable, b as tf.Variable]);
        (optimizer as unknown as tf.SGDOptimizer & { setLearningRate(rate: number): void }).setLearningRate(
          0.1,
        );
        optimizer.minimize(loss, false, [b as tf.Variable]);
        const values = [a, b, c].map((each) => Array.from((each as tf.Variable).dataSync()));
        optimizer.dispose();
        [a, b, c].forEach((each) => each?.dispose());
        return values;
      });
    };
    expect(run(true)).to.deep.equal(run(false));
  });

  it('leave to TensorFlow.js what is on another backend', async () => {
    await tf.setBackend('cpu');
    const x = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = tf.train.adam(0.1);
    optimizer.minimize(() => x.square().sum().asScalar());
    expect(Array.from(x.dataSync()).map((each) => Number(each.toFixed(4)))).to.deep.equal([0.9, 1.9]);
    optimizer.dispose();
    x.dispose();
    await tf.setBackend('wasm');
  });
});

/** Weights, moments and tensors held after some steps of a regression. */
async function trained(make: () => tf.Optimizer, on: boolean): Promise<unknown> {
  setEnabled(on);
  const before = tf.memory().numTensors;
  const w = tf.variable(tf.randomNormal([3, 2], 0, 1, 'float32', 1), true, 'steps/w');
  const b = tf.variable(tf.zeros([2]), true, 'steps/b');
  const x = tf.randomNormal<tf.Rank.R2>([4, 3], 0, 1, 'float32', 2);
  const optimizer = make();
  const losses: number[] = [];
  // The kernels of products differ in the last bits: gradients are given, not computed.
  for (let i = 0; i < 5; i++) {
    tf.tidy(() => {
      const gradients = {
        [w.name]: tf.randomNormal([3, 2], 0, 1, 'float32', 10 + i),
        [b.name]: tf.randomNormal([2], 0, 1, 'float32', 20 + i),
      };
      optimizer.applyGradients(gradients);
      losses.push(tf.sum(w).dataSync()[0] as number);
    });
  }
  const saved = await optimizer.getWeights();
  const state = saved.map(({ name, tensor }) => [name, Array.from(tensor.dataSync())]);
  const held = tf.memory().numTensors - before;
  tf.dispose([w, b, x, (saved[0] as { tensor: tf.Tensor }).tensor]);
  optimizer.dispose();
  return { losses, state, held, left: tf.memory().numTensors - before };
}
