import * as tf from '@tensorflow/tfjs';
import { gelu } from '@tfjs-optimize/wasm';
import { expect } from 'chai';
import type { Values } from '../../src/reference/values.js';
import { gelu as reference } from '../../src/reference/gelu.js';
import { EPSILON, kernelOf, normal, expectKernel, useEngine, type Bound } from '../support/tester.js';

/**
 * By erf: 6 · 2^-24 of it, two roundings of its argument (of which erf' · z, at most ½, arrives), and one of the sum, up
 * to 2: all relative to ½ |x|; then one of the product.
 */
const byErf: Bound = ({ x }, attrs) => {
  const { data } = reference({ x }, attrs) as Values;
  return [data.map((y, i) => EPSILON * (4.5 * Math.abs(x?.data[i] as number) + Math.abs(y)) + 2 ** -149)];
};

/**
 * By tanh as y = x / (1 + e), e = e^w: seven roundings of w, two units in the last place of e, of which e / (1 + e)
 * arrives; one each of sum and quotient.
 */
const byTanh: Bound = ({ x }, attrs) => {
  const { data } = reference({ x }, attrs) as Values;
  return [
    data.map((y, i) => {
      const at = x?.data[i] as number;
      const w = -2 * Math.sqrt(2 / Math.PI) * (at + 0.044715 * at ** 3);
      const part = w > 0 ? 1 / (1 + Math.exp(-w)) : Math.exp(w) / (1 + Math.exp(w));
      // The reference itself loses digits where 1 + tanh does.
      const own = 2 ** -52 * Math.abs(at);
      return EPSILON * Math.abs(y) * (part * (7 * Math.abs(w) + 4) + 3) + own + 2 ** -149;
    }),
  ];
};

function tryNumbers(x: Values): void {
  expectKernel('TfjsOptimizeGelu', { inputs: { x }, attrs: { approximate: false }, bound: byErf });
  expectKernel('TfjsOptimizeGelu', { inputs: { x }, attrs: { approximate: true }, bound: byTanh });
}

describe('GELU in one op', () => {
  before(useEngine);

  it('is off by 4.5 roundings of x with erf, and by those of its exponent with tanh, from -12 to 12', () => {
    const data = Float64Array.from({ length: 24001 }, (_, i) => (i - 12000) / 1000);
    tryNumbers({ shape: [data.length], data });
  });

  it('takes as many numbers as there are, none among them', () => {
    for (const shape of [[0], [1], [2], [3], [4], [5], [7], [2, 8], [3, 3], []]) tryNumbers(normal(shape, 1));
  });

  it('gives 0 for 0, large numbers themselves, and NaN for NaN', () => {
    const numbers = [0, -0, 1e-38, -1e-38, 1e-44, 30, 1e10, 3e38, Infinity, NaN];
    tryNumbers({ shape: [numbers.length], data: Float64Array.from(numbers) });
    for (const approximate of [false, true]) {
      const far = tf.tidy(() => gelu(tf.tensor1d([-40, -1e10, -3e38, 1e10]), approximate).arraySync());
      expect(far).to.deep.equal([-0, -0, -0, Math.fround(1e10)]);
    }
  });

  it('leaves whole numbers to the reference', async () => {
    const x = tf.ones([2], 'int32');
    expect(kernelOf('TfjsOptimizeGelu').run(await useEngine(), { x }, {})).to.equal(undefined);
    x.dispose();
  });

  it('is the same, and has the same gradient, as ops of TensorFlow.js, on every backend', async () => {
    const x = Float32Array.from({ length: 41 }, (_, i) => (i - 20) / 4);
    for (const name of ['cpu', 'wasm']) {
      await tf.setBackend(name);
      const held = tf.memory().numTensors;
      tf.tidy(() => {
        const [dy, at] = [tf.linspace(1, 2, 41), tf.tensor1d(x)];
        for (const approximate of [false, true]) {
          const plain = (t: tf.Tensor): tf.Tensor => {
            const cube = t.mul(t).mul(t).mul(0.044715);
            const inner = approximate
              ? t
                  .add(cube)
                  .mul(Math.sqrt(2 / Math.PI))
                  .tanh()
              : t.div(Math.SQRT2).erf();
            return t.mul(0.5).mul(inner.add(1));
          };
          for (const [got, wanted] of [
            [gelu(at, approximate), plain(at)],
            [tf.grad((t) => gelu(t, approximate))(at, dy), tf.grad(plain)(at, dy)],
          ] as const) {
            const right = wanted.dataSync();
            got.dataSync().forEach((value, i) => expect(value).to.be.closeTo(right[i] as number, 3e-6));
          }
        }
      });
      expect(tf.memory().numTensors).to.equal(held);
    }
  });
});
