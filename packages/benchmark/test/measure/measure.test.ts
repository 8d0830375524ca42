import * as tf from '@tensorflow/tfjs';
import { Random, type Progress } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { compare } from '../../src/compare/index.js';
import * as v from 'valibot';
import { averageInferenceTime, measure, mergeMeasurements, type MeasureOptions } from '../../src/index.js';
import { MEASUREMENT } from '../../src/record/measurement.js';
import { dense } from './candidates.js';
import { SimulatedTime } from './clock.js';
import { registerLateBackend } from './late-backend.js';

const quick: MeasureOptions = { warmUpMs: 2, timeMs: 4, runs: 5, minSampleMs: 0.1 };

describe('measure', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('gives a record that its schema takes, as plain JSON, and leaks nothing', async () => {
    const model = dense();
    const input = tf.ones([4, 3]);
    await expectNoLeak(async () => {
      const found = await measure(model, input, { ...quick, name: 'dense' });
      expect(v.parse(MEASUREMENT, JSON.parse(JSON.stringify(found)))).to.deep.equal(found);
      expect(found).to.include({ name: 'dense', examples: 4 });
      expect(found.inputs).to.deep.equal([{ key: 'x', dtype: 'float32', shape: [4, 3] }]);
      expect(found.machine.backend).to.equal('cpu');
      expect(found.kernel, 'no timers but the clock').to.equal(undefined);
      expect(found.firstCallMs).to.be.greaterThan(0);
      expect(found.warmUp.calls).to.be.greaterThan(0);
    });
    model.dispose();
    input.dispose();
  });

  it('tells simulated time as it was: percentiles, throughput, warm-up apart', async () => {
    const time = new SimulatedTime();
    let calls = 0;
    // The first calls are slow, each less than the one before; then every tenth takes 20 ms, the others 10.
    const work = () => {
      calls++;
      time.pass(calls < 10 ? 100 - 9 * calls : calls % 10 === 0 ? 20 : 10);
      return undefined;
    };
    const { clock } = time;
    const found = await measure(work, [], { clock, warmUpMs: 300, runs: 101 });
    expect(found.name).to.equal('work');
    expect(found.warmUp.stable).to.equal(true);
    expect(found.warmUp.ms).to.be.greaterThan(330).and.be.at.most(1200);
    expect(found.samples).to.have.length(101);
    expect(found.callsPerSample).to.equal(1);
    expect(found.latency).to.include({ n: 101, min: 10, p50: 10, p75: 10, p95: 20, max: 20, mad: 0 });
    expect(found.latency.mean).to.be.closeTo(11, 0.1);
    expect(found.throughput).to.equal(100);
  });

  it('stops at the budget of time, or of runs, whichever comes first', async () => {
    const lengthOf = async (options: MeasureOptions) => {
      const time = new SimulatedTime();
      const work = time.work(10, Random.of(1));
      return (await measure(work, [], { clock: time.clock, warmUpMs: 50, ...options })).samples.length;
    };
    expect(await lengthOf({ runs: 7 })).to.equal(7);
    expect(await lengthOf({ runs: 2000 })).to.equal(2000);
    expect(await lengthOf({ runs: 7, timeMs: 1e6 })).to.equal(7);
    expect(await lengthOf({ runs: 10_000, timeMs: 500 })).to.be.within(35, 50);
    expect(await lengthOf({ timeMs: 500 })).to.be.within(35, 50);
    expect(await lengthOf({ timeMs: 1 })).to.equal(10);
  });

  it('calls what is quick many times a sample, without a promise a call', async () => {
    let inTick = 0;
    let most = 0;
    const found = await measure(
      () => {
        if (inTick++ === 0) setImmediate(() => (inTick = 0));
        most = Math.max(most, inTick);
        return undefined;
      },
      [],
      quick,
    );
    expect(found.callsPerSample).to.be.greaterThan(10);
    expect(most).to.be.at.least(found.callsPerSample);
  });

  it('waits for functions that answer later', async () => {
    const time = new SimulatedTime();
    const later = async () => {
      await Promise.resolve();
      time.pass(3);
      return tf.scalar(1);
    };
    const { latency } = await measure(later, [], { ...quick, clock: time.clock });
    expect([latency.min, latency.max]).to.deep.equal([3, 3]);
  });

  it('reports progress and stops when told to', async () => {
    const controller = new AbortController();
    const events: Progress[] = [];
    const progress = (event: Progress) => {
      events.push(event);
      if (event.message === 'timing') controller.abort();
    };
    const { signal } = controller;
    const error = await expectCode('aborted', () => measure(() => 1, [], { ...quick, signal, progress }));
    expect(error.message).to.contain('timing');
    expect(events.map(({ message }) => message)).to.deep.equal(['warming up function', 'timing']);
    expect(events[1]).to.deep.equal({ task: 'measure', message: 'timing', done: 1, total: 5 });
    let calls = 0;
    await expectCode('aborted', () => measure(() => calls++, [], { signal: AbortSignal.abort() }));
    expect(calls).to.equal(0);
  });

  it('refuses no runs, other options out of range and inputs that do not fit before any call', async () => {
    let calls = 0;
    const work = () => calls++;
    const bad: MeasureOptions[] = [
      { runs: 0 },
      { runs: -1 },
      { runs: 1.5 },
      { runs: Number.NaN },
      { timeMs: -1 },
      { warmUpMs: Number.NaN },
      { seed: 0.5 },
    ];
    for (const options of bad) {
      const error = await expectCode('argument/invalid', () => measure(work, [], options));
      expect(error.message).to.contain(Object.keys(options)[0]);
    }
    await expectCode('argument/invalid', () => averageInferenceTime(work, [], 0));
    await expectCode('model/input', () => measure(work, [1] as unknown as tf.Tensor[], quick));
    expect(calls).to.equal(0);
  });

  it('leaves a weight alone that a function gives', async () => {
    const weight = tf.variable(tf.ones([3]));
    await measure(() => weight, [], { runs: 3, warmUpMs: 0 });
    expect(Array.from(weight.dataSync())).to.deep.equal([1, 1, 1]);
    weight.dispose();
  });

  it('refuses, once all is timed, a function that leaves a tensor behind now and then', async () => {
    const held = tf.memory().numTensors;
    const left: tf.Tensor[] = [];
    let calls = 0;
    const leaky = (): undefined => {
      if (++calls % 3 === 0) left.push(tf.scalar(1));
    };
    const options = { runs: 100, warmUpMs: 0, minSampleMs: 0 };
    const error = await expectCode('argument/invalid', () => measure(leaky, [], options));
    expect(error.message).to.match(/leave no tensors behind, got \d+ more after 100 samples/);
    const error2 = await expectCode('argument/invalid', () =>
      compare({ leaky, fine: () => undefined }, [], options),
    );
    expect(error2.message).to.match(/^candidates 'leaky', 'fine': expected calls/);
    tf.dispose(left);
    expect(tf.memory().numTensors).to.equal(held);
  });

  it('refuses a function that leaves tensors behind, but not one that fills a cache', async () => {
    const held: tf.Tensor[] = [];
    const leak = () => void held.push(tf.scalar(1), tf.scalar(2));
    const error = await expectCode('argument/invalid', () => measure(leak, [], quick));
    expect(error.message).to.contain("'leak'").and.contain('2 more after each').and.contain('tf.tidy');
    expect(held.length, 'stopped after three calls').to.equal(6);
    const caching = () => {
      if (held.length < 10) held.push(tf.scalar(1), tf.scalar(1));
      return undefined;
    };
    await measure(caching, [], quick);
    tf.dispose(held);
  });

  it('averageInferenceTime gives mean milliseconds a call', async () => {
    const model = dense();
    const input = tf.ones([1, 3]);
    let calls = 0;
    const time = await averageInferenceTime(([x]) => (calls++, model.run(x as tf.Tensor)), input, 3);
    expect(time).to.be.greaterThan(0).and.be.lessThan(1000);
    expect(calls).to.be.greaterThan(3);
    model.dispose();
    input.dispose();
  }).timeout(20_000);

  describe('on a backend with timers of its own', () => {
    after(() => tf.setBackend('cpu'));

    it("tells kernels' time apart", async () => {
      const calls = registerLateBackend('late-with-timers', true);
      await tf.setBackend('late-with-timers');
      await expectNoLeak(async () => {
        const { kernel, machine } = await measure(() => tf.ones([2]), [], quick);
        expect(kernel).to.include({ n: 20, p50: 2, sd: 0 });
        expect(machine.backend).to.equal('late-with-timers');
      });
      expect(calls.timed).to.equal(40);
      const later = await measure(() => Promise.resolve(tf.ones([2])), [], quick);
      expect(later.kernel, 'tf.time follows no promises').to.equal(undefined);
    });

    it('says nothing of kernels where timers are missing', async () => {
      registerLateBackend('late-without-timers', false);
      await tf.setBackend('late-without-timers');
      expect((await measure(() => tf.ones([2]), [], quick)).kernel).to.equal(undefined);
    });
  });
});

describe('mergeMeasurements', () => {
  const one = async (ms: number) => {
    const time = new SimulatedTime();
    const work = () => void time.pass(ms);
    return measure(work, [], { name: 'work', clock: time.clock, warmUpMs: 10, runs: 5 });
  };

  it('joins the samples of two processes', async () => {
    const [a, b] = [await one(2), await one(4)];
    const both = mergeMeasurements(a, b);
    expect(both.samples).to.deep.equal([2, 2, 2, 2, 2, 4, 4, 4, 4, 4]);
    expect(both.latency).to.include({ n: 10, p50: 3, mean: 3, min: 2, max: 4 });
    expect(both.throughput).to.be.closeTo(1000 / 3, 1e-9);
    expect(both.warmUp.calls).to.equal(a.warmUp.calls + b.warmUp.calls);
    expect(both.warmUp.ms).to.equal(a.warmUp.ms + b.warmUp.ms);
    const quicker = { ...b, callsPerSample: a.callsPerSample + 3 };
    expect(mergeMeasurements(a, quicker).callsPerSample).to.equal(a.callsPerSample);
    expect(mergeMeasurements(quicker, a).callsPerSample).to.equal(a.callsPerSample);
    expect(both.firstCallMs).to.equal(a.firstCallMs);
    expect(v.is(MEASUREMENT, both)).to.equal(true);
    const shuffled = { ...b, machine: Object.fromEntries(Object.entries(b.machine).reverse()) } as typeof b;
    expect(mergeMeasurements(a, shuffled)).to.deep.equal(both);
  });

  it('refuses another name, machine or input', async () => {
    const a = await one(2);
    const others = [
      { ...a, name: 'other' },
      { ...a, machine: { ...a.machine, cores: 99 } },
      { ...a, inputs: [{ key: 'x', dtype: 'float32', shape: [1] }] },
      { ...a, examples: 7 },
    ];
    for (const [i, other] of others.entries()) {
      const error = await expectCode('argument/invalid', () => mergeMeasurements(a, other));
      expect(error.message).to.contain(['name', 'machine', 'inputs', 'examples'][i]);
    }
  });
});
