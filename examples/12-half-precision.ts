// %% [markdown]
// # Half-precision inference
//
// A float16 has 11 bits of precision and goes up to 65,504; a bfloat16 has 8 bits and the reach of a float32. Weights kept
// in either take half the file. Computing in either is something else: TensorFlow.js does not on any backend, TensorFlow
// itself does, and whether that is faster is a matter of the processor.
//
// This notebook
//
// 1. makes a network of 1000, 500 and 10 units, for 64 inputs at once,
// 2. holds float16 against float32 on each backend that is there: size, difference, latency, and a verdict,
// 3. does the same for bfloat16,
// 4. shows what is computed in which precision,
// 5. finds what would overflow, and keeps it in float32,
// 6. writes files that load without any of this.
//
// Sessions of TensorFlow are measured where `@tensorflow/tfjs-node` is installed; all else runs without.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { backend, fileHandler, GraphBuilder, traceLayersModel, Weight } from '@tfjs-optimize/core';
import { bfloat16, explainPrecision, float16, saveSavedModel } from '@tfjs-optimize/native';
import { quantizeWeights } from '@tfjs-optimize/quantization';
import { packed } from '@tfjs-optimize/runtime';

// What TensorFlow says of its build is left out.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. A network
//
// Random weights: it is about bytes and time, not about what it says.

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
// ## 2. float16
//
// Storage: weights are cast to float32 when they are loaded, so that a call takes what it took. Computation: products in
// float16, in a session of TensorFlow. Each pair is timed by turns. Processors without arithmetic of float16 convert every
// number to and fro.

// %%
const timing = { warmUpMs: 400, maxWarmUpMs: 800, timeMs: 400, minRounds: 5 };
const half = await float16(model, inputs, { calibration: [inputs], timing });
console.log(half.text());

assert.ok(half.savedModel.storage < 0.52 * half.savedModel.float32);
assert.ok(half.savedModel.computation < 0.52 * half.savedModel.float32);
assert.ok(half.web.storage < 0.52 * half.web.float32);
for (const { difference } of half.rows)
  assert.ok(difference.relative < 0.02 && difference.incomparable === 0);

// %% [markdown]
// ## 3. bfloat16
//
// Fewer digits, no overflow. Newer processors have products of it (AVX512-BF16, AMX); on others TensorFlow imitates them.

// %%
const brain = await bfloat16(model, inputs, { backends: ['tfjs-node'], timing });
console.log(brain.text());

assert.ok(brain.savedModel.storage < 0.52 * brain.savedModel.float32);

// %% [markdown]
// ## 4. What is computed in which precision
//
// Inputs, outputs and the softmax stay float32. Every Cast stands in the graph, and this table says why where.

// %%
console.log(half.precision.text());
const inHalf = half.precision.nodes.filter(({ precision }) => precision === 'float16');
assert.deepEqual(
  inHalf.map(({ op }) => op),
  ['MatMul', 'BiasAdd', 'Relu', 'MatMul'],
);

// %% [markdown]
// ## 5. Too large for float16
//
// A weight beyond 65,504 would become infinite. It is not stored so: it stays float32, and a warning names it.

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
console.log((await explainPrecision(large, { precision: 'float16-storage' })).text());

// %% [markdown]
// Values that a model makes can be, too. Calibration runs it in float32 on a few batches and finds them.

// %%
const b = new GraphBuilder();
const loud = b.op('Mul', [b.input('x', [-1, 2]), b.constant('volume', 1000)], {}, 'loud');
const matrix = b.constant('matrix', [3, 1, 1, 3], [2, 2]);
const sum = b.op('MatMul', [loud, matrix], { transpose_a: false, transpose_b: false }, 'sum');
b.output(b.op('Mul', [sum, b.constant('quiet', 1e-5)]), 'y');
const calibration = [tf.tensor([[1, 2]]), tf.tensor([[30, 20]])];
const explained = await explainPrecision(b.build(), { precision: 'float16', calibration });
console.log(explained.text());
assert.ok(explained.nodes.every(({ precision }) => precision === 'float32'));
tf.dispose(calibration);

// %% [markdown]
// ## 6. Files
//
// float16 files load in stock TensorFlow.js, and bfloat16 ones with one line changed, `packed()` of
// `@tfjs-optimize/runtime`. SavedModels need nothing of this package to load.

// %%
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'half-precision-'));
for (const scheme of ['float16', 'bfloat16'] as const) {
  const stored = await quantizeWeights(model, { scheme });
  await stored.model.save(path.join(folder, scheme));
}
await tf.loadGraphModel(fileHandler(path.join(folder, 'float16')));
await tf.loadGraphModel(packed(path.join(folder, 'bfloat16/')));
await assert.rejects(tf.loadGraphModel(fileHandler(path.join(folder, 'bfloat16'))), (error: Error) => {
  console.log(`TensorFlow.js alone: ${error.message}`);
  return error.message.includes('@tfjs-optimize/runtime');
});
const { bytes } = await saveSavedModel(model, path.join(folder, 'saved'), { precision: 'float16-storage' });
console.log(`SavedModel with weights in float16: ${bytes} bytes`);
assert.equal(bytes, half.savedModel.storage);
await fs.rm(folder, { recursive: true });
