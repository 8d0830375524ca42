// %% [markdown]
// # CPU against GPU
//
// TensorFlow.js computes on *backends*: plain JavaScript (`cpu`), WebAssembly (`wasm`), TensorFlow's own library
// for Node on processors (`tfjs-node`) or on NVIDIA cards (`tfjs-node-gpu`), and on the graphics processor of a
// browser (`webgl`, `webgpu`). The same model runs on all of them, at speeds that lie far apart. This notebook
//
// 1. runs one network on every backend that is installed here, and says why others are not there,
// 2. shows how the gap depends on the size of the work,
// 3. looks at outputs: they are close, not equal,
// 4. says what else counts when choosing.
//
// It runs without a GPU, too; then it compares what there is.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { backendsText, compareBackends, describeMachine, machineText } from '@tfjs-optimize/benchmark';
import { backend, traceLayersModel } from '@tfjs-optimize/core';

await backend.use('auto');
console.log(machineText(await describeMachine()));

// %% [markdown]
// ## 1. One network on every backend
//
// Three convolutions on an image of 32 × 32, weights drawn by seed. `compareBackends` tries each backend. Those
// that run take turns, so that a busy machine is busy for all, and after each change one call goes by untimed.
// A graphics processor answers before it has computed anything; each call is therefore timed until its values
// have been read.

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
const net = tf.sequential({ layers: [conv(16, 1, { inputShape: [32, 32, 3] }), conv(16, 2), conv(16, 3)] });
const model = traceLayersModel(net);
const image = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 4);

const before = tf.getBackend();
const options = { warmUpMs: 300, maxWarmUpMs: 1000, timeMs: 500 };
const found = await compareBackends(model, image, options);
console.log(backendsText(found));
assert.equal(tf.getBackend(), before, 'the backend that was in use is in use again');
assert.ok(found.comparison.measurements.length >= 2);

// %% [markdown]
// How to read it: *latency* is the median of a call when all is warm; *first call* is what came before, with
// weights brought to the backend and, on graphics processors, shaders compiled, which can take seconds;
// *speed-up* is held against the first line, with its 95 % interval.
//
// What is listed below the table was tried and is not there. To measure a GPU from Node, install
// `@tensorflow/tfjs-node-gpu` on a machine with an NVIDIA card and CUDA; in a browser `webgl` needs nothing, and
// `webgpu` the package `@tensorflow/tfjs-backend-webgpu`. The code stays as it is.
//
// ## 2. Small and large work
//
// A fast backend has a price for each call: data are copied to it and back, kernels are started. Large work hides
// that price, small work is nothing else. So the order of backends may turn around: here with a product of 8 numbers
// by an 8 × 8 matrix, and one of 128 × 512 by 512 × 512. A graphics processor, with its higher price and its higher
// rate, is usually further apart from the others in both directions.

// %%
const present = found.comparison.measurements.map(({ name }) => name);
const backends = (['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'webgl', 'wasm', 'cpu'] as const).filter((name) =>
  present.includes(name),
);
for (const [rows, size] of [
  [1, 8],
  [128, 512],
] as const) {
  const matrix = tf.randomUniform([size, size], -1, 1, 'float32', 5);
  const x = tf.randomUniform([rows, size], -1, 1, 'float32', 6);
  const product = ([a, b]: tf.Tensor[]) => tf.matMul(a as tf.Tensor, b as tf.Tensor);
  const { comparison } = await compareBackends(product, [x, matrix], { ...options, backends });
  const times = comparison.measurements.map(({ name, latency }) => {
    const gigaflops = (2 * rows * size * size) / latency.p50 / 1e6;
    return `${name} ${latency.p50.toFixed(4)} ms (${gigaflops.toPrecision(2)} GFLOP/s)`;
  });
  console.log(`${rows} × ${size} by ${size} × ${size}: ${times.join(', ')}`);
  tf.dispose([matrix, x]);
}

// %% [markdown]
// ## 3. Are the outputs the same?
//
// Close, not equal. float32 sums depend on their order, and each backend has its own. Some graphics processors
// compute with 16 bits, which shows in the third digit. What matters is whether decisions stay the same: compare
// classes, not digits, and do so on real data before shipping (`evaluate` with `agreement` does it).

// %%
for (const { name, difference } of found.comparison.against) {
  console.log(
    `${name}: largest difference ${difference?.max.toExponential(1)}, ${difference?.relative.toExponential(1)} of the largest value`,
  );
  // 16-bit floats have 11 significant bits; three convolutions add up.
  assert.ok((difference?.relative ?? 1) < 3 * 2 ** -9);
}

// %% [markdown]
// ## 4. What else counts
//
// - *The first call.* A page that runs a model once may be done on wasm before WebGL has compiled its shaders.
// - *What is already there.* Pixels of a canvas are on the graphics processor; numbers of a file are not.
// - *The rest of the page.* wasm computes on the thread that calls it, and a busy thread does not scroll. A
//   graphics processor leaves it free.
// - *Other machines.* Yours is probably not what your users have. Measure there, or on the weakest you can find.

// %%
model.dispose();
net.dispose();
image.dispose();
