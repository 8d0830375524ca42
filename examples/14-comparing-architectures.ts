// %% [markdown]
// # Comparing two architectures
//
// Before a network is made faster by passes, there is its design. Two convolutional nets for images of 32 × 32
// with 10 classes:
//
// - **wide**: 64 and 64 channels, both at full resolution, then a dense layer;
// - **narrow**: 32 and 64 channels, the second convolution with a stride of 2, then a dense layer.
//
// Which is faster, and by how much? This notebook
//
// 1. builds both,
// 2. counts parameters and arithmetic, and predicts the speed-up from the counts,
// 3. measures both by turns,
// 4. holds the prediction against the measurement, layer by layer,
// 5. says what has not been compared.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { compare, costByLayer, describeMachine, machineText, profile } from '@tfjs-optimize/benchmark';
import {
  backend,
  bytesText,
  countText,
  isOptimizeError,
  textTable,
  traceLayersModel,
} from '@tfjs-optimize/core';

await backend.use('auto');
console.log(machineText(await describeMachine()));

// %% [markdown]
// ## 1. Two networks
//
// Both end in a dense layer over everything that the convolutions leave. Weights are drawn by seed: untrained
// networks take the same time as trained ones.

// %%
let seed = 1;
function build(name: string, channels: readonly [number, number], stride: number): tf.Sequential {
  const conv = (filters: number, strides: number, layer: string, first = {}) =>
    tf.layers.conv2d({
      ...first,
      filters,
      strides,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: tf.initializers.heNormal({ seed: seed++ }),
      name: `${name}_${layer}`,
    });
  return tf.sequential({
    name,
    layers: [
      conv(channels[0], 1, 'conv1', { inputShape: [32, 32, 3] }),
      conv(channels[1], stride, 'conv2'),
      tf.layers.flatten({ name: `${name}_flatten` }),
      tf.layers.dense({
        units: 10,
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed++ }),
        name: `${name}_dense`,
      }),
    ],
  });
}
const nets = { wide: build('wide', [64, 64], 1), narrow: build('narrow', [32, 64], 2) };
const wide = traceLayersModel(nets.wide);
const narrow = traceLayersModel(nets.narrow);
const image = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 9);

// %% [markdown]
// ## 2. Counts
//
// A convolution of k × k over C channels that gives F channels at H × W places takes H·W·F·k²·C multiply-accumulates
// (MACs), each two floating-point operations, and has k²·C·F weights and F biases. By hand, for the second
// convolution:
//
// - wide: 32·32·64·9·64 = 37,748,736 MACs
// - narrow: 16·16·64·9·32 = 4,718,592 MACs, an eighth: a quarter for the stride, half for the channels
//
// `costByLayer` counts the whole network.

// %%
const costs = { wide: await costByLayer(wide, image), narrow: await costByLayer(narrow, image) };
const row = (what: string, of: (cost: typeof costs.wide) => number, text: (value: number) => string) => {
  const [a, b] = [of(costs.wide), of(costs.narrow)];
  return [what, text(a), text(b), `${(a / b).toFixed(2)}x`];
};
console.log(
  textTable(
    [
      ['', 'wide', 'narrow', 'ratio'],
      row('parameters', ({ parameters }) => parameters, countText),
      row('size on disk', ({ fileBytes }) => fileBytes, bytesText),
      row('MACs', ({ macs }) => macs, countText),
      row('FLOPs', ({ flops }) => flops, countText),
      row('peak activations', ({ peakActivationBytes }) => peakActivationBytes, bytesText),
    ],
    ['left', 'right', 'right', 'right'],
  ),
);
const conv2 = (cost: typeof costs.wide) => cost.layers.find(({ name }) => name.endsWith('conv2'))?.macs;
assert.equal(conv2(costs.wide), 37_748_736);
assert.equal(conv2(costs.narrow), 4_718_592);
// 3·9·64 + 64, 64·9·64 + 64, 65536·10 + 10; and 3·9·32 + 32, 32·9·64 + 64, 16384·10 + 10.
assert.equal(costs.wide.parameters, 1792 + 36_928 + 655_370);
assert.equal(costs.narrow.parameters, 896 + 18_496 + 163_850);

// %% [markdown]
// Nearly all parameters sit in the dense layer, nearly all arithmetic in the second convolution. So size on disk
// and time are decided in different places: a stride helps both, fewer channels in front of it mostly the time.
//
// If time were arithmetic alone, the ratio of FLOPs would be the speed-up.
//
// ## 3. Times
//
// The nets have different weights and compute different things, *by design*. `compare` refuses that unless told,
// since it is what most often goes wrong with a comparison.

// %%
const candidates = { wide, narrow };
const quick = { warmUpMs: 700, timeMs: 1000 };
try {
  await compare(candidates, image, quick);
  assert.fail('it should have been refused');
} catch (error) {
  assert.ok(isOptimizeError(error));
  console.log(`${error.code}: ${error.message}\n`);
}
const { measurements, against } = await compare(candidates, image, { ...quick, differByDesign: true });
const figures = measurements.map(({ name, latency, throughput }) => [
  name,
  ...[latency.p50, latency.p90, latency.p99].map((ms) => ms.toFixed(3)),
  throughput.toFixed(0),
]);
console.log(
  textTable(
    [['', 'p50 ms', 'p90 ms', 'p99 ms', 'images/s'], ...figures],
    ['left', 'right', 'right', 'right', 'right'],
  ),
);
const [{ speedup, verdict } = { speedup: { value: NaN, low: NaN, high: NaN }, verdict: 'none' }] = against;
const { value, low, high } = speedup;
console.log(
  `narrow is ${value.toFixed(2)} times as fast (${low.toFixed(2)} to ${high.toFixed(2)}): ${verdict}`,
);
const predicted = costs.wide.flops / costs.narrow.flops;
console.log(`the counts foretold ${predicted.toFixed(2)}`);

// %% [markdown]
// ## 4. Where the prediction and the clock part
//
// `profile` tells the time of each layer, and with the counts that is a rate: how many operations a second the
// layer reached. If all layers ran at one rate, the prediction would be exact.

// %%
const rows: string[][] = [];
for (const [name, model] of Object.entries(candidates)) {
  const { layers } = await profile(model, image, { warmUpMs: 300, calls: 100 });
  for (const layer of costs[name as keyof typeof costs].layers) {
    const ms = layers.find((each) => each.name === layer.name)?.ms ?? 0;
    if (layer.flops === 0 || ms === 0) continue;
    rows.push([layer.name, countText(layer.flops), ms.toFixed(4), (layer.flops / ms / 1e6).toFixed(1)]);
  }
}
console.log(textTable([['layer', 'FLOPs', 'ms', 'GFLOP/s'], ...rows], ['left', 'right', 'right', 'right']));

// %% [markdown]
// The large convolution comes near what the processor can do. The dense layer reads each of its weights once and
// uses it once, so that memory sets its pace, whatever the arithmetic. The first convolution has only three
// channels to add up. And every layer has a price for being called at all. Counts are good for sorting designs;
// the last word has the clock, on the machine that counts.
//
// ## 5. What has not been compared
//
// Whether both nets are equally *good*. That takes training both, on the same data, and more than once, since
// accuracy has noise, too. A network that is six times as fast and right half as often is no gain. What this
// comparison gives is one axis of the picture; `evaluate` gives the other.

// %%
for (const model of [wide, narrow, nets.wide, nets.narrow]) model.dispose();
image.dispose();
