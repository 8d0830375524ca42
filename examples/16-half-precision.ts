// %% [markdown]
// # Half precision
//
// A float16 has 11 bits of precision and goes up to 65,504; a bfloat16 has 8 bits and the reach of a float32. Weights kept
// in either take half the file. TensorFlow.js computes in float32 on every backend, so that this is about storage:
// downloads are halved, memory and time are not.
//
// This notebook
//
// 1. makes a network of 1000, 500 and 10 units,
// 2. stores its weights in halves, and looks at sizes and differences,
// 3. times it against float32, by turns,
// 4. shows what happens to a weight that is too large for float16.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { compare } from '@tfjs-optimize/benchmark';
import { backend, bytesText, fileHandler, textTable, traceLayersModel, Weight } from '@tfjs-optimize/core';
import { quantizeWeights } from '@tfjs-optimize/quantization';
import { packed } from '@tfjs-optimize/runtime';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. A network
//
// Random weights, 64 inputs at once: it is about bytes and time, not about what it says.

// %%
const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
const layers = tf.sequential({
  layers: [
    tf.layers.dense({
      units: 500,
      activation: 'relu',
      inputShape: [1000],
      kernelInitializer: seeded(1),
      name: 'wide',
    }),
    tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: seeded(2), name: 'scores' }),
  ],
});
const model = traceLayersModel(layers);
const inputs = tf.randomUniform([64, 1000], -1, 1, 'float32', 3);

// %% [markdown]
// ## 2. Sizes and differences
//
// Float16 files load in stock TensorFlow.js. bfloat16 ones need `@tfjs-optimize/runtime`: one line changes.

// %%
const half = await quantizeWeights(model, { scheme: 'float16' });
const brain = await quantizeWeights(model, { scheme: 'bfloat16' });
const [exact] = model.run(inputs) as [tf.Tensor];
const differenceOf = async (result: typeof half): Promise<number> => {
  const [output] = result.model.run(inputs) as [tf.Tensor];
  return (await tf.max(tf.abs(tf.sub(output, exact))).data())[0] as number;
};
const differences = { float16: await differenceOf(half), bfloat16: await differenceOf(brain) };
console.log(
  textTable(
    [
      ['weights', 'files', 'largest difference of a probability'],
      ['float32', bytesText(half.before), '0'],
      ['float16', bytesText(half.after), differences.float16.toExponential(1)],
      ['bfloat16', bytesText(brain.after), differences.bfloat16.toExponential(1)],
    ],
    ['left', 'right', 'right'],
  ),
);
assert.ok(half.after < 0.52 * half.before);
assert.ok(differences.float16 < differences.bfloat16 && differences.bfloat16 < 0.01);

const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'half-precision-'));
await half.model.save(path.join(folder, 'float16'));
await brain.model.save(path.join(folder, 'bfloat16'));
await tf.loadGraphModel(fileHandler(path.join(folder, 'float16')));
await tf.loadGraphModel(packed(path.join(folder, 'bfloat16/')));
await assert.rejects(tf.loadGraphModel(fileHandler(path.join(folder, 'bfloat16'))), (error: Error) => {
  console.log(`TensorFlow.js alone: ${error.message}`);
  return error.message.includes('@tfjs-optimize/runtime');
});
await fs.rm(folder, { recursive: true });

// %% [markdown]
// ## 3. Time
//
// Weights become float32 when they are loaded, so that a call takes what it took. Who is told of a faster half on these
// backends should ask how it was measured.

// %%
const comparison = await compare({ float32: model, float16: half.model }, inputs, {
  differByDesign: true,
  timeMs: 600,
});
const [timed] = comparison.against;
assert.ok(timed);
const { value, low, high } = timed.speedup;
console.log(
  `float16 files: ${value.toFixed(3)} times as fast (${low.toFixed(3)} to ${high.toFixed(3)}): ${timed.verdict}`,
);

// %% [markdown]
// ## 4. Too large for float16
//
// What is beyond 65,504 would become infinite. It is not stored so: the weight stays float32, and a warning names it.

// %%
const kernel = model.weights.need('wide/kernel');
const values = Float32Array.from(kernel.numbers());
values[0] = 70_000;
const large = model.with({
  weights: model.weights.with(new Map([['wide/kernel', Weight.of(values, kernel.shape)]])),
});
const told = await quantizeWeights(large, { scheme: 'float16' });
console.log(told.text());
assert.equal(told.model.weights.need('wide/kernel').encoding.kind, 'plain');
