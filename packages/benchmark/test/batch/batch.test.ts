import * as tf from '@tensorflow/tfjs';
import {
  GraphBuilder,
  Random,
  traceLayersModel,
  type Model,
  type ModelInputs,
  type Progress,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import type { Candidate } from '../../src/index.js';
import { singleAgainstBatch, sweepBatches, sweepText } from '../../src/batch/index.js';
import { wasmRoom } from '../../src/batch/room.js';
import { bestOf } from '../../src/batch/sweep.js';
import { COMPARISON } from '../../src/record/measurement.js';
import { BATCH_SWEEP } from '../../src/record/profile.js';
import { branching, dense, stock, twoInputs } from '../measure/candidates.js';
import { SimulatedTime } from '../measure/clock.js';

const quick = { warmUpMs: 1, maxWarmUpMs: 2, runs: 3 };

/** A function that doubles, at the price of 1 ms a call and 0.1 ms an example, on a clock of its own. */
function priced(): { readonly time: SimulatedTime; readonly double: (inputs: tf.Tensor[]) => tf.Tensor } {
  const time = new SimulatedTime();
  const random = Random.of(7);
  const double = ([x]: tf.Tensor[]): tf.Tensor => {
    time.work(1 + 0.1 * (x?.shape[0] ?? 0), random)();
    return tf.mul(x as tf.Tensor, 2);
  };
  return { time, double };
}

describe('batching', () => {
  let x: tf.Tensor;

  before(async () => {
    await tf.setBackend('cpu');
    x = tf.tensor2d([
      [1, 2, 3],
      [-4, 5, 6],
      [7, 8, -9],
    ]);
  });
  after(() => {
    x.dispose();
    for (const model of models.values()) model.dispose();
  });

  describe('single against batch', () => {
    it('finds what a batch saves, on a simulated machine', async () => {
      const { time, double } = priced();
      const found = await singleAgainstBatch(double, x, { clock: time.clock, warmUpMs: 100, runs: 60 });
      expect(v.is(COMPARISON, JSON.parse(JSON.stringify(found)))).to.equal(true);
      const [singles, batch] = found.measurements;
      expect(singles).to.include({ name: '64 single calls', examples: 64 });
      expect(batch).to.include({ name: 'one batch of 64', examples: 64 });
      expect(singles?.inputs[0]?.shape).to.deep.equal([1, 3]);
      expect(batch?.inputs[0]?.shape).to.deep.equal([64, 3]);
      const [against] = found.against;
      expect(against).to.include({ name: 'one batch of 64', verdict: 'faster' });
      // 64 · 1.1 ms against 7.4 ms is 9.51; a hiccup in twenty makes the mean of 64 calls 1.1 times that.
      expect(against?.speedup.value).to.be.within(8.5, 12.5);
      expect(against?.difference).to.deep.equal({ max: 0, mean: 0, relative: 0, incomparable: 0 });
    });

    it('takes models of every kind, several inputs and outputs, and what answers later', async () => {
      const [a, b] = [nets.uniformTensor([5, 2], 1), nets.uniformTensor([5, 2], 2)];
      const positive = tf.abs(x);
      const layers = twoInputs();
      const model = denseModel();
      const tried: [Candidate, ModelInputs][] = [
        [model, x],
        [stock(model), x],
        [once('branching', branching), positive],
        [layers, { b, a }],
        [([one]: tf.Tensor[]) => Promise.resolve(tf.neg(one as tf.Tensor)), x],
      ];
      for (const [candidate, sample] of tried) {
        const options = { ...quick, batch: 7 };
        const [against] = (await singleAgainstBatch(candidate, sample, options)).against;
        expect(against?.difference?.relative).to.be.at.most(1e-6);
      }
      tf.dispose([a, b, positive]);
    });

    it('runs each example as often on both sides', async () => {
      const rows: number[][] = [];
      const watched = ([one]: tf.Tensor[]) => {
        rows.push(...(one as tf.Tensor2D).arraySync());
        return (one as tf.Tensor).clone();
      };
      await singleAgainstBatch(watched, x, { ...quick, batch: 8 });
      const examples = x.arraySync() as number[][];
      const turn = Array.from({ length: 8 }, (_, i) => examples[i % 3]);
      expect(rows.slice(0, 8)).to.deep.equal(turn);
      expect(rows.length % 8).to.equal(0);
      for (let i = 0; i < rows.length; i += 8) expect(rows.slice(i, i + 8)).to.deep.equal(turn);
    });

    it('waits for each single call before it makes the next', async () => {
      let running = 0;
      let most = 0;
      let calls = 0;
      const later = async ([one]: tf.Tensor[]) => {
        if ((one as tf.Tensor).shape[0] === 1) calls++;
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        return tf.neg(one as tf.Tensor);
      };
      await singleAgainstBatch(later, x, { ...quick, batch: 8 });
      expect(most).to.equal(1);
      expect(calls).to.be.above(8 * 3);
      expect(calls % 8).to.equal(0);
    });

    it('leaves no tensors behind, nor after an error', async () => {
      const model = denseModel();
      await expectNoLeak(() => singleAgainstBatch(model, x, { ...quick, batch: 5 }));
      await expectNoLeak(() =>
        expectCode('compare/outputs', () => singleAgainstBatch(mixing, x, { ...quick, batch: 5 })),
      );
      expect(x.isDisposed).to.equal(false);
    });

    /** Gives an example another value when there are others beside it. */
    const mixing = ([one]: tf.Tensor[]) => tf.tidy(() => tf.sub(one as tf.Tensor, tf.mean(one as tf.Tensor)));

    it('refuses candidates whose batch gives other values', async () => {
      const error = await expectCode('compare/outputs', () =>
        singleAgainstBatch(mixing, x, { ...quick, batch: 4 }),
      );
      expect(error.message).to.contain('one batch of 4');
    });

    it('refuses what has no axis of examples', async () => {
      const sum = ([one]: tf.Tensor[]) => tf.sum(one as tf.Tensor);
      await expectCode('batch/axis', () => singleAgainstBatch(sum, x, quick));
      const scalar = tf.scalar(1);
      await expectCode('batch/axis', () => singleAgainstBatch(sum, scalar, quick));
      await expectCode('batch/axis', () => singleAgainstBatch(sum, [], quick));
      const none = tf.zeros([0, 3]);
      await expectCode('batch/axis', () => singleAgainstBatch(denseModel(), none, quick));
      const layers = twoInputs();
      const [a, b] = [tf.ones([2, 2]), tf.ones([3, 2])];
      const error = await expectCode('batch/axis', () => singleAgainstBatch(layers, [a, b], quick));
      expect(error.message).to.contain("'b'").and.contain("2 examples, as in 'a'");
      tf.dispose([scalar, none, a, b]);
    });

    it('refuses models for a fixed number of examples', async () => {
      const fixed = fixedTo(3);
      const error = await expectCode('batch/axis', () => singleAgainstBatch(fixed, x, quick));
      expect(error.message).to.contain('3 at a time');
    });

    it('refuses options out of range before any call', async () => {
      let calls = 0;
      const counting = ([one]: tf.Tensor[]) => (calls++, (one as tf.Tensor).clone());
      for (const batch of [1, 0, 2.5, NaN]) {
        await expectCode('argument/invalid', () => singleAgainstBatch(counting, x, { ...quick, batch }));
      }
      await expectCode('argument/invalid', () => singleAgainstBatch(counting, x, { runs: 1 }));
      await expectCode('argument/invalid', () => singleAgainstBatch(counting, x, { tolerance: -1 }));
      await expectCode('aborted', () => singleAgainstBatch(counting, x, { signal: AbortSignal.abort() }));
      expect(calls).to.equal(0);
    });
  });

  describe('sweep', () => {
    it('finds throughput, latency, the best size and the smallest good one, on a simulated machine', async () => {
      const { time, double } = priced();
      const sizes = [64, 1, 8, 512, 256, 8];
      const found = await sweepBatches(double, x, { sizes, clock: time.clock, warmUpMs: 100, runs: 400 });
      expect(v.is(BATCH_SWEEP, JSON.parse(JSON.stringify(found)))).to.equal(true);
      expect(found.batches.map(({ size }) => size)).to.deep.equal([1, 8, 64, 256, 512]);
      for (const { size, ms, low, high, throughput, speedup } of found.batches) {
        const expected = 1 + 0.1 * size;
        expect(ms, `milliseconds of ${size}`).to.be.within(0.95 * expected, 1.1 * expected);
        expect(ms).to.be.within(low, high);
        expect(throughput).to.be.closeTo((1000 * size) / ms, 1e-6);
        expect(speedup).to.be.within((0.9 * size * 1.1) / expected, (1.1 * size * 1.1) / expected);
      }
      // 512 examples: 9.81 a ms; 256: 9.62, within 5 %; 64: 8.65, not.
      expect(found.smallestGood).to.equal(256);
      expect(found.failed).to.deep.equal([]);
    });

    it('the smallest good size is the smallest within 5 % of the best', () => {
      const rates = (values: number[]) => values.map((throughput, i) => ({ size: 2 ** i, throughput }));
      expect(bestOf(rates([10, 95, 100, 99]))).to.deep.equal({ best: 4, smallestGood: 2 });
      expect(bestOf(rates([10, 94.9, 100]))).to.deep.equal({ best: 4, smallestGood: 4 });
      expect(bestOf(rates([100, 50, 96]))).to.deep.equal({ best: 1, smallestGood: 1 });
      expect(bestOf(rates([7]))).to.deep.equal({ best: 1, smallestGood: 1 });
    });

    it('tells sizes that cannot run, with the reason: a fixed number of examples', async () => {
      const found = await sweepBatches(fixedTo(3), x, { ...quick, sizes: [1, 2, 3, 4] });
      expect(found.batches.map(({ size }) => size)).to.deep.equal([3]);
      expect(found.failed.map(({ size }) => size)).to.deep.equal([1, 2, 4]);
      expect(found.failed[0]?.reason).to.equal("input 'x' takes 3 examples at a time, no other number");
      expect(found).to.include({ best: 3, smallestGood: 3 });
    });

    it('tells sizes that cannot run, with the reason: errors, other values, memory', async () => {
      const most = ([one]: tf.Tensor[]) => {
        if ((one as tf.Tensor).shape[0] === 8) throw new Error('no room\nat all');
        return (one as tf.Tensor).shape[0] === 16 ? tf.neg(one as tf.Tensor) : (one as tf.Tensor).clone();
      };
      const found = await sweepBatches(most, x, { ...quick, sizes: [4, 8, 16, 1e12] });
      expect(found.batches.map(({ size }) => size)).to.deep.equal([4]);
      expect(found.failed[0]).to.deep.equal({ size: 8, reason: 'no room' });
      expect(found.failed[1]?.reason).to.contain('batch of 16').and.contain('a difference of');
      // 12 bytes of input and 12 of output an example.
      expect(found.failed[2]?.reason).to.match(
        /^it would take about 2\d{4}\.\d GB more memory, and this machine/,
      );
      const text = sweepText(found);
      expect(text).to.contain('only batches of 4 ran').and.contain('a batch of 8 did not run: no room');
    });

    it('says which batches are enough, and rates with three digits', () => {
      const row = (size: number, throughput: number) => ({ size, ms: 1, low: 1, high: 1, throughput });
      const textOf = (...throughputs: [number, number, number]) => {
        const batches = [1, 2, 4].map((size, i) => row(size, throughputs[i] as number));
        return sweepText({ batches, ...bestOf(batches), failed: [] });
      };
      expect(textOf(3.2689, 3, 2))
        .to.match(/ 3\.27$/m)
        .and.match(/batches of 1, the smallest that ran$/);
      expect(textOf(1, 2, 3)).to.match(/batches of 4; no smaller one comes within 5 % of it$/);
      expect(textOf(1, 2.9, 3)).to.match(/batches of 4; batches of 2 come within 5 % of it$/);
    });

    it('on wasm there is room behind the end of the heap, and for half of what is free in it', () => {
      const gib = 2 ** 30;
      expect(wasmRoom(0, 0)).to.equal(0.95 * 4 * gib);
      expect(wasmRoom(gib, gib)).to.be.closeTo(2.8 * gib, 1);
      expect(wasmRoom(2 * gib, gib)).to.be.closeTo(1.8 * gib, 1);
      // A heap that has grown, of which most is free again.
      expect(wasmRoom(4 * gib, gib)).to.equal(1.5 * gib);
    });

    it('what no size can run is an error that tells all reasons', async () => {
      const error = await expectCode('model/run', () =>
        sweepBatches(fixedTo(3), x, { ...quick, sizes: [1, 2] }),
      );
      expect(error.message).to.contain('1: input').and.contain('2: input');
    });

    it('takes several inputs; what does not count examples is the same for all', async () => {
      const layers = twoInputs();
      const [a, b] = [nets.uniformTensor([3, 2], 1), nets.uniformTensor([3, 2], 2)];
      const found = await sweepBatches(layers, { a, b }, { ...quick, sizes: [1, 2, 5] });
      expect(found.batches.map(({ size }) => size)).to.deep.equal([1, 2, 5]);
      const scaled = ([one, factor]: tf.Tensor[]) => tf.mul(one as tf.Tensor, factor as tf.Tensor);
      const factor = tf.scalar(3);
      expect((await sweepBatches(scaled, [x, factor], { ...quick, sizes: [2, 7] })).failed).to.deep.equal([]);
      tf.dispose([a, b, factor]);
    });

    it('inputs of fixed first size are the same for all where another is open', async () => {
      const product = once('product', () => {
        const b = new GraphBuilder();
        const left = b.input('left', [-1, 3]);
        const right = b.input('right', [3, 2]);
        b.output(b.op('MatMul', [left, right], { transpose_a: false, transpose_b: false }, { name: 'y' }));
        return b.build();
      });
      const right = nets.uniformTensor([3, 2], 5);
      const one = tf.slice(x, 0, 1);
      const found = await sweepBatches(product, { left: one, right }, { ...quick, sizes: [1, 4] });
      expect(found.failed).to.deep.equal([]);
      expect((await singleAgainstBatch(product, [x, right], { ...quick, batch: 4 })).against).to.have.length(
        1,
      );
      tf.dispose([right, one]);
    });

    it('leaves no tensors behind, nor after an error or an abort', async () => {
      const model = once('mlp', () => traceLayersModel(nets.mlp({ seed: 1 })));
      const sample = nets.uniformTensor([1, 16], 3);
      await expectNoLeak(() => sweepBatches(model, sample, { ...quick, sizes: [1, 3] }));
      await expectNoLeak(() => sweepBatches(fixedTo(3), x, { ...quick, sizes: [1, 3] }));
      const failing = ([one]: tf.Tensor[]) => {
        if ((one as tf.Tensor).shape[0] === 2) throw new Error('no room');
        return tf.neg(one as tf.Tensor);
      };
      await expectNoLeak(() => sweepBatches(failing, x, { ...quick, sizes: [1, 2] }));
      await expectNoLeak(async () => {
        const control = new AbortController();
        const progress = ({ message }: Progress) => {
          if (message === 'timing') control.abort();
        };
        const options = { ...quick, sizes: [1, 3], signal: control.signal, progress };
        await expectCode('aborted', () => sweepBatches(model, sample, options));
      });
      sample.dispose();
    });

    it('refuses sizes that are none, and what has no axis of examples', async () => {
      for (const sizes of [[0], [1, -1], [1.5], [NaN]]) {
        await expectCode('argument/invalid', () => sweepBatches(denseModel(), x, { sizes }));
      }
      await expectCode('argument/missing', () => sweepBatches(denseModel(), x, { sizes: [] }));
      await expectCode('batch/axis', () =>
        sweepBatches(([one]: tf.Tensor[]) => tf.sum(one as tf.Tensor), x, quick),
      );
      const wrong = tf.ones([2, 4]);
      await expectCode('model/input', () => sweepBatches(denseModel(), wrong, quick));
      wrong.dispose();
    });
  });
});

/** Models that live until the end: one that is collected in between gives its tensors back at any time. */
const models = new Map<string, Model>();

function once(name: string, make: () => Model): Model {
  const model = models.get(name) ?? make();
  models.set(name, model);
  return model;
}

const denseModel = () => once('dense', dense);

/** `dense` for a fixed number of examples. */
const fixedTo = (size: number) => once(`fixed to ${size}`, () => makeFixed(size));

function makeFixed(size: number): Model {
  const model = dense();
  const [port] = model.signature.inputs;
  if (port === undefined) throw new Error('one input');
  return model.with({ signature: { ...model.signature, inputs: [{ ...port, shape: [size, 3] }] } });
}
