// %% [markdown]
// # Measuring inference time
//
// How long does a model take? A clock around one call gives a number, and nearly always the wrong one. The
// first call uploads weights and compiles code; the next hundred run code that the engine has not yet made fast;
// on a graphics processor the call returns before anything is computed; and whatever else the machine does
// lands in the number, too. This notebook
//
// 1. times a network the naive way and looks at what comes out,
// 2. gets one number that can be used: `averageInferenceTime`,
// 3. gets all numbers that can be had: `measure`,
// 4. shows why two such numbers should not be compared,
// 5. compares two models so that they can be: `compare`.

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import {
  averageInferenceTime,
  compare,
  describeMachine,
  isSupported,
  machineText,
  measure,
  type Comparison,
} from '@tfjs-optimize/benchmark';
import { backend, traceLayersModel } from '@tfjs-optimize/core';

await backend.use('auto');
console.log(machineText(await describeMachine()));

// %% [markdown]
// The line above belongs to every time that is written down: without the machine, the engine and the backend a
// number of milliseconds says nothing.
//
// ## 1. The naive way
//
// A small network for images of 32 × 32, its weights drawn by seed.

// %%
const seeded = (seed: number) => tf.initializers.heNormal({ seed });
const block = (filters: number, seed: number, first = {}) => [
  tf.layers.conv2d({
    ...first,
    filters,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    kernelInitializer: seeded(seed),
  }),
  tf.layers.batchNormalization(),
  tf.layers.reLU(),
];
const net = tf.sequential({
  layers: [
    ...block(16, 1, { inputShape: [32, 32, 3] }),
    ...block(16, 2),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    ...block(32, 3),
    tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
    tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: seeded(4) }),
  ],
});
const image = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 1);

// %% [markdown]
// A clock, and the very first calls. `dataSync` reads the values: a call counts until its result is there.

// %%
const ms = (time: number) => `${time.toFixed(time < 10 ? 3 : 1)} ms`;
const times: number[] = [];
for (let call = 0; call < 400; call++) {
  const start = performance.now();
  tf.tidy(() => void (net.predict(image) as tf.Tensor).dataSync());
  times.push(performance.now() - start);
}
const median = (some: number[]) => [...some].sort((a, b) => a - b)[some.length >> 1] ?? NaN;
for (const [from, to] of [
  [1, 1],
  [2, 10],
  [11, 50],
  [51, 200],
  [201, 400],
] as const) {
  const name = from === to ? `call ${from}` : `calls ${from} to ${to}`;
  const some = times.slice(from - 1, to);
  console.log(`${name.padEnd(16)} median ${ms(median(some))}, slowest ${ms(Math.max(...some))}`);
}

// %% [markdown]
// The first line is another kind of thing than the last. It counts when a page is opened once; the last counts
// when a model runs all day. Neither is wrong, but a mean over both describes nothing.
//
// ## 2. One number
//
// `averageInferenceTime` runs the model until its times have stopped falling, and only then takes 100 samples.

// %%
const average = await averageInferenceTime(net, image, 100);
console.log(`average inference time: ${ms(average)}`);

// %% [markdown]
// ## 3. All numbers
//
// `measure` tells the first call apart, what the warm-up was, and how the samples lie. The *median* (p50) is the
// time that half of the calls stay below: what usually happens; what an undisturbed machine can do is the minimum. The *mean* is what a hundred calls cost
// divided by a hundred, disturbances included. If the mean lies well above the median, somebody else was at work.
// p95 and p99 are what your slowest users see; it takes 20 and 100 samples to speak of them, and calls so quick that
// a sample is the mean of several hide their stragglers.

// %%
const quick = { warmUpMs: 400, maxWarmUpMs: 800, timeMs: 600 };
const measured = await measure(net, image, { ...quick, name: 'layers model' });
const { firstCallMs, warmUp, latency, callsPerSample, throughput } = measured;
console.log(`first call ${ms(firstCallMs)} (here: after those above)`);
console.log(
  `warm-up: ${warmUp.calls} calls in ${ms(warmUp.ms)}, times ${warmUp.stable ? 'had' : 'had not'} stopped falling`,
);
console.log(`${latency.n} samples of ${callsPerSample} calls each`);
for (const key of ['min', 'p50', 'p75', 'p90', 'p95', 'p99', 'max'] as const) {
  const isHigh = key === 'p90' || key === 'p95' || key === 'p99';
  if (!isHigh || isSupported(latency, key)) console.log(`  ${key.padEnd(5)}${ms(latency[key])}`);
}
console.log(`mean ${ms(latency.mean)}, standard deviation ${ms(latency.sd)}`);
console.log(`median absolute deviation ${ms(latency.mad)}: few odd samples do not move it`);
console.log(`${throughput.toFixed(0)} images a second`);
assert.ok(latency.min <= latency.p50 && latency.p50 <= latency.p95 && latency.p95 <= latency.max);
assert.equal(measured.samples.length, latency.n);

// %% [markdown]
// A network that takes less than a millisecond is called several times a sample, so that the steps of the clock
// do not show. Browsers round their clocks to 5 microseconds at best and to a millisecond at worst, as a guard
// against attacks that need exact times.
//
// ## 4. Two numbers
//
// Now the same model, measured three times. Whatever differs between the lines is the machine.

// %%
const medians: number[] = [];
for (let run = 1; run <= 3; run++) {
  const { latency } = await measure(net, image, { warmUpMs: 200, maxWarmUpMs: 400, timeMs: 300 });
  medians.push(latency.p50);
  console.log(`run ${run}: median ${ms(latency.p50)}`);
}
const apart = Math.max(...medians) / Math.min(...medians) - 1;
console.log(`the slowest median lies ${(100 * apart).toFixed(1)} % above the fastest`);

// %% [markdown]
// A change that makes a model 5 % faster cannot be seen that way, and worse: one that does nothing looks like a
// gain on every other day.
//
// `compare` runs both candidates by turns in one process, in an order drawn anew for each round, so that whatever
// disturbs one disturbs the other. The result is a ratio with a 95 % interval; when that holds 1, there is no
// difference to be seen. Of equals, one comparison in twenty still says otherwise: that is what 95 % means.

// %%
const says = ({ measurements, against }: Comparison) => {
  const [baseline] = measurements;
  for (const { name, speedup, verdict } of against) {
    const { value, low, high } = speedup;
    const interval = `${low.toFixed(3)} to ${high.toFixed(3)}`;
    console.log(`${name}: ${value.toFixed(3)} times as fast as ${baseline?.name} (${interval}): ${verdict}`);
  }
};
const longer = { warmUpMs: 1000, maxWarmUpMs: 2000, timeMs: 600 };
const itself = await compare({ 'the model': net, itself: net }, image, longer);
says(itself);
assert.equal(itself.against[0]?.difference?.max, 0);

// %% [markdown]
// ## 5. Two models
//
// First of all, `compare` runs both candidates and checks that they compute the same. A time of a program that
// computes something else is worth nothing, and would often be a very good one.

// %%
const graph = traceLayersModel(net);
const both = await compare({ 'the layers model': net, 'its graph': graph }, image, longer);
says(both);
const [{ difference } = {}] = both.against;
console.log(`the outputs differ by ${difference?.max} at most`);
assert.equal(difference?.max, 0);

try {
  const wrong = ([x]: tf.Tensor[]) => tf.tidy(() => tf.softmax(tf.mean(x as tf.Tensor, [1, 2])));
  await compare({ 'the layers model': net, 'a shortcut': wrong }, image);
  assert.fail('it should have been refused');
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}

// %% [markdown]
// The graph runs the same kernels. What it saves is what the layers do around them, a few microseconds a layer: a
// few per cent of this network, and nothing that could be seen of a large one. In two separate runs it would have
// drowned in what the lines of section 4 differ by.
//
// One caution. The interval holds what happened in this process. How the engine compiled each side, where their
// memory lies, a neighbour that stayed for all of the two seconds: these are the same for all samples, and the next
// process may find a ratio outside. For differences of a few per cent, and on machines that are never quiet,
// `compare(…, { isolate: true })` runs each candidate in several fresh processes, and its interval is over processes.
//
// What else there is to know, from noisy neighbours to code that an engine leaves out because nobody reads its
// result, stands in `docs/measuring.md`.

// %%
graph.dispose();
net.dispose();
image.dispose();
