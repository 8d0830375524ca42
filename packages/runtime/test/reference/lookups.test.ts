import * as tf from '@tensorflow/tfjs';
import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { fill, int8s, ints, runOp } from '@tfjs-optimize/testing/integer';
import { SOFTMAX_ONE, softmaxTable, tableOf } from '../../src/format/index.js';
import { lookUp, softmax } from '../../src/reference/index.js';

const ALL = Array.from({ length: 256 }, (_, i) => i - 128);

describe('Table', () => {
  before(() => tf.setBackend('cpu'));

  it('every int8 value has its entry', () => {
    const random = Random.of(3).fork('table');
    const table = int8s(random, [256]);
    const y = runOp('Table', [ints({ shape: [2, 128], data: ALL }), table]);
    expect(y.shape).to.deep.equal([2, 128]);
    expect(y.data).to.deep.equal(table.data);
    expect([...lookUp(Int8Array.of(-128, 127, 0), Int8Array.from(table.data))]).to.deep.equal(
      [0, 255, 128].map((i) => table.data[i]),
    );
  });

  it('tableOf rounds halves away from zero, clamps, and gives the zero point for NaN', () => {
    const half = tableOf((x) => x / 2, 1, 0, 1, 10);
    expect([-3, -1, 1, 3].map((q) => half[q + 128])).to.deep.equal([8, 9, 11, 12]);
    const wide = tableOf((x) => x * x, 0.5, -128, 0.25, -128);
    expect([wide[0], wide[1], wide[255]]).to.deep.equal([-128, -127, 127]);
    expect(tableOf(Math.log, 1, 0, 1, 7)[100]).to.equal(7);
    expect(tableOf(Math.log, 1, 0, 1, 7)[128]).to.equal(-128);
    const sigmoid = tableOf((x) => 1 / (1 + Math.exp(-x)), 1 / 16, 5, 1 / 256, -128);
    for (const q of ALL) {
      const real = 256 / (1 + Math.exp(-(q - 5) / 16)) - 128;
      expect(Math.abs((sigmoid[q + 128] as number) - Math.min(real, 127)), `at ${q}`).to.be.at.most(0.5);
    }
  });
});

describe('Softmax', () => {
  before(() => tf.setBackend('cpu'));

  // Each entry of the table is off by at most half of 2^-30: 256 values of a row move the result by at most
  // 256 · (1/2 + 256/2) · 2^-30 < 2^-14.
  for (const columns of [1, 2, 10, 256]) {
    it(`is within 1/2 + 2^-14 of the real softmax in rows of ${columns}, so within 1 of every int8 softmax that is`, () => {
      const random = Random.of(11).fork(`${columns}`);
      for (const scale of [2 ** -9, 0.05, 0.3, 4]) {
        const x = int8s(random, [6, columns]);
        const table = ints({ shape: [256], data: [...softmaxTable(scale)] });
        const y = runOp('Softmax', [x, table]);
        for (let row = 0; row < 6; row++) {
          const values = x.data.slice(row * columns, (row + 1) * columns);
          const max = Math.max(...values);
          const e = values.map((q) => Math.exp((q - max) * scale));
          const sum = e.reduce((a, b) => a + b, 0);
          e.forEach((part, i) => {
            const real = Math.min((256 * part) / sum - 128, 127);
            expect(Math.abs((y.data[row * columns + i] as number) - real)).to.be.at.most(0.5 + 2 ** -14);
          });
        }
      }
    });
  }

  it('is exact in rows of 2^20 values against whole numbers of any size', () => {
    const random = Random.of(5).fork('wide');
    for (const scale of [2 ** -14, 2 ** -20]) {
      const q = Int8Array.from(int8s(random, [2 ** 20]).data);
      const table = softmaxTable(scale);
      const y = softmax(q, q.length, table);
      const max = q.reduce((a, b) => Math.max(a, b));
      const sum = q.reduce((total, one) => total + BigInt(table[max - one] as number), 0n);
      for (const one of [-128, 0, 127]) {
        const e = BigInt(table[max - one] as number);
        const wanted = (512n * e + sum) / (2n * sum) - 128n;
        expect(y[q.indexOf(one)]).to.equal(Number(wanted));
      }
    }
    // 256 · e / sum is a whole number and a half, and just below.
    const halves = Int32Array.from(fill([256], (d) => (d === 0 ? 511 : d === 1 ? 1 : 0)).data);
    expect([...softmax(Int8Array.of(5, 4), 2, halves)]).to.deep.equal([127, -127]);
    const below = Int32Array.from(fill([256], (d) => (d === 0 ? 512 : d === 1 ? 1 : 0)).data);
    expect([...softmax(Int8Array.of(5, 4), 2, below)]).to.deep.equal([127, -128]);
  });

  it('equal values share, one far above the rest takes all; the table begins with 1', () => {
    expect(softmaxTable(0.1)[0]).to.equal(SOFTMAX_ONE);
    expect([...softmax(Int8Array.of(9, 9, 9, 9), 4, softmaxTable(1))]).to.deep.equal([-64, -64, -64, -64]);
    expect([...softmax(Int8Array.of(127, -128), 2, softmaxTable(10))]).to.deep.equal([127, -128]);
  });
});
