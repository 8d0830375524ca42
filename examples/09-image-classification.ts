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
// 5. pruned: half of its channels gone,
// 6. distilled: what is left is taught by what was there,
// 7. quantized to 8 bits, statically, in whole numbers throughout,
// 8. in batches,
// 9. on every backend that is there,
// 10. how to do that with weights that were trained,
// 11. a MobileNet that has such weights, on photos: what int8 costs in right answers.
//
// So that it needs no download and takes no minutes, weights are drawn by seed and images are of 64 × 64 noise. Times
// do not depend on what a network knows; sizes neither. How far answers move does: read the differences here as those of
// a network that knows nothing. The last part has one that knows.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  accuracy,
  backendsText,
  compareBackends,
  evaluate,
  sweepBatches,
  sweepText,
  topK,
} from '@tfjs-optimize/benchmark';
import {
  backend,
  bytesText,
  interleave,
  loadModel,
  optimize,
  Random,
  reestimateBatchNorm,
  savedBytes,
  textTable,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import { csv, imageFiles, loader, subset, type Dataset, type LoadedBatch } from '@tfjs-optimize/data';
import { distill } from '@tfjs-optimize/distillation';
import { inference } from '@tfjs-optimize/fusion';
import { newWeights, preprocess, resnet, topClasses, visionLayers, visionModel } from '@tfjs-optimize/models';
import { imagenetLabels } from '@tfjs-optimize/models/imagenet';
import { pruneChannels } from '@tfjs-optimize/pruning';
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
const [image, many, lessons] = [photos(1), photos(8), photos(48)];
await reestimateBatchNorm(layers, { inputs: lessons }); // what a training would have left of these images
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
// ## 4 and 5. Our kernels, and half of the channels
//
// The kernels of `@tfjs-optimize/wasm` run under any model; they are on from here, except where the table measures
// without.
//
// `pruneChannels` removes half of each group of channels that hang together, those of the smallest weights, and leaves
// a smaller network of the same layers. It is done on the traced graph: batch norms are needed to train on. What they
// keep of values is estimated anew, since it is no longer true.

// %%
setEnabled(true);
const half = await pruneChannels(traced, { ratio: 0.5 });
const pruned = await reestimateBatchNorm(half.model, { inputs: lessons });
const { before, after } = half;
console.log(
  `${after.parameters.toLocaleString('en')} of ${before.parameters.toLocaleString('en')} numbers are left`,
);
assert.ok(after.parameters < 0.27 * before.parameters);

// %% [markdown]
// ## 6. Taught by what was there
//
// The pruned network learns to answer as the whole one does, without labels: its logits are to be those of its teacher.
// Twelve steps on 48 images of noise teach a network nothing about photos. They show that the training works on a
// pruned graph: on eight images that it has not seen, its answers come nearer to the teacher's. Since all noise looks
// much alike to this teacher, most of what is learnt here is its mean answer. With photos, take epochs, not steps.

// %%
const gapOf = (model: Model): number =>
  tf.tidy(() => {
    const [own, teachers] = [model.run(many)[0], traced.run(many)[0]] as [tf.Tensor, tf.Tensor];
    return tf.mean(tf.squaredDifference(own, teachers)).dataSync()[0] ?? NaN;
  });
const { model: taught } = await distill(pruned, traced, {
  ...{ data: { inputs: lessons }, targets: 'logits', epochs: 4, batchSize: 16, learningRate: 1e-3, seed: 1 },
});
const distilled = await reestimateBatchNorm(taught, { inputs: lessons });
const gaps = { pruned: gapOf(pruned), distilled: gapOf(distilled) };
console.log(
  `mean squared difference to the teacher's logits: ${gaps.pruned.toFixed(3)} pruned, ${gaps.distilled.toFixed(3)} distilled`,
);
assert.ok(gaps.distilled < gaps.pruned / 1.5);

// %% [markdown]
// ## 7. 8 bits
//
// `quantizeStatic` measures the range of every activation on some images (use real ones) and makes an integer graph;
// `@tfjs-optimize/wasm/integer` has its kernels.

// %%
const { model: prunedFused } = await optimize(pruned, inference());
const { model: distilledFused } = await optimize(distilled, inference());
const { model: integer } = await quantizeStatic(distilledFused, { data: many });
setEnabled(false);

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
  pruned: { run: withKernels(() => answer(prunedFused)), bytes: savedBytes(prunedFused) },
  distilled: { run: withKernels(() => answer(distilledFused)), bytes: savedBytes(distilledFused) },
  'static int8': { run: withKernels(() => answer(integer)), bytes: savedBytes(integer) },
} as const;
type Step = keyof typeof steps;

const times = await interleave(
  Object.fromEntries(Object.entries(steps).map(([name, { run }]) => [name, () => void run()])) as Record<
    Step,
    () => void
  >,
  { seed: 1, warmUpMs: 400, maxWarmUpMs: 800, timeMs: 1000 },
);
const answers = Object.fromEntries(
  Object.entries(steps).map(([name, { run }]) => [name, run()] as const),
) as Record<Step, Float32Array>;
/** The largest difference of two steps' logits, as a share of the largest logit at the beginning. */
function difference(a: Step, b: Step): number {
  const largest = answers['before (tf.layers)'].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    answers[a].reduce((most, value, i) => Math.max(most, Math.abs(value - (answers[b][i] ?? NaN))), 0) /
    largest
  );
}
const rows = (Object.keys(steps) as Step[]).map((name) => {
  const { median } = times[name];
  const apart = difference(name, 'before (tf.layers)').toExponential(1);
  return [name, median.toFixed(2), (1000 / median).toFixed(0), bytesText(steps[name].bytes), apart];
});
console.log(
  textTable(
    [['step', 'ms', 'images/s', 'size', 'difference'], ...rows],
    ['left', 'right', 'right', 'right', 'right'],
  ),
);
assert.equal(difference('traced', 'before (tf.layers)'), 0);
// Relative to the largest logit: rounding for float32, steps of 1/256 in 21 layers for int8.
assert.ok(difference('fused', 'before (tf.layers)') < 1e-4);
assert.ok(difference('static int8', 'distilled') < 21 / 256);
assert.ok(steps.pruned.bytes < steps.fused.bytes / 3.5);
assert.ok(steps['static int8'].bytes < steps.distilled.bytes / 3.5);

// %% [markdown]
// ResNet is nearly all convolution arithmetic: fusing alone gains little here. What batch norms cost is much more in
// MobileNets. Try `mobilenetV2()` in place of `resnet(18)`.
//
// ## 8. Batches
//
// A convolution keeps the processor busy with one image already, so a batch saves less than with small dense nets.

// %%
setEnabled(true);
console.log(sweepText(await sweepBatches(fused, many, { warmUpMs: 200, timeMs: 500, sizes: [1, 2, 4, 8] })));

// %% [markdown]
// ## 9. Backends
//
// The fused graph everywhere it runs, on a GPU if there is one; if not, the table says what was tried, and why none was
// used. Plain `cpu` is left out: it takes seconds for an image.

// %%
const { trials, comparison } = await compareBackends(fused, image, {
  warmUpMs: 300,
  maxWarmUpMs: 2000,
  timeMs: 800,
  backends: ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm'],
});
console.log(backendsText({ trials, comparison }));

// %% [markdown]
// ## 10. With trained weights
//
// Weights come from safetensors files by the names of torchvision or timm, on disk or from a server, and are kept in a
// cache. This cell downloads nothing and is only shown:
//
//     const weights = await loadWeights('https://…/resnet18/model.safetensors', { sha256: '…' });
//     const model = visionModel(resnet(18), weights);
//     const [logits] = model.run(preprocess(photo));
//     console.log(await topClasses(logits, { labels: imagenetLabels }));
//
// A graph without the detour over tf.layers, from the weights of step 1, takes images of any size:

// %%
const direct = visionModel(net, weights);
const [logits] = direct.run(many) as [tf.Tensor];
const seen = await topClasses(logits, { count: 2, labels: imagenetLabels });
console.log(
  `noise, which a network without training takes for: ${seen[0]?.map(({ label, probability }) => `${label} (${(100 * probability).toFixed(1)} %)`).join(', ')}`,
);
assert.equal(seen.length, 8);
tf.dispose(logits);

// %% [markdown]
// ## 11. What it costs in right answers
//
// MobileNet v1 of a quarter width, with weights trained on ImageNet, and 150 photos of as many classes. Both are for
// tests alone and no part of this repository: where they lie beside it they are used. sharp decodes the photos as Keras
// prepares them for this network: shorter side 256, the square of 224 in the middle, from -1 to 1.
//
// Every third photo calibrates, and the hundred others are judged: ranges are not tried on what they were measured on.
// A hundred photos tell percentages to some points only, so that a point more is no better network.

// %%
const shared = process.env['TFJS_OPTIMIZE_SHARED'] ?? path.join(import.meta.dirname, '../../shared');
const modelFile = path.resolve(shared, 'data/models/mobilenet-v1-025-imagenet-layers/model.json');
const photoFolder = path.resolve(shared, 'data/imagenet-sample-150');
const hasSharp = await import('sharp').then(
  () => true,
  () => false,
);
const missing = [
  ...[modelFile, photoFolder].filter((place) => !fs.existsSync(place)),
  ...(hasSharp ? [] : ['the package sharp, which decodes photos']),
];

/** All of a data set as one batch. */
async function allOf(data: Dataset): Promise<LoadedBatch> {
  const { value: batch } = await loader(data, { batchSize: data.length }).epoch(0).next();
  assert.ok(batch);
  return batch;
}

async function judgeMobilenet(): Promise<void> {
  const table = await csv(path.join(photoFolder, 'labels.csv'), {
    ...{ label: 'imagenet_index', text: ['file'], features: [] },
  });
  const { file, label } = (await allOf(table)).fields;
  const names = file?.values as readonly string[];
  const files = names.map((name) => path.join(photoFolder, 'images', name));
  const labels = Int32Array.from(label?.values ?? [], Number);
  const photos = await imageFiles(files, { labels, resize: 256, normalize: '-1..1' });
  const part = async (isIn: (i: number) => boolean): Promise<Record<'image' | 'label', tf.Tensor>> => {
    const batch = await allOf(subset(photos, [...files.keys()].filter(isIn)));
    return batch.tensors();
  };
  const calibration = await part((i) => i % 3 === 0);
  const { image: xs, label: ys } = await part((i) => i % 3 !== 0);

  const before = await loadModel(modelFile);
  const { model: fused } = await optimize(before, inference());
  const { model: int8 } = await quantizeStatic(fused, { data: calibration.image });
  const models = { before, fused, 'static int8': int8 };

  const one = xs.slice(0, 1);
  const run = (model: Model) => () => tf.tidy(() => void model.run(one)[0]?.dataSync());
  const latency = await interleave(
    { before: run(before), fused: run(fused), 'static int8': run(int8) },
    { seed: 1, warmUpMs: 300, maxWarmUpMs: 600, timeMs: 1000 },
  );
  const lines = [['MobileNet v1 0.25', 'ms', 'size', 'top-1', 'top-5']];
  const right: number[] = [];
  for (const name of ['before', 'fused', 'static int8'] as const) {
    const { scores } = await evaluate(models[name], { xs, ys }, [accuracy(), topK(5)], { batchSize: 25 });
    const [top1, top5] = scores.map(({ value }) => Math.round(100 * value)) as [number, number];
    right.push(top1);
    const size = bytesText(savedBytes(models[name]));
    lines.push([name, latency[name].median.toFixed(2), size, `${top1} %`, `${top5} %`]);
  }
  console.log(textTable(lines, ['left', 'right', 'right', 'right', 'right']));
  const [atFirst = NaN, whenFused = NaN, inInt8 = NaN] = right;
  assert.ok(Math.abs(whenFused - atFirst) <= 1); // rounding may decide one that is close
  assert.ok(inInt8 >= atFirst - 5);
  assert.ok(savedBytes(int8) < savedBytes(fused) / 3.5);

  // This network gives probabilities; topClasses takes logits, for which their logarithms do.
  const some = tf.tidy(() => tf.log((int8.run(xs.slice(0, 3))[0] as tf.Tensor).add(1e-9)));
  for (const [i, [best, next]] of (await topClasses(some, { labels: imagenetLabels })).entries()) {
    const truth = imagenetLabels[ys.dataSync()[i] ?? NaN];
    console.log(`${truth}: int8 sees ${best?.label}, or else ${next?.label}`);
  }
  tf.dispose([calibration, xs, ys, one, some]);
  for (const each of Object.values(models)) each.dispose();
}
if (missing.length === 0) await judgeMobilenet();
else console.log(`MobileNet and its right answers were not measured, for want of ${missing.join(' and ')}`);

// %%
tf.dispose([image, many, lessons]);
for (const each of [
  layers,
  traced,
  fused,
  half.model,
  pruned,
  taught,
  distilled,
  prunedFused,
  distilledFused,
  integer,
  direct,
])
  each.dispose();
