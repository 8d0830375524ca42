import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { expectCode, expectNoLeak, maxDifference, maxMagnitude } from '@tfjs-optimize/testing';

async function messageOf(work: () => Promise<unknown>): Promise<string> {
  return work().then(
    () => 'no error',
    (error: unknown) => String(error),
  );
}

describe('maxDifference', () => {
  it('is the largest absolute difference', () => {
    expect(maxDifference([1, 2, -3], [1, 2.5, -5])).to.equal(2);
    expect(maxDifference([], [])).to.equal(0);
  });

  it('never takes NaN as equal, and equal infinities as equal', () => {
    expect(maxDifference([Number.NaN], [Number.NaN])).to.equal(Number.POSITIVE_INFINITY);
    expect(maxDifference([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY])).to.equal(0);
    expect(maxDifference([Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY])).to.equal(
      Number.POSITIVE_INFINITY,
    );
  });

  it('refuses lists of different lengths', () => {
    expect(() => maxDifference([1], [1, 2])).to.throw('got 1 and 2');
  });

  it('has a magnitude as its sibling', () => {
    expect(maxMagnitude([1, -4, 3])).to.equal(4);
  });
});

describe('expectNoLeak', () => {
  it('passes for work that disposes of its tensors, and for a cache filled once', async () => {
    const before = tf.memory().numTensors;
    let cache: tf.Tensor | undefined;
    await expectNoLeak(() => {
      cache ??= tf.scalar(1);
      tf.dispose(tf.add(1, 2));
    });
    cache?.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('fails for work that keeps one', async () => {
    const before = tf.memory().numTensors;
    const kept: tf.Tensor[] = [];
    const message = await messageOf(() => expectNoLeak(() => kept.push(tf.scalar(1))));
    tf.dispose(kept);
    expect(message).to.contain(`expected ${before + 1} after the work as before it, got ${before + 2}`);
  });
});

describe('expectCode', () => {
  it('returns an error of that code and fails for others and for none', async () => {
    const coded = Object.assign(new Error('x'), { code: 'io/shard' });
    expect(await expectCode('io/shard', () => Promise.reject(coded))).to.equal(coded);
    expect(await messageOf(() => expectCode('io/other', () => Promise.reject(coded)))).to.contain('io/other');
    expect(await messageOf(() => expectCode('io/shard', () => 7))).to.contain('got no error but 7');
  });
});
