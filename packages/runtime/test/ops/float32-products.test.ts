import * as tf from '@tensorflow/tfjs';
import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { ints, runOp, scale, vector } from '@tfjs-optimize/testing/integer';
import { multiply, multipliersOf } from '../../src/reference/index.js';

/** What a sum becomes by a real number, before the zero point. */
function by(real: number, sum: number): number {
  const { values, shifts } = multipliersOf([real]);
  return multiply(sum, values[0] as number, shifts[0] as number);
}

/** The sum that tells, 7 · 11, and what becomes of it: a half, by nearly equal real numbers. */
const SUM = 77;
const HALF = 58.5;

interface Scales {
  readonly a: number;
  readonly b: number;
  readonly y: number;
}

const inDouble = ({ a, b, y }: Scales): number => (a * b) / y;
const ofProduct = ({ a, b, y }: Scales): number => Math.fround(a * b) / y;
const inSingle = (scales: Scales): number => Math.fround(ofProduct(scales));

/** Scales by which the sum becomes one whole number in one way, and another in another way. */
function telling(
  way: (scales: Scales) => number,
  other = inDouble,
): Scales & { single: number; double: number } {
  const random = Random.of(1).fork('products');
  for (let turn = 0; turn < 1000; turn++) {
    const [a, b] = [scale(random), scale(random)];
    const scales = { a, b, y: Math.fround((a * b * SUM) / HALF) };
    const [single, double] = [by(way(scales), SUM), by(other(scales), SUM)];
    if (single !== double) return { ...scales, single, double };
  }
  throw new Error('expected scales that tell the products apart');
}

/*
 * TensorFlow Lite multiplies the scales of `Mul`, `BatchMatMul` and of weights with a single scale in float32, and those of
 * convolutions and of weights by channel in float64. Only halves show it.
 */
describe('products of scales', () => {
  before(() => tf.setBackend('cpu'));
  const one = (value: number) => ints({ shape: [1, 1], data: [value] });

  it('are of float32 in MatMul with one scale, of float64 with one for each column and in Conv2D', () => {
    const { a, b, y, single, double } = telling(ofProduct);
    const params = { x_scale: a, y_scale: y };
    const bias = (n: number) => ints({ shape: [n], data: new Array<number>(n).fill(SUM) });
    const image = ints({ shape: [1, 1, 1, 1], data: [0] });
    const two = ints({ shape: [1, 2], data: [0, 0] });
    expect(runOp('MatMul', [one(0), one(0), vector([b]), bias(1)], params).data).to.deep.equal([single]);
    expect(runOp('MatMul', [one(0), two, vector([b, b]), bias(2)], params).data).to.deep.equal([
      double,
      double,
    ]);
    expect(runOp('Conv2D', [image, image, vector([b]), bias(1)], params).data).to.deep.equal([double]);
  });

  it('are of float32 in BatchMatMul, and so is the quotient in Mul', () => {
    const product = telling(ofProduct);
    const quotient = telling(inSingle, ofProduct);
    for (const [op, { a, b, y, single }] of [
      ['BatchMatMul', product],
      ['Mul', quotient],
    ] as const) {
      const attrs = { a_scale: a, b_scale: b, y_scale: y };
      expect(runOp(op, [one(7), one(11)], attrs).data, op).to.deep.equal([single]);
    }
  });
});
