// %% [markdown]
// # Fusing operations, and the maximum difference
//
// A trained convolutional network usually repeats one block: convolution, batch normalization, activation.
// At inference the batch norm is a multiplication and an addition by constants, so it can be folded into the
// weights of the convolution, and the addition and the activation can be done by the convolution's own
// kernel before its result leaves the processor's registers. Three passes over memory become one.
//
// This notebook
//
// 1. builds a network with such blocks,
// 2. fuses two layers by hand, and by one function call,
// 3. fuses the whole network rule by rule, watching the largest difference of the outputs,
// 4. derives how large that difference may be,
// 5. asks why what was not fused was not,
// 6. times both networks.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  compareOutputs,
  interleave,
  optimize,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import { explain, fuseConvBatchNorm, inference, rulePass } from '@tfjs-optimize/fusion';

await backend.use('auto');
console.log(`backend: ${backend.report()?.name}`);

// %% [markdown]
// ## 1. A network
//
// A stem, three blocks of a depthwise and a 1 × 1 convolution as in MobileNet, and a classifier. New batch
// norms do nothing (mean 0, variance 1, scale 1), so theirs are drawn by seed, as if they had been trained:
// some scales are negative, some variances small. In the last block the result of the convolution is needed
// twice, by the batch norm and by a connection around it; we shall see what becomes of that.

// %%
const SIZE = 64;
let seed = 1;
const conv = (filters: number, kernelSize: number, strides: number, name: string) =>
  tf.layers.conv2d({
    filters,
    kernelSize,
    strides,
    padding: 'same',
    useBias: false,
    kernelInitializer: tf.initializers.heNormal({ seed: seed++ }),
    name,
  });
const norm = (name: string) =>
  tf.layers.batchNormalization({
    gammaInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 2, seed: seed++ }),
    betaInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: seed++ }),
    movingMeanInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: seed++ }),
    movingVarianceInitializer: tf.initializers.randomUniform({ minval: 0.1, maxval: 2, seed: seed++ }),
    name,
  });
const relu6 = (name: string) => tf.layers.reLU({ maxValue: 6, name });
const chain = (x: tf.SymbolicTensor, ...layers: tf.layers.Layer[]) =>
  layers.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, x);

const image = tf.input({ shape: [SIZE, SIZE, 3], name: 'image' });
let x = chain(image, conv(16, 3, 2, 'stem'), norm('stem_bn'), relu6('stem_relu'));
for (let block = 1; block <= 3; block++) {
  const depthwise = tf.layers.depthwiseConv2d({
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    depthwiseInitializer: tf.initializers.heNormal({ seed: seed++ }),
    name: `block${block}_depthwise`,
  });
  x = chain(x, depthwise, norm(`block${block}_depthwise_bn`), relu6(`block${block}_depthwise_relu`));
  x = chain(x, conv(32, 1, 1, `block${block}_project`), norm(`block${block}_project_bn`));
}
const last = chain(x, conv(32, 1, 1, 'last'));
const around = tf.layers.add({ name: 'around' }).apply([last, chain(last, norm('last_bn'))]);
const pooled = chain(
  around as tf.SymbolicTensor,
  tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast', name: 'pool' }),
);
const classes = tf.layers.dense({
  units: 10,
  kernelInitializer: tf.initializers.glorotUniform({ seed: seed++ }),
  name: 'classes',
});
const net = tf.model({ inputs: image, outputs: chain(pooled, classes) });
const model = traceLayersModel(net);
const photo = tf.randomUniform([2, SIZE, SIZE, 3], 0, 1, 'float32', 5);

// %% [markdown]
// ## 2. Two layers
//
// With s = γ / √(variance + ε), the algebra is
//
//     γ · (x ∗ W − mean) / √(variance + ε) + β  =  x ∗ (W · s) + (β − mean · s)
//
// so the fused layer is a convolution with weights `W · s` and bias `β − mean · s`. By hand:

// %%
const [kernel] = net.getLayer('stem').getWeights() as [tf.Tensor4D];
const [gamma, beta, mean, variance] = net.getLayer('stem_bn').getWeights() as tf.Tensor1D[];
const [byHand, original] = tf.tidy(() => {
  const s = tf.div(gamma as tf.Tensor, tf.sqrt(tf.add(variance as tf.Tensor, 1e-3)));
  const bias = tf.sub(beta as tf.Tensor, tf.mul(mean as tf.Tensor, s));
  const folded = tf.add(tf.conv2d(photo as tf.Tensor4D, tf.mul<tf.Tensor4D>(kernel, s), 2, 'same'), bias);
  const both = net.getLayer('stem_bn').apply(net.getLayer('stem').apply(photo));
  return [folded, both as tf.Tensor];
});

// %% [markdown]
// `fuseConvBatchNorm` does the same for two layers of a layers model and gives one layer, as
// `torch.nn.utils.fusion.fuse_conv_bn_eval` does in PyTorch.

// %%
const fusedLayer = fuseConvBatchNorm(net.getLayer('stem'), net.getLayer('stem_bn'));
const byLayer = fusedLayer.apply(photo) as tf.Tensor;
const apart = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN);
const largest = tf.tidy(() => tf.max(tf.abs(original)).dataSync()[0] ?? NaN);
console.log(`two layers: values up to ${largest.toFixed(1)}`);
console.log(`one by hand: largest difference ${apart(original, byHand).toExponential(1)}`);
console.log(`one by fuseConvBatchNorm: largest difference ${apart(original, byLayer).toExponential(1)}`);

// %% [markdown]
// Neither difference is zero: the same sums are rounded in another order. To read such a number, set it against
// the values: neighbouring float32 numbers between 4 and 8 are 4.8e-7 apart, so a difference of 1e-6 there is
// two or three steps in the last digit. A mistake in the algebra would show in the first digits.

// %% [markdown]
// ## 3. The whole network, rule by rule
//
// Each rule is a pass of its own. After each, the outputs are compared with those of the network as it was, on
// the same two images. A line says how often the rule applied, how many operations are left, and how far the
// ten outputs are apart at most.
//
// What to expect: `clip-to-relu6` puts one operation in the place of two and computes the same numbers, so the
// difference is exactly 0. `fold-batch-norm` takes nothing away yet: each batch norm becomes the addition of a
// bias, its multiplication having gone into the weights. This step rounds otherwise, and here the difference
// begins. `fuse-bias` and `fuse-activation` then move those additions and activations into the convolutions,
// which changes at most when the bias is added, first or last.

// %%
let current: Model = model;
const count = (one: Model) =>
  [...one.graph].filter(({ op }) => op !== 'Const' && op !== 'Placeholder').length;
console.log(`${'the network as it is'.padEnd(28)} ${count(model)} operations`);
for (const rule of ['clip-to-relu6', 'fold-batch-norm', 'fuse-bias', 'fuse-activation']) {
  const { model: next, notes } = await optimize(current, rulePass(rule));
  const { max } = await compareOutputs(model, next, photo);
  const applied = notes.filter(({ kind }) => kind === 'did').length;
  console.log(
    `${`${rule}, ${applied} times`.padEnd(28)} ${count(next)} operations, largest difference ${max.toExponential(1)}`,
  );
  if (current !== model) current.dispose();
  current = next;
}
const { model: fused } = await optimize(model, inference());
const { max, outputs } = await compareOutputs(model, fused, photo);
console.log(
  `${'inference()'.padEnd(28)} ${count(fused)} operations, largest difference ${max.toExponential(1)}`,
);
assert.ok(count(fused) < count(model) / 2);

// %% [markdown]
// The last line is the preset `inference()`: these four rules and all others that are always safe. It ends with
// one operation more. The batch norm `last_bn` can go nowhere, and the preset writes it as a multiplication and an
// addition, two cheap operations for a dear one. Fewer operations are a means, not the end: section 6 has the time.

// %% [markdown]
// ## 4. How large may the difference be?
//
// The algebra is exact; numbers are not. A float32 operation rounds its result by at most u = 2⁻²⁴ of its
// size. A sum of K products rounds K times, so one layer of either network errs by at most about K · u · m,
// where m bounds the sum of the absolute products. Along a path of L layers errors add up (to first order,
// where no layer blows values up), and the two networks err apart from each other, hence the 2:
//
//     difference ≤ 2 · L · K · u · m
//
// Here K is at most 32 (1 × 1 convolutions over 32 channels; the stem sums 27 products) and L is 9. For m we
// take, over all convolutions, the largest sum of absolute weights that lead to one output channel, times 6,
// the most that a ReLU6 lets through.

// %%
let m = 0;
for (const [name, weight] of fused.weights) {
  if (weight.shape.length !== 4) continue;
  const axes = name.includes('depthwise') ? [0, 1] : [0, 1, 2];
  const largest = tf.tidy(() => {
    const kernels = tf.tensor(weight.numbers(), [...weight.shape]);
    return tf.max(tf.sum(tf.abs(kernels), axes)).dataSync()[0] ?? NaN;
  });
  m = Math.max(m, 6 * largest);
}
const bound = 2 * 9 * 32 * 2 ** -24 * m;
console.log(
  `bound ${bound.toExponential(1)}, measured ${max.toExponential(1)} over ${outputs[0]?.shape.join(' × ')} outputs`,
);
assert.ok(max <= bound);

// %% [markdown]
// The bound is thousands of times larger than the difference, and that is as it should be: it supposes that every
// rounding goes the same way and that every value is as large as it can be, while roundings mostly cancel. So it is
// no estimate but an alarm: a difference near it, or above, would mean that something else than rounding went on.

// %% [markdown]
// ## 5. What was not fused
//
// `explain` names every convolution, matrix product and batch norm that a rule came near to and did not take,
// and why. Each line reads: node, what it could not take, and the node in the way.
//
// One line comes. The convolution `last` cannot take its batch norm, since its result before normalization is
// needed, too, by the addition `around`: with the norm folded in, that result would no longer exist. All other
// blocks fused and are not mentioned.

// %%
const reasons = explain(model);
for (const { message } of reasons) console.log(message);
assert.ok(reasons.some(({ message }) => message.includes('last')));

// %% [markdown]
// ## 6. Time
//
// Both are timed by turns, on one image, so that whatever else the machine does falls on both. Batch norms cost
// most where convolutions are fast: they move as much memory as the convolution and compute hardly anything. On
// so small a network a good part of the gain is that fewer kernels are started; with larger images and more
// channels the convolutions weigh more and the ratio is smaller.

// %%
const single = tf.randomUniform([1, SIZE, SIZE, 3], 0, 1, 'float32', 6);
const work = (one: Model) => () => tf.tidy(() => void one.run(single)[0]?.dataSync());
const times = await interleave(
  { before: work(model), after: work(fused) },
  { seed: 1, warmUpMs: 1500, timeMs: 1500 },
);
for (const side of ['before', 'after'] as const) {
  const { median, low, high } = times[side];
  console.log(
    `${side.padEnd(6)} ${median.toFixed(2)} ms (10 % to 90 %: ${low.toFixed(2)} to ${high.toFixed(2)})`,
  );
}
console.log(`${(times.before.median / times.after.median).toFixed(2)} times as fast`);

// %%
current.dispose();
model.dispose();
fused.dispose();
net.dispose();
tf.dispose([photo, single, byHand, original, byLayer, ...fusedLayer.getWeights()]);
