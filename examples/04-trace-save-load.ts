// %% [markdown]
// # Trace, save and load a compiled graph
//
// A layers model describes itself layer by layer: each call walks through JavaScript objects that check
// shapes, look up weights and decide what to do. A *graph* is what remains when all of that is done once:
// a list of operations with their constants. This notebook
//
// 1. builds a small image network as a layers model,
// 2. traces it into a graph and looks at it,
// 3. runs it at batch sizes that tracing never saw,
// 4. saves it and loads it with stock TensorFlow.js, which knows nothing of this project,
// 5. traces a plain function, with its preprocessing and postprocessing, into one graph,
// 6. shows what cannot be traced, and what is said about it.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  fileHandler,
  interleave,
  isOptimizeError,
  loadModel,
  printGraph,
  saveModel,
  traceFunction,
  traceLayersModel,
} from '@tfjs-optimize/core';

await backend.use('auto');
console.log(`backend: ${backend.report()?.name}`);

// %% [markdown]
// ## 1. A network
//
// Two convolutions, pooling and a classifier, with weights drawn by seed. The height and width of the
// input are left open: such a network takes images of any size.

// %%
const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
const net = tf.sequential({
  name: 'tiny',
  layers: [
    tf.layers.conv2d({
      inputShape: [null, null, 3],
      filters: 8,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: seeded(1),
      name: 'conv1',
    }),
    tf.layers.maxPooling2d({ poolSize: 2, name: 'pool1' }),
    tf.layers.conv2d({
      filters: 16,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: seeded(2),
      name: 'conv2',
    }),
    tf.layers.globalAveragePooling2d({ name: 'pool2' }),
    tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: seeded(3), name: 'classes' }),
  ],
});

// %% [markdown]
// ## 2. Trace it
//
// Tracing calls the model on tensors that have a shape and no values, and writes down the kernels it
// calls. Nothing is computed. Unknown sizes (`null` above, and the batch) stay unknown: the model is
// traced at several sizes, and numbers that change between them become operations.
//
// Below, every line is one operation: its name, what it does, and what it reads. Constants have the names
// of the layers' weights.

// %%
const graph = traceLayersModel(net);
console.log(printGraph(graph.graph));

// %% [markdown]
// ## 3. Run it at sizes that tracing never saw
//
// The graph makes the same kernel calls as the layers model, so on the same backend the results are not
// merely close: they are the same numbers.

// %%
function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? Number.NaN);
}

for (const shape of [
  [1, 32, 32, 3],
  [7, 32, 32, 3],
  [2, 45, 61, 3],
]) {
  const difference = tf.tidy(() => {
    const images = tf.randomUniform(shape, 0, 1, 'float32', 5);
    const [ours] = graph.run(images);
    return largestDifference(net.predict(images) as tf.Tensor, ours as tf.Tensor);
  });
  console.log(`images of ${shape.join(' × ')}: largest difference ${difference}`);
  assert.equal(difference, 0);
}

// %% [markdown]
// ## 4. Save it, and load it with stock TensorFlow.js
//
// `saveModel` writes a folder with `model.json` and the weights in TensorFlow.js' own graph format. Anything
// that calls `tf.loadGraphModel` can load it; a page would use the URL of its `model.json`. In Node,
// `fileHandler` lets TensorFlow.js read files on every backend.

// %%
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'tfjs-optimize-example-'));
const saved = await saveModel(graph, path.join(folder, 'tiny'));
for (const file of saved.files) console.log(`${file.path}: ${file.bytes} bytes`);

const stock = await tf.loadGraphModel(fileHandler(path.join(folder, 'tiny')));
const images = tf.randomUniform([4, 32, 32, 3], 0, 1, 'float32', 6);
const expected = net.predict(images) as tf.Tensor;
const loaded = stock.predict(images) as tf.Tensor;
console.log(`loaded by stock TensorFlow.js: largest difference ${largestDifference(expected, loaded)}`);
assert.equal(largestDifference(expected, loaded), 0);

// %% [markdown]
// Reading it back gives the same model, byte for byte the same when it is saved again.

// %%
const again = await loadModel(path.join(folder, 'tiny'));
await saveModel(again, path.join(folder, 'again'));
for (const { path: name } of saved.files) {
  const [first, second] = await Promise.all(
    ['tiny', 'again'].map((each) => fs.readFile(path.join(folder, each, name))),
  );
  assert.ok(first?.equals(second ?? new Uint8Array()), `${name} is the same file`);
}
console.log('saved again: the same bytes');

// %% [markdown]
// What does the graph save? The arithmetic is the same, so the difference is what the layers did around it.
// It counts for small networks and small inputs, and hardly for large ones.

// %%
const one = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 7);
const times = await interleave(
  {
    layers: () => tf.tidy(() => void (net.predict(one) as tf.Tensor).dataSync()),
    graph: () => tf.tidy(() => void graph.run(one)[0]?.dataSync()),
  },
  { seed: 1, warmUpMs: 1000, timeMs: 1000 },
);
for (const side of ['layers', 'graph'] as const) {
  const { median, low, high } = times[side];
  console.log(`${side}: ${median.toFixed(3)} ms (10 % to 90 %: ${low.toFixed(3)} to ${high.toFixed(3)})`);
}

// %% [markdown]
// ## 5. Trace a function
//
// Any synchronous function over tensors can be traced. Here the graph takes raw pixels from 0 to 255 and
// gives the three best classes, so that a page needs no code around it. The sample says shape and type;
// `dynamic` names the dimensions that stay open. Samples given by name arrive as one object, and results
// returned by name keep their names.

// %%
function classify({ pixels }: { pixels: tf.Tensor }): Record<string, tf.Tensor> {
  const image = tf.div<tf.Tensor4D>(tf.cast(pixels, 'float32'), 255);
  const resized = tf.image.resizeBilinear(image, [32, 32]);
  const { values, indices } = tf.topk(net.apply(resized) as tf.Tensor, 3);
  return { probability: values, class: indices };
}

const classifier = traceFunction(
  classify,
  { pixels: { shape: [1, 64, 48, 3], dtype: 'int32' } },
  { dynamic: { pixels: [0] } },
);
const ops = [...classifier.graph].map(({ op }) => op).filter((op) => op !== 'Const');
console.log(`one graph: ${ops.join(' → ')}`);

tf.tidy(() => {
  const pixels = tf.randomUniform([3, 64, 48, 3], 0, 255, 'int32', 8);
  const direct = classify({ pixels });
  const [probability, best] = classifier.run({ pixels });
  console.log('best classes of three images:', (best as tf.Tensor).arraySync());
  assert.equal(largestDifference(direct['probability'] as tf.Tensor, probability as tf.Tensor), 0);
  assert.equal(largestDifference(direct['class'] as tf.Tensor, best as tf.Tensor), 0);
});

// %% [markdown]
// ## 6. What cannot be traced
//
// A graph has no JavaScript in it. A function that reads a value back and decides by it has no graph, and
// tracing says so, instead of freezing whichever way it went with the sample.

// %%
function onlyBright(pixels: tf.Tensor): tf.Tensor {
  const brightness = tf.mean(pixels).dataSync()[0] ?? 0;
  return brightness > 0.5 ? pixels : tf.zerosLike(pixels);
}

try {
  traceFunction(onlyBright, { shape: [1, 8, 8, 3] });
  assert.fail('it should have been refused');
} catch (error) {
  assert.ok(isOptimizeError(error));
  console.log(`${error.code}: ${error.message}`);
  assert.equal(error.code, 'trace/data-dependent');
}

// %%
graph.dispose();
classifier.dispose();
stock.dispose();
net.dispose();
tf.dispose([images, expected, loaded, one]);
await fs.rm(folder, { recursive: true });
