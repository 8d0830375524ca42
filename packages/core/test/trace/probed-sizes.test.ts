import * as tf from '@tensorflow/tfjs';
import { traceFunction } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { expectRefused, expectSame, normal, runStock, useBackend } from './support.js';

type Fn = (a: tf.Tensor) => tf.Tensor;

/** Rows and columns of unknown number. */
const OPEN = { shape: [null, null] } as const;

function refused(fn: Fn, ...words: string[]): void {
  expectRefused(() => traceFunction(fn, OPEN, { name: 'f' }), 'trace/shape', ...words, "'dynamic'");
}

const either = (condition: boolean, a: tf.Tensor): tf.Tensor => (condition ? tf.neg(a) : tf.relu(a));
const columns = (a: tf.Tensor): number => a.shape[1] as number;

describe('trace: functions are tried at one and at large sizes of every unknown dimension', () => {
  before(() => useBackend('cpu'));

  it('so that a branch on one of them is refused', () => {
    refused((a) => either(columns(a) === 1, a), 'Neg at [37,1]');
    refused((a) => either(columns(a) < 3, a), 'Neg at [37,1]');
    refused((a) => either(columns(a) > 512, a), '1007]');
    refused((a) => either(a.shape[0] > 512, a), 'Neg at [1007,');
  });

  it('and a size that stops growing between them', () => {
    refused((a) => tf.slice(a, [0, 0], [1, Math.min(columns(a), 512)]), 'call 1 (Slice)', '512 at');
    refused((a) => tf.fill([Math.max(columns(a), 3)], 1), '3 at');
  });

  it('and a branch on which of two inputs is longer', () => {
    const longest = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.concat(a.shape[0] > b.shape[0] ? [a, b] : [b, a]);
    expectRefused(
      () => traceFunction(longest, [{ shape: [null] }, { shape: [null] }] as const),
      'trace/shape',
      'Concat of input 2 and input 1',
      'Concat of input 1 and input 2',
    );
  });

  it('but not at sizes at which they fail', async () => {
    const table = normal([32, 3], 1);
    const limited: Fn = (a) => {
      if (columns(a) < 2 || columns(a) > 128) throw new Error('out of range');
      return tf.matMul(a, tf.slice(tf.tile(table, [4, 1]), 0, columns(a)));
    };
    const model = traceFunction(limited, OPEN);
    const x = normal([5, 9], 2);
    const expected = limited(x);
    const [actual] = await runStock(model, [x]);
    expectSame(actual as tf.Tensor, expected, 'output');
    tf.dispose([table, x, expected, actual]);
  });

  it('nor are sizes tied because a function has a limit', () => {
    const limited: Fn = (a) => {
      if (columns(a) > 63) throw new Error('more than 63 columns');
      return tf.fill([columns(a)], 1);
    };
    refused(limited, '"more than 63 columns"');
  });

  it('and at smaller ones of large inputs, whose constants would fill the memory', () => {
    const elements: number[] = [];
    const image: Fn = (a) => {
      elements.push(a.size);
      return tf.mul(a, 2);
    };
    traceFunction(image, { shape: [null, 512, 512, 3] });
    expect(Math.max(...elements)).to.be.at.most(63 * 512 * 512 * 3);
    elements.splice(0);
    traceFunction(image, { shape: [null, 512] });
    expect(Math.max(...elements)).to.equal(1008 * 512);
  });
});
