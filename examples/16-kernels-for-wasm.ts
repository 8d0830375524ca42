// %% [markdown]
// # Kernels for the wasm backend
//
// The wasm backend of TensorFlow.js is fast where a matrix product has one matrix on each side and nothing is
// transposed, and where a convolution is one that XNNPACK of 2022 had. Elsewhere it computes number by number, once
// it computes something else than it should, and gradients of convolutions it does not have at all.
// `@tfjs-optimize/wasm` puts kernels of its own in those places, in the same memory. An import is all it takes.
//
// This notebook
//
// 1. looks at a product that is wrong without them,
// 2. times attention and a convolution with and without,
// 3. compares Winograd's algorithm with the definition,
// 4. trains a convolutional network, which the backend alone refuses.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { interleave } from '@tfjs-optimize/core';
import { setEnabled, setWinograd, simdInUse } from '@tfjs-optimize/wasm';

await tf.setBackend('wasm');
console.log(`our kernels run with ${simdInUse()} SIMD`);

/** The same with the kernels that the backend came with. */
function stock<T>(work: () => T): T {
  setEnabled(false);
  try {
    return work();
  } finally {
    setEnabled(true);
  }
}

const apart = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN);

// %% [markdown]
// ## 1. A wrong product
//
// A dense layer with a transposed kernel and a bias, as one fused operation, against the same in two operations.

// %%
const x = tf.randomNormal([8, 96], 0, 1, 'float32', 1);
const kernel = tf.randomNormal([16, 96], 0, 1, 'float32', 2);
const bias = tf.randomNormal<tf.Rank.R1>([16], 0, 1, 'float32', 3);
const apartly = tf.tidy(() => tf.add(tf.matMul(x, kernel, false, true), bias));
const fused = () => tf.fused.matMul({ a: x, b: kernel, transposeB: true, bias });
const [wrong, right] = [stock(fused), fused()];
console.log(`fused by the backend: largest difference ${apart(wrong, apartly).toExponential(1)}`);
console.log(`fused by our kernels: largest difference ${apart(right, apartly).toExponential(1)}`);
assert.ok(apart(right, apartly) < 1e-4);

// %% [markdown]
// ## 2. Time
//
// Attention multiplies the queries of each head with its keys: twelve products of 128 × 64 by 64 × 128, where the
// second factor is transposed. The convolution is one of the middle of a ResNet-18. Both sides take turns.

// %%
const [queries, keys] = [4, 5].map((seed) => tf.randomNormal([12, 128, 64], 0, 1, 'float32', seed)) as [
  tf.Tensor,
  tf.Tensor,
];
const image = tf.randomNormal<tf.Rank.R4>([1, 28, 28, 128], 0, 1, 'float32', 6);
const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 128, 128], 0, 0.05, 'float32', 7);
const attention = () => tf.matMul(queries, keys, false, true);
const convolution = () => tf.conv2d(image, filter, 1, 'same');
for (const [name, work] of Object.entries({ attention, convolution })) {
  const times = await interleave(
    { stock: () => stock(work).dispose(), ours: () => work().dispose() },
    { seed: 1, warmUpMs: 1000, timeMs: 1000 },
  );
  const [before, after] = [times.stock.median, times.ours.median];
  console.log(
    `${name}: ${before.toFixed(2)} ms, then ${after.toFixed(2)} ms, ${(before / after).toFixed(1)} times as fast`,
  );
}

// %% [markdown]
// ## 3. Winograd's algorithm
//
// That convolution was done with a quarter of the multiplications, by way of sums and differences of its inputs. These
// round, too, and are multiplied by up to 8, so that the result is off by more than that of the definition: in the
// fifth or sixth digit of the largest values. `setWinograd(false)` computes by definition.

// %%
const fast = convolution();
setWinograd(false);
const byDefinition = convolution();
setWinograd(true);
const largest = tf.tidy(() => tf.max(tf.abs(fast)).dataSync()[0] ?? NaN);
console.log(
  `values up to ${largest.toFixed(1)}, largest difference ${apart(fast, byDefinition).toExponential(1)}`,
);
assert.ok(apart(fast, byDefinition) < 1e-4 * largest);

// %% [markdown]
// ## 4. Training
//
// A small convolutional network learns to tell upright from lying bars. Without the import the first step fails with
// "Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'".

// %%
const SIZE = 12;
const EXAMPLES = 64;
const bars = tf.tidy(() =>
  tf.stack(
    Array.from({ length: EXAMPLES }, (_, i) => {
      const at = 1 + (i % (SIZE - 2));
      const bar = tf.oneHot(tf.fill([SIZE], at, 'int32'), SIZE).toFloat();
      return (i % 2 === 0 ? bar : tf.transpose(bar)).expandDims(2);
    }),
  ),
) as tf.Tensor4D;
const labels = tf.tidy(() => tf.oneHot(tf.range(0, EXAMPLES, 1, 'int32').mod(tf.scalar(2, 'int32')), 2));
const network = tf.sequential({
  layers: [
    tf.layers.conv2d({
      filters: 8,
      kernelSize: 3,
      activation: 'relu',
      inputShape: [SIZE, SIZE, 1],
      kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
    }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.heNormal({ seed: 2 }) }),
  ],
});
const optimizer = tf.train.adam(0.01);
const loss = () =>
  tf.tidy(() =>
    tf.losses.softmaxCrossEntropy(labels, network.apply(bars, { training: true }) as tf.Tensor).asScalar(),
  );
const losses: number[] = [];
for (let step = 0; step < 40; step++) {
  const value = optimizer.minimize(loss, true) as tf.Scalar;
  losses.push((await value.data())[0] ?? NaN);
  value.dispose();
}
const [first, last] = [losses[0] ?? NaN, losses.at(-1) ?? NaN];
console.log(`loss ${first.toFixed(3)} before, ${last.toFixed(3)} after ${losses.length} steps`);
assert.ok(last < first / 10);

// %%
network.dispose();
optimizer.dispose();
tf.dispose([
  x,
  kernel,
  bias,
  apartly,
  wrong,
  right,
  queries,
  keys,
  image,
  filter,
  fast,
  byDefinition,
  bars,
  labels,
]);
