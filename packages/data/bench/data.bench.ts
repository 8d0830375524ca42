import { race, type BenchCase, type BenchContext, type BenchRow } from '@tfjs-optimize/benchmark';
import { backend, Random, spread, traceLayersModel } from '@tfjs-optimize/core';
import { arrays, batcher, loader, type Dataset, type Loader } from '@tfjs-optimize/data';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { missingTorch, startTorch } from './support/torch.js';
import { busy } from './support/work.js';

const WORK = path.join(__dirname, 'support/work.ts');
const slow = (ms: number) => ({ module: WORK, export: 'slow', options: { ms } });

/** Rows of uniform numbers, numbered. */
function rows(count: number, width: number, seed: number): Dataset {
  const random = Random.of(seed);
  const values = Float32Array.from({ length: count * width }, () => random.uniform());
  return arrays({ x: { values, shape: [count, width] }, y: Int32Array.from({ length: count }, (_, i) => i) });
}

/** How races of this file are run. */
const howOf = ({ seed, quick, progress, signal }: BenchContext) => ({
  ...{
    seed,
    progress,
    tolerance: 0,
    timeMs: quick ? 1500 : 6000,
    minRounds: quick ? 3 : 10,
    warmUpMs: quick ? 500 : 1500,
  },
  ...(signal && { signal }),
});

/** The labels of an epoch, one after the other. */
async function labelsOf(load: Loader): Promise<tf.Tensor> {
  const labels: number[] = [];
  for await (const { fields } of load.epoch(0)) labels.push(...(fields['y']?.values as Int32Array));
  return tf.tensor1d(labels, 'int32');
}

const workers: BenchCase = {
  id: 'data/workers-2',
  what: '64 samples whose transform takes 5 ms of a core: 2 workers against none',
  run: async (context) => {
    const options = { batchSize: 4, shuffle: true, transform: slow(5) };
    const data = rows(64, 10, context.seed);
    const [none, two] = [loader(data, options), loader(data, { ...options, workers: 2 })];
    const row = await race(
      () => labelsOf(none),
      () => labelsOf(two),
      {
        ...howOf(context),
        id: 'data/workers-2',
        names: ['workers: 0', 'workers: 2'],
        target: { atLeast: 1.8 },
      },
    );
    await two.close();
    return row;
  },
};

/** Milliseconds of one epoch, with something to be done for each batch. */
async function timeOf(load: Loader, compute: () => void): Promise<number> {
  const start = performance.now();
  for await (const _ of load.epoch(0)) compute();
  return performance.now() - start;
}

const hidden: BenchCase = {
  id: 'data/hidden',
  what: 'share of loading that is hidden behind a loop that computes as long as it loads, with 1 worker',
  run: async ({ seed, quick, signal }) => {
    const [batches, perBatch] = [40, 4];
    const data = rows(batches * perBatch, 10, seed);
    const options = { batchSize: perBatch, transform: slow(5) };
    const load = loader(data, { ...options, workers: 1 });
    const plain = loader(data, options);
    await timeOf(load, () => {});
    const shares: number[] = [];
    let note = '';
    for (let round = 0; round < (quick ? 3 : 9); round++) {
      signal?.throwIfAborted();
      const loading = await timeOf(plain, () => {});
      const computing = loading; // as long as it loads
      const both = await timeOf(load, () => busy(computing / batches));
      shares.push((100 * (loading + computing - both)) / loading);
      note = `loading ${loading.toFixed(0)} ms, computing ${computing.toFixed(0)} ms, both ${both.toFixed(0)} ms`;
    }
    await load.close();
    const { median, low, high } = spread(shares);
    const row = { value: median, unit: '%', low, high, n: shares.length, note, target: { atLeast: 90 } };
    return { id: 'data/hidden', ...row };
  },
};

const handOver: BenchCase = {
  id: 'data/hand-over',
  what: 'a batch of 150 kB from a worker to the loop, all told: asked for, made of untouched memory, handed over',
  run: async ({ quick }) => {
    const count = quick ? 500 : 5000;
    const collate = { module: WORK, export: 'empty', options: { floats: 37_500 } };
    const load = loader(rows(count, 1, 1), { batchSize: 1, workers: 1, prefetch: 4, collate });
    await timeOf(load, () => {});
    const times: number[] = [];
    for (let round = 0; round < (quick ? 3 : 9); round++) times.push((await timeOf(load, () => {})) / count);
    await load.close();
    const { median, low, high } = spread(times);
    const note = `each of ${count} batches in turn, the worker 4 ahead`;
    const row: Omit<BenchRow, 'id'> = { value: median, unit: 'ms', low, high, n: times.length, note };
    return { id: 'data/hand-over', ...row, target: { atMost: 0.2 } };
  },
};

const againstTorch = (count: number): BenchCase => ({
  id: `data/torch-workers-${count}`,
  what: `10,000 samples of 100 floats in shuffled batches of 64 as tensors: PyTorch's DataLoader against ours, ${count} workers`,
  missing: missingTorch,
  run: async (context) => {
    const torch = startTorch();
    const load = loader(rows(10_000, 100, context.seed), { batchSize: 64, shuffle: true, workers: count });
    const ours = async (): Promise<number> => {
      let seen = 0;
      for await (const batch of load) {
        const tensors = batch.tensors();
        seen += tensors['x']?.shape[0] ?? 0;
        tf.dispose(tensors);
      }
      return seen;
    };
    try {
      return await race(() => torch.epoch(count), ours, {
        ...howOf(context),
        ...{ id: `data/torch-workers-${count}`, names: ['PyTorch', 'ours'], target: { atLeast: 1 } },
      });
    } finally {
      torch.end();
      await load.close();
    }
  },
});

/** A dense layer from 100 numbers to 10. */
function dense(seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  return tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [100], kernelInitializer })] });
}

const CALLERS = 64;

const throughput: BenchCase = {
  id: 'data/batcher-64',
  what: '64 callers of a dense model from 100 to 10: single calls against requests to a batcher',
  run: async (context) => {
    await backend.use('wasm');
    const layers = dense(context.seed);
    const model = traceLayersModel(layers);
    const random = Random.of(context.seed);
    const requests = Array.from({ length: CALLERS }, () =>
      Float32Array.from({ length: 100 }, () => random.uniform()),
    );
    const serving = batcher(model, { maxBatch: CALLERS, maxDelayMs: 1 });
    const alone = async (values: Float32Array): Promise<Float32Array> => {
      const x = tf.tensor(values, [1, 100]);
      const [y] = model.run(x) as [tf.Tensor];
      const answer = (await y.data()) as Float32Array;
      tf.dispose([x, y]);
      return answer;
    };
    const gathered = async (values: Float32Array): Promise<Float32Array> =>
      (await serving.predict(values))[0]?.values as Float32Array;
    const all = async (ask: (values: Float32Array) => Promise<Float32Array>): Promise<tf.Tensor> => {
      const answers = await Promise.all(requests.map(ask));
      return tf.tensor(answers.map((answer) => [...answer]));
    };
    const row = await race(
      () => all(alone),
      () => all(gathered),
      {
        ...howOf(context),
        ...{ id: 'data/batcher-64', names: ['single calls', 'batcher'], target: { atLeast: 5 } },
        // Sums of 100 products in another order: 100 roundings of what is at most the largest magnitude.
        tolerance: 100 * 2 ** -23,
      },
    );
    await serving.close();
    for (const each of [model, layers]) each.dispose();
    return row;
  },
};

const lost: BenchCase = {
  id: 'data/batcher-lost',
  what: '100,000 requests of 64 callers, three in ten to be taken back at random times, of which half are answered before: how many were lost or swapped',
  run: async ({ seed, quick }) => {
    await backend.use('wasm');
    const count = quick ? 10_000 : 100_000;
    const random = Random.of(seed);
    const serving = batcher((x) => tf.mul(x as tf.Tensor, 2), { maxBatch: CALLERS, maxDelayMs: 1 });
    let [answered, aborted, wrong, next] = [0, 0, 0, 0];
    const caller = async (): Promise<void> => {
      while (next < count) {
        const value = next++;
        const control = new AbortController();
        const when = random.uniform();
        // Before the batch is begun, while others are, or later than that.
        if (when < 0.1) queueMicrotask(() => control.abort());
        else if (when < 0.2) setImmediate(() => control.abort());
        else if (when < 0.3) setTimeout(() => control.abort(), 1);
        try {
          const [answer] = await serving.predict(Float32Array.of(value), { signal: control.signal });
          if (answer?.values[0] === 2 * value) answered++;
          else wrong++;
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'aborted') throw error;
          aborted++;
        }
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const seconds = (performance.now() - start) / 1000;
    await serving.close();
    const value = wrong + count - answered - aborted;
    const note = `${answered} answered, ${aborted} taken back, ${Math.round(count / seconds)} a second`;
    const row = { value, unit: '', low: value, high: value, n: count, note, target: { atMost: 0 } };
    return { id: 'data/batcher-lost', ...row };
  },
};

export const cases: readonly BenchCase[] = [
  workers,
  hidden,
  handOver,
  againstTorch(0),
  againstTorch(2),
  throughput,
  lost,
];
