import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, Random, saveModel, type Progress } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import * as v from 'valibot';
import { compare, DEFAULT_TOLERANCE, reorderTolerance, type CompareOptions } from '../../src/index.js';
import { COMPARISON } from '../../src/record/measurement.js';
import { dense, stock, twoInputs } from '../measure/candidates.js';
import { SimulatedTime } from '../measure/clock.js';

const quick: CompareOptions = { warmUpMs: 2, runs: 5, minSampleMs: 0.1 };

describe('compare', () => {
  let x: tf.Tensor;
  before(async () => {
    await tf.setBackend('cpu');
    x = tf.tensor2d([[1, -1, 1]]);
  });
  after(() => x.dispose());

  it('gives a record that its schema takes, the first candidate being the baseline, and leaks nothing', async () => {
    const model = dense();
    const graph = stock(model);
    await expectNoLeak(async () => {
      const found = await compare({ model, graph, again: model }, x, quick);
      expect(v.parse(COMPARISON, JSON.parse(JSON.stringify(found)))).to.deep.equal(found);
      expect(found).to.include({ seed: 1, isolated: false, tolerance: DEFAULT_TOLERANCE });
      expect(found.measurements.map(({ name }) => name)).to.deep.equal(['model', 'graph', 'again']);
      expect(found.against.map(({ name }) => name)).to.deep.equal(['graph', 'again']);
      for (const [i, { speedup, difference, shapes }] of found.against.entries()) {
        const [baseline, own] = [found.measurements[0], found.measurements[i + 1]];
        expect(speedup.value).to.equal((baseline?.latency.p50 ?? 0) / (own?.latency.p50 ?? 0));
        expect(difference).to.deep.equal({ max: 0, mean: 0, relative: 0, incomparable: 0 });
        expect(shapes).to.equal(undefined);
      }
    });
    graph.dispose();
    model.dispose();
  });

  it('finds a known ratio of work within 5 % on simulated time with noise', async () => {
    for (const seed of [1, 2, 3]) {
      const time = new SimulatedTime();
      const random = Random.of(seed);
      const sides = { slow: time.work(15, random), fast: time.work(10, random) };
      const found = await compare(sides, [], { seed, clock: time.clock, warmUpMs: 200, runs: 200 });
      const [against] = found.against;
      expect(against?.speedup.value).to.be.within(1.5 * 0.95, 1.5 * 1.05);
      expect(against?.verdict).to.equal('faster');
      expect(against?.speedup.low).to.be.at.most(1.5);
      expect(against?.speedup.high).to.be.at.least(1.5);
    }
  });

  it('says no difference of a function and itself in at least 93 of 100 comparisons on simulated time', async () => {
    let same = 0;
    for (let seed = 0; seed < 100; seed++) {
      const time = new SimulatedTime();
      const work = time.work(10, Random.of(seed));
      const options = { seed, clock: time.clock, warmUpMs: 100, runs: 30 };
      const { against } = await compare({ a: work, b: work }, [], options);
      if (against[0]?.verdict === 'no difference') same++;
    }
    expect(same).to.be.within(93, 100);
  });

  it('runs by turns in an order that hangs on the seed', async () => {
    const orderOf = async (seed: number) => {
      const time = new SimulatedTime();
      const log: string[] = [];
      const side = (name: string) => () => {
        log.push(name);
        time.pass(2);
        return undefined;
      };
      await compare({ a: side('a'), b: side('b') }, [], { seed, clock: time.clock, warmUpMs: 4, runs: 20 });
      return log.slice(-40).join('');
    };
    const order = await orderOf(1);
    expect(order)
      .to.match(/^(ab|ba)+$/)
      .and.contain('bb');
    expect(await orderOf(1)).to.equal(order);
    expect(await orderOf(2)).not.to.equal(order);
  });

  it('the default tolerance is the rounding of 100 layers with sums of 4096 terms: 100 · √4096 · 2⁻²⁴', () => {
    expect(DEFAULT_TOLERANCE).to.equal(100 * 64 * 2 ** -24);
    expect(reorderTolerance(10, 400)).to.equal(200 * 2 ** -24);
  });

  it('refuses candidates that compute different things, naming candidate, output and difference', async () => {
    const calls = { timed: 0 };
    const one = () => [tf.scalar(1), tf.tensor1d([8, 4])];
    const other = () => (calls.timed++, [tf.scalar(1), tf.tensor1d([8, 4.004])]);
    const message = (await expectCode('compare/outputs', () => compare({ one, other }, [], quick))).message;
    expect(message)
      .to.contain("'other'")
      .and.contain("'output 1'")
      .and.contain('5.0e-4')
      .and.contain('3.8e-4');
    expect(calls.timed, 'the first call and a look for leaks').to.equal(2);
    await compare({ one, other }, [], { ...quick, tolerance: 1e-3 });
    const nan = () => [tf.scalar(1), tf.tensor1d([8, Number.NaN])];
    expect((await expectCode('compare/outputs', () => compare({ one, nan }, [], quick))).message).to.contain(
      '1 values',
    );
    await expectCode('compare/outputs', () => compare({ nan, again: nan }, [], quick));
    const flat = () => tf.tensor1d([1, 8, 4]);
    expect((await expectCode('compare/outputs', () => compare({ one, flat }, [], quick))).message).to.contain(
      '[] [2]',
    );
    await expectCode('compare/outputs', () => compare({ one: () => 1, none: () => undefined }, [], quick));
  });

  it('takes outputs that differ by design, and tells by how much and of which shapes they are', async () => {
    const one = () => tf.tensor1d([8, 4]);
    const candidates = {
      one,
      near: () => tf.tensor1d([8, 6]),
      column: () => tf.tensor2d([[8], [5]]),
      scores: () => [tf.tensor1d([8, 4, 2]), tf.scalar(1)],
    };
    const { against } = await compare(candidates, [], { ...quick, differByDesign: true });
    const [near, column, scores] = against;
    expect(near?.difference).to.deep.equal({ max: 2, mean: 1, relative: 0.25, incomparable: 0 });
    expect(near?.shapes).to.equal(undefined);
    expect(column?.difference?.max).to.equal(1);
    expect(column?.shapes).to.deep.equal({ baseline: [[2]], own: [[2, 1]] });
    expect(scores?.difference).to.equal(undefined);
    expect(scores?.shapes).to.deep.equal({ baseline: [[2]], own: [[3], []] });
  });

  it('refuses candidates that take different inputs, naming the input, before any work', async () => {
    const wide = (key: string, sizes: readonly number[], dtype: 'float32' | 'int32' = 'float32') => {
      const b = new GraphBuilder();
      b.output(b.op('Neg', [b.input(key, sizes, dtype)], {}, { name: 'out' }));
      return b.build();
    };
    const model = dense();
    const before = tf.memory().numTensors;
    const refused = async (
      other: Parameters<typeof compare>[0][string],
      inputs: Parameters<typeof compare>[1],
    ) => (await expectCode('compare/signature', () => compare({ model, other }, inputs, quick))).message;
    expect(await refused(wide('x', [-1, 4]), x))
      .to.contain("'other', input 'x'")
      .and.contain('[-1,3] float32')
      .and.contain('[-1,4]');
    expect(await refused(wide('x', [-1, 3], 'int32'), x)).to.contain('int32');
    expect(await refused(wide('x', [3]), x)).to.contain('[3]');
    expect(await refused(wide('y', [-1, 3]), { x })).to.contain("'y'");
    expect(await refused(twoInputs(), x))
      .to.contain("2 ('a'")
      .and.contain("1 inputs ('x'");
    expect(tf.memory().numTensors, 'no weights were uploaded').to.equal(before);
    // In a list, inputs go by their places; sizes that are not known fit all.
    const same = wide('y', [-1, -1]);
    await compare({ model, same }, x, { ...quick, differByDesign: true });
    const four = tf.ones([1, 4]);
    const error = await expectCode('model/input', () => compare({ model, same: model }, four, quick));
    expect(error.message).to.contain("input 'x'");
    model.dispose();
    four.dispose();
  });

  it('loads candidates from where they are: files and exports of modules', async () => {
    await withTempFolder(async (folder) => {
      const model = dense();
      const saved = path.join(folder, 'dense');
      await saveModel(model, saved);
      const work = path.join(__dirname, 'fixtures/work.mjs');
      await expectNoLeak(async () => {
        const { against } = await compare({ model, saved }, x, quick);
        expect(against[0]?.difference?.max).to.equal(0);
        await compare({ named: { module: work, export: 'ones' }, default: { module: work } }, x, quick);
        model.dispose();
      });
      await expectCode('io/not-found', () => compare({ model, gone: path.join(folder, 'gone') }, x, quick));
      for (const location of [
        { module: work, export: 'nothing' },
        { module: './gone.mjs' },
        { module: 'gone' },
      ]) {
        const error = await expectCode('argument/invalid', () => compare({ model, location }, x, quick));
        expect(error.message).to.contain(location.module);
      }
    });
  });

  it('runs on the backend asked for, and goes back to the one before', async () => {
    const model = dense();
    const { measurements } = await compare({ a: model, b: model }, x, { ...quick, backend: 'wasm' });
    expect(measurements.map(({ machine }) => machine.backend)).to.deep.equal(['wasm', 'wasm']);
    expect(tf.getBackend()).to.equal('cpu');
    const missing = () => compare({ a: model, b: model }, x, { ...quick, backend: 'webgl' });
    await expectCode('backend/missing', missing);
    expect(tf.getBackend()).to.equal('cpu');
    model.dispose();
  });

  it('refuses too few candidates, too few runs and options out of range before any work', async () => {
    let calls = 0;
    const work = () => calls++;
    await expectCode('argument/missing', () => compare({}, [], quick));
    await expectCode('argument/missing', () => compare({ work }, [], quick));
    // JavaScript would put 1 before 2, and the baseline would be the other.
    const sorted = await expectCode('argument/invalid', () => compare({ 2: work, 1: work }, [], quick));
    expect(sorted.message).to.contain("candidate '1'");
    const bad: CompareOptions[] = [
      { runs: 0 },
      { runs: 1 },
      { maxRounds: 1 },
      { tolerance: -1 },
      { tolerance: Number.NaN },
      { answerMs: 0 },
      { processes: 1 },
      { processes: 2.5 },
    ];
    for (const options of bad) {
      const error = await expectCode('argument/invalid', () => compare({ a: work, b: work }, [], options));
      expect(error.message).to.contain(Object.keys(options)[0]);
    }
    expect(calls).to.equal(0);
  });

  it('reports progress and stops when told to, leaking nothing', async () => {
    const controller = new AbortController();
    const events: Progress[] = [];
    const model = dense();
    await expectNoLeak(async () => {
      const { signal } = controller;
      const progress = (event: Progress) => {
        events.push(event);
        if (event.done === 2) controller.abort();
      };
      await expectCode('aborted', () => compare({ a: model, b: model }, x, { ...quick, signal, progress }));
      model.dispose();
    });
    expect(events.slice(0, 4).map(({ task, message }) => `${task}: ${message}`)).to.deep.equal([
      'compare: warming up a',
      'compare: warming up b',
      'compare: timing',
      'compare: timing',
    ]);
  });
});
