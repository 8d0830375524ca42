// %% [markdown]
// # ResNet-18, step by step
//
// An image classifier as one finds it, made faster one step at a time, with the four numbers of each step: latency of
// one image, images a second, size of the saved model, and how far its answers lie from those at the beginning.
//
// 1. the network, as a model of tf.layers,
// 2. traced: the same calls as a graph,
// 3. fused: batch norms folded, biases and activations in the kernels,
// 4. our kernels under it,
// 5. quantized to 8 bits, statically, in whole numbers throughout,
// 6. in batches,
// 7. on every backend that is there,
// 8. and how to do all of that with weights that were trained.
//
// So that it needs no download and takes no minutes, weights are drawn by seed and images are of 64 × 64 noise. Times
// do not depend on what a network knows; sizes neither. How many answers stay the same does: read the differences here
// as those of a network that knows nothing, which has no clear favourites.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { backendsText, compareBackends, sweepBatches, sweepText } from '@tfjs-optimize/benchmark';
import {
  backend,
  bytesText,
  interleave,
  optimize,
  Random,
  savedBytes,
  textTable,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { newWeights, preprocess, resnet, topClasses, visionLayers, visionModel } from '@tfjs-optimize/models';
import { quantizeStatic } from '@tfjs-optimize/quantization';
import { setEnabled } from '@tfjs-optimize/wasm';
import '@tfjs-optimize/wasm/integer';

await backend.use('wasm');
setEnabled(false); // our kernels come in step 4

// %% [markdown]
// ## 1. The network
//
// `resnet(18)` is the network without its weights: 41 convolutions, batch norms and linear layers by PyTorch's names.
// `visionLayers` makes it a model of tf.layers, `visionModel` a graph; both compute the same.
//
// `preprocess` makes images ready as torchvision does: shorter side, square in the middle, mean and deviation of
// ImageNet.

// %%
const SIZE = 64;
const net = resnet(18);
const weights = newWeights(net, { seed: 1 });
const layers = visionLayers(net, weights, { imageSize: [SIZE, SIZE] });

const random = Random.of(2);
function photos(count: number): tf.Tensor4D {
  const pixels = Float32Array.from({ length: count * 80 * 80 * 3 }, () => random.integer(256));
  const raw = tf.tensor4d(pixels, [count, 80, 80, 3]);
  const ready = preprocess(raw, { size: SIZE });
  raw.dispose();
  return ready;
}
const image = photos(1);
const many = photos(8);
console.log(`${net.name}: ${net.tensors.size} tensors, ${layers.countParams().toLocaleString('en')} numbers`);

// %% [markdown]
// ## 2 and 3. Traced and fused
//
// The trace makes the same kernel calls: its answers are equal to the last bit. Fusing changes them by rounding.

// %%
const traced = traceLayersModel(layers);
const { model: fused } = await optimize(traced, inference());
console.log(`${traced.graph.size} nodes traced, ${fused.graph.size} fused`);

// %% [markdown]
// ## 4 and 5. Our kernels, and 8 bits
//
// The kernels of `@tfjs-optimize/wasm` run under any model. `quantizeStatic` measures the range of every activation on
// some images (use real ones) and makes an integer graph; `@tfjs-optimize/wasm/integer` has its kernels.

// %%
const { model: integer } = await quantizeStatic(fused, { data: many });

// %% [markdown]
// All sides take turns, so that a busy machine is busy for all.

// %%
const answer = (model: Model | tf.LayersModel): Float32Array =>
  tf.tidy(() => {
    const output = 'run' in model ? (model.run(image)[0] as tf.Tensor) : (model.predict(image) as tf.Tensor);
    return output.dataSync<'float32'>();
  });
const withKernels =
  <T>(work: () => T) =>
  (): T => {
    setEnabled(true);
    try {
      return work();
    } finally {
      setEnabled(false);
    }
  };
const steps = {
  'before (tf.layers)': { run: () => answer(layers), bytes: savedBytes(traced) },
  traced: { run: () => answer(traced), bytes: savedBytes(traced) },
  fused: { run: () => answer(fused), bytes: savedBytes(fused) },
  'our kernels': { run: withKernels(() => answer(fused)), bytes: savedBytes(fused) },
  'static int8': { run: withKernels(() => answer(integer)), bytes: savedBytes(integer) },
} as const;
type Step = keyof typeof steps;

const times = await interleave(
  Object.fromEntries(Object.entries(steps).map(([name, { run }]) => [name, () => void run()])) as Record<
    Step,
    () => void
  >,
  { seed: 1, warmUpMs: 1500, timeMs: 6000 },
);
const first = steps['before (tf.layers)'].run();
const largest = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const differences = new Map<string, number>();
const rows = [['step', 'ms', 'images/s', 'size', 'difference']];
for (const name of Object.keys(steps) as Step[]) {
  const { run, bytes } = steps[name];
  const difference = run().reduce((most, value, i) => Math.max(most, Math.abs(value - (first[i] ?? NaN))), 0);
  differences.set(name, difference / largest);
  const { median } = times[name];
  rows.push([
    name,
    median.toFixed(2),
    (1000 / median).toFixed(0),
    bytesText(bytes),
    (difference / largest).toExponential(1),
  ]);
}
console.log(textTable(rows, ['left', 'right', 'right', 'right', 'right']));
assert.equal(differences.get('traced'), 0);
// Relative to the largest logit: rounding for float32, steps of 1/256 in 21 layers for int8.
assert.ok((differences.get('fused') ?? 1) < 1e-4);
assert.ok((differences.get('static int8') ?? 1) < 21 / 256);
assert.ok(steps['static int8'].bytes < steps.fused.bytes / 3.5);

// %% [markdown]
// ResNet is nearly all convolution arithmetic: fusing alone gains little here. What batch norms cost is much more in
// MobileNets. Try `mobilenetV2()` in place of `resnet(18)`.
//
// ## 6. Batches
//
// A convolution keeps the processor busy with one image already, so a batch saves less than with small dense nets.

// %%
setEnabled(true);
console.log(sweepText(await sweepBatches(fused, many, { warmUpMs: 200, timeMs: 500, sizes: [1, 2, 4, 8] })));

// %% [markdown]
// ## 7. Backends
//
// The fused graph everywhere it runs. Plain `cpu` is left out: it takes seconds for an image.

// %%
const { trials, comparison } = await compareBackends(fused, image, {
  warmUpMs: 300,
  maxWarmUpMs: 2000,
  timeMs: 800,
  backends: ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm'],
});
console.log(backendsText({ trials, comparison }));

// %% [markdown]
// ## 8. With trained weights
//
// Weights come from safetensors files by the names of torchvision or timm, on disk or from a server, and are kept in a
// cache. This cell downloads nothing and is only shown:
//
//     const weights = await loadWeights('https://…/resnet18/model.safetensors', { sha256: '…' });
//     const model = visionModel(resnet(18), weights);
//     const [logits] = model.run(preprocess(photo));
//     console.log(await topClasses(logits, { labels }));
//
// The graph without the detour over tf.layers is the same network, and takes images of any size:

// %%
const direct = visionModel(net, weights);
const [logits] = direct.run(many) as [tf.Tensor];
const seen = await topClasses(logits, { count: 2 });
console.log(
  seen[0]?.map(({ index, probability }) => `class ${index}: ${(100 * probability).toFixed(1)} %`).join(', '),
);
assert.equal(seen.length, 8);

// %%
tf.dispose([image, many, logits]);
for (const each of [layers, traced, fused, integer, direct]) each.dispose();
