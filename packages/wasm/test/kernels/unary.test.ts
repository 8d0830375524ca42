import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { pairwise, FUNCTIONS } from '../../src/reference/unary.js';
import type { Values } from '../../src/reference/values.js';
import { EPSILON, normal, expectKernel, useEngine, type Bound } from '../support/tester.js';

/** Numbers of every size and sign, those below the normal ones among them, and the ends of what is special. */
function allSizes(): Values {
  const sizes: number[] = [0, -0, 1, -1, 0.625, -0.625, 4, Infinity, -Infinity, Number.NaN];
  for (let power = -149; power < 128; power++) {
    for (const part of [1, 1.1, 1.3, 1.41421, 1.41422, 1.5, 1.7, 1.9999]) {
      sizes.push(part * 2 ** power, -part * 2 ** power);
    }
  }
  for (let x = -110; x < 110; x += 0.0371) sizes.push(x, x / 16, x / 64);
  return { shape: [sizes.length], data: Float64Array.from(sizes) };
}

/** Units in the last place that a function may be off by. */
const UNITS = { exp: 2, log: 3, tanh: 3, erf: 3, sqrt: 0.5, rsqrt: 1.5 } as const;

const within =
  (of: (x: number) => number, units: number): Bound =>
  ({ x }) => [
    // A unit in the last place is at most twice the distance to 1's next number below, relative to the value.
    (x as Values).data.map((each) => 2 * units * EPSILON * Math.abs(of(each)) + units * 2 ** -149),
  ];

describe('functions of one number', () => {
  before(useEngine);

  for (const [name, of] of Object.entries(FUNCTIONS) as [keyof typeof FUNCTIONS, (x: number) => number][]) {
    it(`${name} is off by at most ${UNITS[name]} units in the last place for numbers of every size`, () => {
      const kernel = `${name[0]?.toUpperCase()}${name.slice(1)}`;
      expectKernel(kernel, { inputs: { x: allSizes() }, bound: within(of, UNITS[name]) }, 1);
      for (const size of [0, 1, 2, 3, 4, 5, 8, 9]) {
        expectKernel(kernel, { inputs: { x: normal([size], 1) }, bound: within(of, UNITS[name]) });
      }
    });
  }

  it('erf of the reference has the values of published tables', () => {
    // Abramowitz and Stegun, table 7.1.
    for (const [x, value] of [
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [1.5, 0.966105146475],
      [2, 0.995322265],
      [3.5, 0.999999256901628],
    ] as const) {
      expect(FUNCTIONS.erf(x)).to.be.closeTo(value, 1e-10);
      expect(FUNCTIONS.erf(-x)).to.be.closeTo(-value, 1e-10);
    }
  });
});

describe('the larger and the smaller of two numbers', () => {
  before(useEngine);

  it('are exact, NaN where one is NaN', () => {
    for (const [name, of] of [
      ['Maximum', Math.max],
      ['Minimum', Math.min],
    ] as const) {
      for (const [a, b] of [
        [[0], [0]],
        [[9], [9]],
        [
          [3, 5],
          [3, 5],
        ],
        [[3, 5], []],
        [[], [3, 5]],
        [[7], [1]],
        [[1], [7]],
        [[9, 3], [3]],
        [[3], [9, 3]],
        [
          [9, 1],
          [1, 9],
        ],
        [
          [9, 1, 4],
          [3, 1],
        ],
        [
          [9, 2, 1, 3],
          [2, 5, 1],
        ],
        [[0, 3], [3]],
      ] as const) {
        const inputs = { a: normal(a, 1), b: normal(b, 2) };
        if (inputs.a.data.length > 4) inputs.a.data[4] = Number.NaN;
        if (inputs.b.data.length > 0) inputs.b.data[inputs.b.data.length - 1] = Number.NaN;
        expectKernel(name, {
          inputs,
          bound: (given) => [new Float64Array((pairwise(of)(given, {}) as Values).data.length)],
        });
      }
    }
  });

  it('leave other types to the backend', () => {
    tf.tidy(() => {
      expect(tf.minimum(tf.tensor1d([1, 4], 'int32'), tf.scalar(2, 'int32')).arraySync()).to.deep.equal([
        1, 2,
      ]);
    });
  });
});
