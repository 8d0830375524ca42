import * as tf from '@tensorflow/tfjs';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { describeMachine, machineText, race, reorderTolerance } from '../src/index.js';

const quick = {
  id: 'test/race',
  seed: 1,
  warmUpMs: 5,
  timeMs: 5,
  minRounds: 5,
  maxRounds: 5,
  tolerance: 1e-6,
};

describe('race of two sides', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('gives the ratio of medians with its interval and both times, leaking nothing', async () => {
    const x = tf.ones([100, 100]);
    const slow = () => tf.tidy(() => tf.sub(tf.matMul(x, x), tf.zerosLike(x)));
    await expectNoLeak(async () => {
      const row = await race(slow, () => tf.matMul(x, x), { ...quick, target: { atLeast: 0 } });
      expect(row.value).to.be.within(row.low, row.high);
      expect(row).to.include({ id: 'test/race', unit: 'x', n: 5 });
      expect(row.note).to.match(/^stock [\d.]+ ms \([\d.]+-[\d.]+\), ours .*; outputs differ by 0/);
    });
    x.dispose();
  });

  it('refuses sides that compute different things: values, NaN, shapes', async () => {
    const refused = (a: () => tf.Tensor, b: () => tf.Tensor) =>
      expectCode('compare/outputs', () => race(a, b, quick));
    const error = await refused(
      () => tf.tensor1d([1, 2]),
      () => tf.tensor1d([1, 2.1]),
    );
    expect(error.message).to.contain("'ours'").and.contain('5.0e-2');
    await refused(
      () => tf.tensor1d([1, NaN]),
      () => tf.tensor1d([1, NaN]),
    );
    await refused(
      () => tf.tensor1d([Infinity, 1]),
      () => tf.tensor1d([Infinity, 2]),
    );
    await refused(
      () => tf.tensor1d([1, 2]),
      () => tf.tensor2d([[1, 2]]),
    );
  });

  it('takes sides with several outputs', async () => {
    const both = () => [tf.tensor1d([1, Infinity]), tf.scalar(2)];
    expect((await race(both, both, quick)).note).to.contain('differ by 0');
  });

  it('takes sides that answer later', async () => {
    await expectNoLeak(async () => {
      const row = await race(
        () => tf.scalar(2),
        () => Promise.resolve([tf.scalar(2)]),
        quick,
      );
      expect(row.n).to.equal(5);
    });
  });

  it('the tolerance grows with layers and with the square root of the terms', () => {
    expect(reorderTolerance(1, 1)).to.equal(2 ** -24);
    expect(reorderTolerance(10, 400)).to.equal(200 * 2 ** -24);
  });

  it('describes the machine in one line', async () => {
    const text = machineText(await describeMachine());
    expect(text).to.match(/cores.*Node \d+.*TensorFlow\.js 4\.\d+.*backend cpu/);
    expect(text).not.to.contain('\n');
  });
});
