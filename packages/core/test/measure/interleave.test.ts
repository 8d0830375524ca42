import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { interleave, timeOnce } from '../../src/measure/interleave.js';

const quick = { seed: 1, warmUpMs: 5, timeMs: 20, minRounds: 5, maxRounds: 5, minSampleMs: 0 };

/** Keeps the processor busy for a time. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('interleaved timing', () => {
  it('gives each side its own times', async () => {
    const { a, b } = await interleave({ a: () => spin(1), b: () => spin(3) }, quick);
    expect(a.n).to.equal(5);
    expect(b.samples).to.have.length(5);
    expect(a.min).to.be.at.least(1);
    expect(b.min).to.be.at.least(3);
    expect(a.min).to.be.at.most(a.median);
  });

  it('runs each side once a round, in an order that changes and repeats by seed', async () => {
    const order = async (seed: number) => {
      const log: string[] = [];
      let warm = true;
      await interleave(
        { a: () => log.push('a'), b: () => log.push('b') },
        {
          ...quick,
          seed,
          warmUpMs: 0,
          minRounds: 30,
          maxRounds: 30,
          progress: (_, done) => {
            if (warm && done === 0) log.length = 0;
            warm = done === 0;
          },
        },
      );
      return log.slice(-60);
    };
    const calls = await order(1);
    const rounds = Array.from({ length: 30 }, (_, i) => calls.slice(2 * i, 2 * i + 2).join(''));
    expect(new Set(rounds)).to.deep.equal(new Set(['ab', 'ba']));
    expect(await order(1)).to.deep.equal(calls);
    expect(await order(2)).not.to.deep.equal(calls);
  });

  it('warms each side up for the time asked for, apart', async () => {
    const calls: string[] = [];
    const work = (name: string) => () => {
      calls.push(name);
      spin(1);
    };
    await interleave({ a: work('a'), b: work('b') }, { ...quick, warmUpMs: 20, minRounds: 1, maxRounds: 1 });
    const firstB = calls.indexOf('b');
    expect(firstB).to.be.greaterThan(2);
    expect(calls.slice(0, firstB).every((name) => name === 'a')).to.equal(true);
  });

  it('calls fast work several times a sample and reports time a call', async () => {
    const { a } = await interleave({ a: () => spin(0.01) }, { ...quick, minSampleMs: 1 });
    expect(a.callsPerSample).to.be.greaterThan(5);
    expect(a.min).to.be.within(0.01, 1);
  });

  it('waits for promises', async () => {
    const { a } = await interleave({ a: () => new Promise((done) => setTimeout(done, 4)) }, quick);
    // A timer may fire up to a millisecond early.
    expect(a.min).to.be.at.least(3);
    expect(await timeOnce(() => new Promise((done) => setTimeout(done, 4)))).to.be.at.least(3);
  });

  it('stops when asked to', async () => {
    const controller = new AbortController();
    controller.abort();
    await expectCode('aborted', () => interleave({ a: () => 0 }, { ...quick, signal: controller.signal }));
  });

  it('nothing to time is refused', async () => {
    await expectCode('argument/missing', () => interleave({}, quick));
  });
});
