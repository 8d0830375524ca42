// %% [markdown]
// # GPU acceleration
//
// TensorFlow.js computes on *backends*. On the processor: plain JavaScript (`cpu`), WebAssembly (`wasm`) and, in
// Node, TensorFlow's own library (`tfjs-node`). On a graphics processor: TensorFlow with CUDA on NVIDIA cards
// (`tfjs-node-gpu`), WebGPU (`webgpu`, in browsers and in Node) and WebGL in browsers (`webgl`). The same model runs
// on all of them, at speeds that lie far apart. This notebook goes from the processor to a GPU, if there is one:
//
// 1. it looks for a GPU, and says why none is used where that is so,
// 2. runs one network on every backend that is there,
// 3. shows how the gap depends on the size of the work, by batch and by matrix,
// 4. looks at outputs: they are close, not equal,
// 5. shows what to do when a GPU runs out of memory or is taken away,
// 6. says what else counts when choosing.
//
// It runs without a GPU, too; then it compares what there is.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { backendsText, compareBackends, describeMachine, machineText } from '@tfjs-optimize/benchmark';
import { backend, deviceText, isOptimizeError, traceLayersModel } from '@tfjs-optimize/core';

// %% [markdown]
// ## 1. Is there a GPU?
//
// `backend.use('auto')` takes the first that starts of tfjs-node-gpu, webgpu, tfjs-node, wasm and cpu, and keeps why
// it did not take the ones before. Two packages bring a GPU to Node:
//
// - `@tensorflow/tfjs-node-gpu`, for an NVIDIA card with CUDA 11.2 and cuDNN 8.1;
// - `webgpu` together with `@tensorflow/tfjs-backend-webgpu`, for any GPU with a driver for Vulkan (Linux), Metal
//   (macOS) or Direct3D 12 (Windows). It needs no CUDA.
//
// WebGPU also runs on *software adapters*, which compute on the processor what a GPU would: right, and slow. `'auto'`
// never takes one, and by name it is told as what it is. Chromium brings one, SwiftShader, and Vulkan's loader: where
// Debian's is installed, `LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json`
// before the command lets this notebook show `webgpu`.

// %%
// What TensorFlow says of its build is left out.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
const chosen = await backend.use('auto');
console.log(backend.describe());
console.log(
  chosen.gpu
    ? `A GPU is used: ${chosen.device === undefined ? 'its name is not known' : deviceText(chosen.device)}.`
    : 'No GPU is used, for the reasons above. What follows runs on the processor.',
);
console.log(machineText(await describeMachine()));

// %% [markdown]
// ## 2. One network on every backend
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
// What is listed below the table was tried and is not there. The code stays as it is where it is.
//
// ## 3. Small and large work
//
// A fast backend has a price for each call: data are copied to it and back, kernels are started. Large work hides
// that price, small work is nothing else. So the order of backends may turn around. First the network above, at
// batches of 1 and 16: the larger batch usually costs a GPU much less for each image. Then a product
// of 8 numbers by an 8 × 8 matrix, and one of 128 × 512 by 512 × 512. Software adapters are left out: they are slow
// throughout.

// %%
const gpus = found.trials.filter(({ gpu, outcome }) => gpu && outcome === 'measured').map(({ name }) => name);
const backends = (['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm', 'cpu'] as const).filter((name) =>
  found.trials.some(
    (each) => each.name === name && each.outcome === 'measured' && (each.gpu || name !== 'webgpu'),
  ),
);
const short = { warmUpMs: 100, maxWarmUpMs: 400, timeMs: 200, backends };
for (const batch of [1, 16]) {
  const images = tf.randomUniform([batch, 32, 32, 3], 0, 1, 'float32', 4);
  const { comparison } = await compareBackends(model, images, short);
  const times = comparison.measurements.map(
    ({ name, latency }) => `${name} ${(latency.p50 / batch).toFixed(3)} ms`,
  );
  console.log(`an image, ${batch} at a time: ${times.join(', ')}`);
  images.dispose();
}
for (const [rows, size] of [
  [1, 8],
  [128, 512],
] as const) {
  const matrix = tf.randomUniform([size, size], -1, 1, 'float32', 5);
  const x = tf.randomUniform([rows, size], -1, 1, 'float32', 6);
  const product = ([a, b]: tf.Tensor[]) => tf.matMul(a as tf.Tensor, b as tf.Tensor);
  const { comparison } = await compareBackends(product, [x, matrix], short);
  const times = comparison.measurements.map(({ name, latency }) => {
    const gigaflops = (2 * rows * size * size) / latency.p50 / 1e6;
    return `${name} ${latency.p50.toFixed(4)} ms (${gigaflops.toPrecision(2)} GFLOP/s)`;
  });
  console.log(`${rows} × ${size} by ${size} × ${size}: ${times.join(', ')}`);
  tf.dispose([matrix, x]);
}

// %% [markdown]
// ## 4. Are the outputs the same?
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
// ## 5. When a GPU runs out of memory, or is taken away
//
// Both happen to programs that are right. A batch may be too large for the card; a driver may be updated, crash or
// reset a card that took too long. Runs and reads then fail with `backend/memory`, which tells how much was asked
// for, or `backend/lost`; WebGPU by itself would give zeros. `backend.onLost` tells of a loss at once, and
// `backend.use('webgpu')` starts a new device, to which models bring their weights by themselves. A program that
// is to go on could do this:

// %%
const stop = backend.onLost(({ reason }) => console.log(`the GPU was lost: ${reason}`));

/**
 * Answers to images, in batches that are halved where memory is short, and again on a new device where one was lost.
 * Pixels stay in JavaScript: what was on a lost device is gone with it.
 */
async function answersTo(pixels: Float32Array, count: number, batch: number): Promise<Float32Array[]> {
  const size = pixels.length / count;
  const answers: Float32Array[] = [];
  let losses = 0;
  for (let at = 0; at < count;) {
    const next = Math.min(at + batch, count);
    const images = tf.tensor4d(pixels.subarray(at * size, next * size), [next - at, 32, 32, 3]);
    try {
      const [output] = await model.runAsync(images);
      answers.push((await output?.data()) as Float32Array);
      output?.dispose();
      at = next;
    } catch (error) {
      const code = isOptimizeError(error) ? error.code : undefined;
      if (code === 'backend/memory' && batch > 1) batch = Math.ceil(batch / 2);
      else if (code !== 'backend/lost' || ++losses > 3) throw error;
      if (chosen.name === 'webgpu') await backend.use('webgpu');
    } finally {
      images.dispose();
    }
  }
  return answers;
}

const answers = await answersTo(new Float32Array(6 * 32 * 32 * 3), 6, 4);
assert.deepEqual(
  answers.map(({ length }) => length / (32 * 32 * 16)),
  [4, 2],
);
stop();

// %% [markdown]
// ## 6. What else counts
//
// - *Reading values.* On webgpu in Node values can only be awaited (`await tensor.data()`): `dataSync()` fails with
//   `backend/sync-read`, and so does a model with ops that read values while they run.
// - *The first call.* A page that runs a model once may be done on wasm before WebGL has compiled its shaders.
// - *What is already there.* Pixels of a canvas are on the graphics processor; numbers of a file are not.
// - *The rest of the page.* wasm computes on the thread that calls it, and a busy thread does not scroll. A
//   graphics processor leaves it free.
// - *Half precision.* `backend.report().device.features` lists `shader-f16` where a GPU has it; TensorFlow.js' kernels
//   do not use it.
// - *Other machines.* Yours is probably not what your users have. Measure there, or on the weakest you can find.

// %%
console.log(
  gpus.length === 0
    ? 'no GPU was measured here; section 1 says why'
    : `measured on a GPU: ${gpus.join(', ')}`,
);
model.dispose();
net.dispose();
image.dispose();
