// %% [markdown]
// # Single against batched calls
//
// A call of a model has a price that does not depend on how many examples are in it: operations are looked up,
// memory is taken, kernels are started. A batch pays it once. Besides, a matrix product over 64 rows reads each
// weight once for all of them, where 64 products read it 64 times. How much that saves hangs on the model and the
// machine, and a batch has a price of its own: its first example waits for the last. This notebook
//
// 1. holds 64 single calls against one batch of 64,
// 2. looks at batch sizes between, and finds the smallest that is good enough,
// 3. does the same with a network in which arithmetic weighs more,
// 4. says what a batch costs those who wait,
// 5. shows what cannot be batched.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import {
  describeMachine,
  machineText,
  singleAgainstBatch,
  sweepBatches,
  sweepText,
  type Comparison,
} from '@tfjs-optimize/benchmark';
import { backend, isOptimizeError, traceFunction, traceLayersModel } from '@tfjs-optimize/core';

await backend.use('auto');
console.log(machineText(await describeMachine()));

// %% [markdown]
// ## 1. 64 calls or one
//
// A classifier of 784 numbers, as images of handwritten digits have, with two hidden layers. Its weights are
// drawn by seed: for times it does not matter what it knows. The sample are 16 examples, which are taken by turns.

// %%
const dense = (units: number, seed: number, first = {}) =>
  tf.layers.dense({
    ...first,
    units,
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed }),
  });
const net = tf.sequential({ layers: [dense(256, 1, { inputShape: [784] }), dense(256, 2), dense(10, 3)] });
const classifier = traceLayersModel(net);
const digits = tf.randomUniform([16, 784], 0, 1, 'float32', 4);

const quick = { warmUpMs: 300, timeMs: 600 };
const report = ({ measurements, against }: Comparison) => {
  for (const { name, latency, throughput } of measurements) {
    const each = latency.p50 / 64;
    console.log(
      `${name.padEnd(16)} ${latency.p50.toFixed(2)} ms, ${each.toFixed(4)} ms each, ${Math.round(throughput)} a second`,
    );
  }
  for (const { speedup, difference } of against) {
    const { value, low, high } = speedup;
    console.log(`the batch is ${value.toFixed(2)} times as fast (${low.toFixed(2)} to ${high.toFixed(2)})`);
    console.log(`outputs differ by ${difference?.relative.toExponential(1)} of the largest at most`);
  }
};
const found = await singleAgainstBatch(classifier, digits, { ...quick, batch: 64 });
report(found);
assert.ok((found.against[0]?.difference?.relative ?? 1) < 1e-5);

// %% [markdown]
// Both sides ran by turns, and before anything was timed the outputs were compared: a batch has to give for each
// example what the example gives alone. (Tiny differences are rounding: a kernel may add up in another order when
// there are more rows.)
//
// ## 2. Which size?
//
// Throughput rises with the batch and levels off; latency rises all the way. So the size to look for is not the
// one of the best throughput, which is often the largest there is, but the smallest that comes near it: here,
// within 5 %.
//
// The steps are not even: kernels of matrix products compute a few rows at a time (XNNPACK's in WebAssembly four, at
// the time of writing), and a batch of 2 may take as long as one of 4.

// %%
const sizes = [1, 2, 4, 8, 16, 32, 64, 128];
const sweep = await sweepBatches(classifier, digits, { warmUpMs: 100, timeMs: 200, sizes });
console.log(sweepText(sweep));
assert.ok(sweep.smallestGood <= sweep.best);
assert.deepEqual(
  sweep.batches.map(({ size }) => size),
  sizes,
);

// %% [markdown]
// ## 3. Where arithmetic weighs more
//
// A convolution uses each of its weights at every place of the image, so that even a single image keeps the
// processor busy. There is less left to save.

// %%
const conv = (filters: number, seed: number, first = {}) =>
  tf.layers.conv2d({
    ...first,
    filters,
    kernelSize: 3,
    padding: 'same',
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed }),
  });
const convNet = tf.sequential({ layers: [conv(32, 5, { inputShape: [32, 32, 16] }), conv(32, 6)] });
const images = tf.randomUniform([4, 32, 32, 16], 0, 1, 'float32', 7);
const convolutions = traceLayersModel(convNet);
console.log(
  sweepText(await sweepBatches(convolutions, images, { warmUpMs: 100, timeMs: 200, sizes: [1, 4, 16] })),
);

// %% [markdown]
// ## 4. What a batch costs those who wait
//
// If requests come one by one, somebody has to wait until a batch is full. At r requests a second the first of n
// waits (n - 1) / r seconds, and then for the whole batch. Here for the times of section 2, at a twentieth of the
// rate that single calls keep up with, and at twice that rate.

// %%
const [alone] = sweep.batches;
for (const rate of [0.05, 2].map((share) => share * (alone?.throughput ?? NaN))) {
  const waits = sweep.batches.map(
    ({ size, ms }) => `${size}: ${((1000 * (size - 1)) / rate + ms).toFixed(1)}`,
  );
  const keepsUp = sweep.batches.find(({ throughput }) => throughput >= rate);
  console.log(`${Math.round(rate)} requests a second; longest wait in ms by batch size: ${waits.join(', ')}`);
  console.log(
    keepsUp === undefined ? '  no size keeps up' : `  smallest batch that keeps up: ${keepsUp.size}`,
  );
}

// %% [markdown]
// At a low rate a batch makes everything slower; take what has arrived and do not wait. Batches are for work that
// is there already (a folder of images, a night's requests), and for rates that single calls cannot keep up with.
//
// ## 5. What cannot be batched
//
// Some models are made for one example at a time. The sweep says so and measures what does run.

// %%
const single = traceFunction((x: tf.Tensor) => tf.relu(tf.sub(x, tf.mean(x, 1, true))), { shape: [1, 784] });
const one = tf.slice(digits, 0, 1);
const fixed = await sweepBatches(single, one, { warmUpMs: 50, timeMs: 50, sizes: [1, 2] });
console.log(sweepText(fixed));
assert.deepEqual(
  fixed.failed.map(({ size }) => size),
  [2],
);

// %% [markdown]
// Worse are those that take a batch and mix its examples up, say by a mean over everything. They are found out by
// their outputs.

// %%
const mixing = ([x]: tf.Tensor[]) => tf.tidy(() => tf.sub(x as tf.Tensor, tf.mean(x as tf.Tensor)));
try {
  await singleAgainstBatch(mixing, digits, quick);
  assert.fail('it should have been refused');
} catch (error) {
  assert.ok(isOptimizeError(error));
  console.log(error.message);
}

// %%
for (const model of [classifier, convolutions, single, net, convNet]) model.dispose();
tf.dispose([digits, images, one]);
