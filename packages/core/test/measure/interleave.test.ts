import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { interleave, type InterleaveOptions } from '../../src/measure/interleave.js';
import { timeOnce } from '../../src/measure/sampler.js';

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

  it('goes on warming up while times still fall, up to the bound', async () => {
    // Time that is simulated: a call takes as long as the work says.
    let time = 0;
    const clock = () => time;
    const falling = (share: number, least: number) => {
      let ms = 10;
      return () => {
        time += ms;
        ms = Math.max(least, share * ms);
      };
    };
    const warm = async (work: () => void) =>
      (await interleave({ a: work }, { ...quick, clock, warmUpMs: 60, maxWarmUpMs: 300 })).a.warmUp;
    const soon = await warm(falling(1, 10));
    expect(soon).to.deep.equal({ calls: 6, ms: 60, stable: true, callMs: 10 });
    const later = await warm(falling(0.9, 5));
    expect(later.stable).to.equal(true);
    expect(later.ms).to.be.greaterThan(60).and.be.lessThan(300);
    const never = await warm(falling(0.97, 0));
    expect(never.stable).to.equal(false);
    expect(never.ms).to.be.at.least(300).and.at.most(310);
  });

  it('calls sides that take about as long equally often, also when one was made faster meanwhile', async () => {
    let time = 0;
    let fast = 0.4;
    let slow = 1.5;
    const options = { ...quick, minSampleMs: 1, clock: () => time };
    const close = await interleave({ a: () => (time += 0.4), b: () => (time += 0.3) }, options);
    expect([close.a.callsPerSample, close.b.callsPerSample]).to.deep.equal([4, 4]);
    const apart = await interleave({ a: () => (time += 0.4), b: () => (time += 5) }, options);
    expect([apart.a.callsPerSample, apart.b.callsPerSample]).to.deep.equal([3, 1]);
    // Warming b up compiles what a runs, too.
    const speedUp = () => ((time += fast), (slow = 0.4), (fast = 0.4));
    const { a, b } = await interleave({ a: () => (time += slow), b: speedUp }, options);
    expect([a.callsPerSample, b.callsPerSample]).to.deep.equal([3, 3]);
  });

  it('ends when the time is up, however many rounds were planned', async () => {
    let time = 0;
    let ms = 1;
    const work = () => (time += ms);
    const progress = (message: string) => (ms = message === 'timing' ? 50 : 1);
    const options = { seed: 1, warmUpMs: 10, timeMs: 200, minRounds: 2, clock: () => time, progress };
    const { a } = await interleave({ a: work }, options);
    expect(a.n).to.be.within(4, 6);
  });

  it('takes samples long enough for a coarse clock', async () => {
    let time = 0;
    let reads = 0;
    // Moves by itself, in steps of 1 ms: samples take 100 of them.
    const clock = () => Math.floor((time += 0.01 * (reads++ % 2)));
    const { a } = await interleave({ a: () => (time += 2) }, { ...quick, minSampleMs: 1, clock });
    expect(a.callsPerSample).to.be.within(45, 55);
    expect(a.median).to.be.closeTo(2, 0.05);
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

  it('nothing to time is refused, and so are options out of range', async () => {
    await expectCode('argument/missing', () => interleave({}, quick));
    const bad: Partial<InterleaveOptions>[] = [
      { minRounds: 0 },
      { maxRounds: 4 },
      { minRounds: 1.5 },
      { timeMs: -1 },
      { timeMs: Number.NaN },
      { warmUpMs: -1 },
      { maxWarmUpMs: 4 },
      { minSampleMs: -1 },
      { seed: 0.5 },
    ];
    for (const each of bad) {
      let calls = 0;
      const error = await expectCode('argument/invalid', () =>
        interleave({ a: () => calls++ }, { ...quick, ...each }),
      );
      expect(error.message).to.contain(Object.keys(each)[0]);
      expect(calls).to.equal(0);
    }
  });
});
