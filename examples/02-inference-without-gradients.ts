// %% [markdown]
// # Inference without gradient bookkeeping
//
// Training needs the values inside a network: the gradient of a layer is computed from what went into it.
// So while gradients are recorded, TensorFlow.js keeps every activation until the backward pass is done.
// Inference needs none of them: each can be dropped as soon as the last operation that reads it has run.
//
// PyTorch has `torch.inference_mode()` for this. Here it is what `model.run` does anyway; this notebook
// shows it, by counting what TensorFlow.js holds:
//
// 1. a network, run once as it is and once with gradients recorded;
// 2. what happens to both as the batch grows;
// 3. what that means for time;
// 4. how to be sure that your own program holds on to nothing.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { backend, inferenceMemory, interleave, traceLayersModel } from '@tfjs-optimize/core';

await backend.use('auto');
console.log(backend.describe());

// %% [markdown]
// ## 1. A network and what it holds
//
// Six convolutions with batch norm and ReLU on images of 64 × 64, the weights drawn by seed.

// %%
const input = tf.input({ shape: [64, 64, 3], name: 'image' });
let x = input;
for (let i = 0; i < 6; i++) {
  const conv = tf.layers.conv2d({
    filters: 16,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    kernelInitializer: tf.initializers.heNormal({ seed: i }),
    name: `conv${i}`,
  });
  x = tf.layers.batchNormalization({ name: `norm${i}` }).apply(conv.apply(x)) as tf.SymbolicTensor;
  x = tf.layers.reLU({ name: `relu${i}` }).apply(x) as tf.SymbolicTensor;
}
x = tf.layers
  .globalAveragePooling2d({ dataFormat: 'channelsLast', name: 'pool' })
  .apply(x) as tf.SymbolicTensor;
const net = tf.model({ inputs: input, outputs: x });
const model = traceLayersModel(net);

// %% [markdown]
// `inferenceMemory` runs the model twice. The first run is `model.run` as it is; what it holds afterwards
// are its outputs and nothing else. The second run is inside TensorFlow.js' gradient tape; what it holds
// are the activations that a backward pass would read. Its weights are counted apart: both runs share them.

// %%
const size = (bytes: number) => (bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`);
const image = tf.randomUniform([1, 64, 64, 3], 0, 1, 'float32', 1);
const found = inferenceMemory(model, image);
console.log(`weights         ${found.weights.tensors} tensors, ${size(found.weights.bytes)}`);
console.log(`outputs         ${found.outputs.tensors} tensor, ${size(found.outputs.bytes)}`);
console.log(`held, plain     ${found.plain.tensors} tensor, ${size(found.plain.bytes)}`);
console.log(`held, with tape ${found.withTape.tensors} tensors, ${size(found.withTape.bytes)}`);
assert.deepEqual(found.plain, found.outputs, 'a plain run holds its outputs and nothing else');
assert.ok(found.withTape.bytes > 100 * found.plain.bytes);

// %% [markdown]
// ## 2. Larger batches
//
// What the tape holds grows with the batch. What a plain run holds is its outputs, here 16 numbers an image.

// %%
for (const batch of [1, 4, 16]) {
  const images = tf.randomUniform([batch, 64, 64, 3], 0, 1, 'float32', 1);
  const { plain, withTape } = inferenceMemory(model, images);
  images.dispose();
  const times = Math.round(withTape.bytes / plain.bytes).toLocaleString('en');
  console.log(
    `batch ${String(batch).padStart(2)}: plain ${size(plain.bytes)}, with tape ${size(withTape.bytes)} (${times} times as much)`,
  );
  assert.equal(plain.bytes, batch * 16 * 4);
}

// %% [markdown]
// ## 3. Time
//
// Keeping values costs memory rather than time: the same kernels run. The two are timed interleaved, round by
// round, so that whatever the machine does meanwhile falls on both. The tape's part is its forward pass with
// the bookkeeping, as in training.

// %%
function forwardWithTape(): number {
  const { value, grads } = tf.variableGrads(
    () => tf.mul<tf.Scalar>(tf.sum(model.run(image)[0] as tf.Tensor), tf.cast(unused, 'float32')),
    [unused],
  );
  const sum = value.dataSync()[0] ?? Number.NaN;
  tf.dispose([value, grads]);
  return sum;
}
const unused = tf.variable(tf.scalar(1));
const times = await interleave(
  {
    plain: () => tf.tidy(() => void model.run(image)[0]?.dataSync()),
    'with tape': forwardWithTape,
  },
  { seed: 1, warmUpMs: 1000, timeMs: 1000 },
);
for (const [name, { median, low, high }] of Object.entries(times)) {
  console.log(
    `${name.padEnd(9)} ${median.toFixed(2)} ms (10 % to 90 %: ${low.toFixed(2)} to ${high.toFixed(2)})`,
  );
}

// %% [markdown]
// ## 4. In your own program
//
// `model.run` returns tensors that are yours: dispose of them, or run inside `tf.tidy`. The model keeps its
// weights on the backend until `model.dispose()`. Everything else is gone when `run` returns, which
// `tf.memory()` confirms over a hundred runs.

// %%
const before = tf.memory();
for (let i = 0; i < 100; i++) tf.dispose(model.run(image));
const after = tf.memory();
console.log(
  `after 100 runs: ${after.numTensors - before.numTensors} tensors more, ${after.numBytes - before.numBytes} bytes more`,
);
assert.equal(after.numTensors, before.numTensors);
assert.equal(after.numBytes, before.numBytes);

// %%
model.dispose();
net.dispose();
tf.dispose([image, unused]);
