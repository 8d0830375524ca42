// %% [markdown]
// # Removing channels from ResNet-18
//
// A weight that is zero costs as much as any other; a channel that is gone costs nothing. But channels hang together:
// the one that a convolution no longer makes, the next one may not take, and behind a residual sum several must lose
// the same. `pruneChannels` reads from the graph what goes together, and removes it everywhere.
//
// This notebook
//
// 1. builds ResNet-18,
// 2. prints which slices go together, and what cannot be cut,
// 3. removes half of the channels: parameters and arithmetic, before and after,
// 4. checks that removing is exact,
// 5. removes to a budget instead of a ratio,
// 6. estimates batch norms anew, and says how to go on training,
// 7. times both.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  compareOutputs,
  interleave,
  optimize,
  Random,
  reestimateBatchNorm,
  traceLayersModel,
  Weight,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { newWeights, resnet, visionLayers } from '@tfjs-optimize/models';
import { explainGroups, pruneChannels } from '@tfjs-optimize/pruning';
import '@tfjs-optimize/wasm';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. ResNet-18
//
// He et al. 2016, at 224 × 224 and 1000 classes. Weights are drawn by seed, so that nothing is downloaded: what the
// network says means nothing, and what it costs is the same. The scales of its batch norms are drawn, too, from 0 to 1,
// as a training that asks for few of them leaves them. What batch norms keep of values is estimated from eight images.

// %%
const SIZE = 224;
const net = resnet(18);
const random = Random.of(1);
const weights = new Map(newWeights(net, { seed: 1 }));
for (const [name, { shape }] of weights) {
  if (!/bn\d\.weight$|downsample\.1\.weight$/.test(name)) continue;
  weights.set(
    name,
    Weight.of(
      Float32Array.from({ length: shape[0] ?? 0 }, () => random.uniform()),
      shape,
    ),
  );
}
const layers = visionLayers(net, weights, { imageSize: [SIZE, SIZE] });
const traced = traceLayersModel(layers);
const some = tf.randomUniform([8, SIZE, SIZE, 3], 0, 1, 'float32', 10);
const model = await reestimateBatchNorm(traced, { inputs: some });

// %% [markdown]
// ## 2. What goes together
//
// Each group is a set of channels, and the layers whose slices make or take them. The inner channels of a block are a
// group of their own; those that residual sums hand from block to block are one group for a whole stage. What comes
// out of the network must stay.

// %%
const explained = await explainGroups(model);
console.log(explained.text());
assert.equal(explained.groups.filter(({ stays }) => stays === undefined).length, 12);

// %% [markdown]
// ## 3. Half of the channels
//
// Half of each group goes, the least important by the scales of batch norms (Liu et al. 2017); `l2`, over all weights
// of a channel, is what it is unless told. Arithmetic falls to a quarter, since a convolution loses half of what goes
// in and half of what comes out; the first and the last layer only lose one of them.

// %%
const half = await pruneChannels(model, { ratio: 0.5, importance: 'batch-norm-scale' });
console.log(half.text());
const { before, after } = half;
assert.equal(before.parameters, 11_689_512);
assert.equal(after.parameters, 3_055_880);
assert.equal(before.macs, 1_814_073_344);
assert.equal(after.macs, 483_149_824);

// %% [markdown]
// These are the multiply-accumulates of convolutions and dense layers. Torch-Pruning, which comes to the same networks,
// counts those of batch norms and pooling, too: 1.82 G before and 0.49 G after.

// %% [markdown]
// ## 4. It is exact
//
// A channel whose batch norm scales it by zero and adds zero says nothing: ReLU keeps the zero, and so does the sum.
// If these channels go, no output may change, but for the order in which sums are rounded. So: the dense network with
// scale and offset at zero for every channel that went, against the one without these channels.

// %%
const changes = new Map<string, Weight>();
for (const { layers: names, removed } of half.steps[0] ?? []) {
  for (const name of names.flatMap((layer) => [`${layer}/gamma`, `${layer}/beta`])) {
    const weight = model.weights.get(name);
    if (weight === undefined) continue;
    const values = Float32Array.from(weight.numbers());
    for (const channel of removed) values[channel] = 0;
    changes.set(name, Weight.of(values, weight.shape));
  }
}
const silenced = model.with({ weights: model.weights.with(changes) });
const photo = tf.randomUniform([1, SIZE, SIZE, 3], 0, 1, 'float32', 9);
const { max, outputs } = await compareOutputs(silenced, half.model, photo);
const largest = tf.tidy(() => {
  const [output] = half.model.run(photo) as [tf.Tensor];
  return tf.max(tf.abs(output)).dataSync()[0] ?? NaN;
});
console.log(`largest difference ${max.toExponential(1)}, of outputs up to ${largest.toFixed(1)}`);
assert.equal(outputs[0]?.shape.join(), '1,1000');
// A layer adds up to 9 · 512 products, and rounds each time by 2⁻²⁴ of a sum at most. This is what one layer may do; most
// roundings cancel.
assert.ok(max < 9 * 512 * 2 ** -24 * largest);

// %% [markdown]
// ## 5. To a budget
//
// In place of a ratio: at most so many parameters, bytes, MACs or FLOPs, as a number or as a share. The ratio is
// searched for. With `scope: 'model'` channels of all groups are ranked together, so that some groups lose more than
// others.

// %%
const budget = await pruneChannels(model, { budget: { macs: 0.5 }, scope: 'model' });
const share = (budget.after.macs ?? NaN) / (before.macs ?? NaN);
console.log(`a budget of half the MACs: ${(100 * share).toFixed(1)} % are left, and these channels:`);
for (const { name, before: had, after: has } of budget.steps[0] ?? [])
  console.log(`  ${name}: ${has} of ${had}`);
assert.ok(share <= 0.5);

// %% [markdown]
// ## 6. And then
//
// Removing channels that said something changes what the network says, so it is trained on. Its batch norms come
// first: what they keep of values is no longer true. A few examples without labels put that right.

// %%
const estimated = await reestimateBatchNorm(half.model, { inputs: some });
const { relative } = await compareOutputs(half.model, estimated, photo);
console.log(
  `estimating batch norms anew changes outputs by up to ${(100 * relative).toFixed(0)} % of the largest`,
);
assert.ok(relative > 0);

// %% [markdown]
// With data, a training follows, best with the unpruned model as its teacher:
//
// ```ts
// const { model: ready } = await distill(estimated, model, { data, epochs: 10, learningRate: 1e-3 });
// ```
//
// Where much is to go, go in steps and train between them: `pruneChannels(model, { ratio: 0.5, iterations: 5, between:
// async (smaller, { isLast }) => (await fit(smaller, { ...settings, epochs: isLast ? 10 : 1 })).model })`.
//
// ## 7. Time
//
// Both fused, timed by turns on one image.

// %%
const { model: denseFused } = await optimize(model, inference());
const { model: halfFused } = await optimize(estimated, inference());
const work = (one: Model) => () => tf.tidy(() => void one.run(photo)[0]?.dataSync());
const times = await interleave(
  { before: work(denseFused), after: work(halfFused) },
  { seed: 1, warmUpMs: 1000, timeMs: 2000 },
);
for (const side of ['before', 'after'] as const) {
  const { median, low, high } = times[side];
  console.log(
    `${side.padEnd(6)} ${median.toFixed(1)} ms (10 % to 90 %: ${low.toFixed(1)} to ${high.toFixed(1)})`,
  );
}
const foretold = (before.macs ?? NaN) / (after.macs ?? NaN);
const ratio = times.before.median / times.after.median;
console.log(`${ratio.toFixed(2)} times as fast; MACs foretold ${foretold.toFixed(2)}`);

// %%
tf.dispose([photo, some]);
[traced, model, silenced, half.model, budget.model, estimated, denseFused, halfFused].forEach((one) =>
  one.dispose(),
);
layers.dispose();
