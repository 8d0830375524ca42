/**
 * The quickstart: loads a small network that this repository trained, optimizes it for inference, saves
 * the result, loads that with TensorFlow.js alone and compares both on digits that training never saw.
 * `npm run quickstart` installs, builds and runs it.
 */
import * as tf from '@tensorflow/tfjs';
import {
  accuracy as accuracyMetric,
  collectReport,
  confusionMatrix,
  reportHtml,
  type CollectOptions,
  type Measurement,
  type ReportRecord,
} from '@tfjs-optimize/benchmark';
import { backend, fileHandler, loadModel, optimize, saveModel, type Interval } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { loadDigits, PIXELS, SIDE, type Digits } from './digits.js';
import { makeSmaller } from './smaller.js';
import { comparisonTable, type Measured } from './table.js';
import { accuracy } from './training.js';

const SOURCE = path.join(__dirname, 'model');
const SEED = 7;

async function main(): Promise<void> {
  const target = process.argv[2] ?? path.join(os.tmpdir(), 'tfjs-optimize-quickstart');
  console.log('tfjs-optimize quickstart: a small network that reads handwritten digits, made faster\n');

  step(1, 'choosing a backend');
  await backend.use('auto');
  console.log(indent(backend.describe()));

  step(2, `loading ${relative(SOURCE)}, a layers model as tf.LayersModel.save() writes it`);
  const model = await loadModel(SOURCE);
  const { train, heldOut } = loadDigits(SEED);

  step(3, 'optimizing with the preset inference(): folding batch norms, fusing biases and activations');
  const { model: optimized, notes, recipe } = await optimize(model, inference(), { seed: SEED });
  console.log(indent(summary(notes.filter(({ kind }) => kind === 'did').map(({ message }) => message))));

  step(4, `saving the result to ${target}`);
  await saveModel(optimized, target, { overwrite: true });

  step(5, 'loading both with TensorFlow.js alone, and reading the held-out digits with each');
  const stock = await tf.loadLayersModel(fileHandler(SOURCE));
  const result = await tf.loadGraphModel(fileHandler(target));
  const predictBefore = (images: tf.Tensor) => stock.predict(images) as tf.Tensor;
  const predictAfter = (images: tf.Tensor) => result.predict(images) as tf.Tensor;
  const accuracyBefore = accuracy(predictBefore, heldOut);
  const accuracyAfter = accuracy(predictAfter, heldOut);

  step(6, 'measuring both, one digit at a time, by turns, and writing a report (about 15 seconds)');
  const digit = tf.tensor(heldOut.pixels.slice(0, PIXELS), [1, SIDE, SIDE, 1]);
  const files = { before: SOURCE, after: target };
  const record = await measureBoth(stock, result, digit, heldOut, { files, recipe, notes });
  // Beside the folder: saving again must not delete what is no model.
  const file = `${target}-report.html`;
  fs.writeFileSync(file, await reportHtml(record));

  const [before, after] = record.models.map((model, i): Measured => {
    const { latency } = record.comparison?.measurements[i] as Measurement;
    return { cost: model.cost, latency, accuracy: i === 0 ? accuracyBefore : accuracyAfter };
  }) as [Measured, Measured];
  const speedup = record.comparison?.against[0]?.speedup as Interval;
  const difference = largestDifference(predictBefore, predictAfter, heldOut);
  console.log(`\n${comparisonTable(before, after, { speedup, difference, digits: heldOut.count })}`);
  console.log(`\nreport: ${file} (open it in a browser)`);
  tf.dispose(digit);
  stock.dispose();
  result.dispose();

  console.log();
  step(
    7,
    'smaller still, by the command line: channels removed, half of the weights pruned, distilled, int8',
  );
  const smaller = await makeSmaller(SOURCE, target, { train, heldOut }, (line) => console.log(indent(line)));
  console.log(`\n${indent(smaller.sparsity)}\n`);
  console.log(
    indent(
      `${(smaller.bytes / 1000).toFixed(1)} kB, ${(100 * smaller.accuracy).toFixed(2)} % of ${heldOut.count} held-out digits read right`,
    ),
  );
  console.log(`\n${ownModel(target)}`);
}

/** Everything that a report shows of both models. */
async function measureBoth(
  before: tf.LayersModel,
  after: tf.GraphModel,
  digit: tf.Tensor,
  { pixels, labels, count }: Digits,
  more: Pick<CollectOptions, 'files' | 'recipe' | 'notes'>,
): Promise<ReportRecord> {
  const xs = tf.tensor(pixels, [count, SIDE, SIDE, 1]);
  const ys = tf.tensor1d(labels, 'int32');
  try {
    return await collectReport({ before, after }, digit, {
      title: 'Quickstart: a network that reads digits',
      // Enough for a network of 2 ms; the defaults are for larger ones.
      timing: { warmUpMs: 500, timeMs: 2000 },
      profile: { warmUpMs: 300, calls: 100 },
      roofline: { timeMs: 300 },
      quality: { data: { xs, ys }, metrics: [accuracyMetric(), confusionMatrix()] },
      seed: SEED,
      ...more,
    });
  } finally {
    tf.dispose([xs, ys]);
  }
}

function step(number: number, what: string): void {
  console.log(`[${number}/7] ${what}`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '      ');
}

/** How often each rule applied, from messages that begin with the rule's name. */
function summary(messages: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const message of messages) {
    const rule = message.split(':')[0] as string;
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return [...counts].map(([rule, count]) => `${rule} ×${count}`).join(', ');
}

/** Largest difference of a probability over all digits. */
function largestDifference(
  before: (images: tf.Tensor) => tf.Tensor,
  after: (images: tf.Tensor) => tf.Tensor,
  { pixels, count }: Digits,
): number {
  return tf.tidy(() => {
    const images = tf.tensor(pixels, [count, SIDE, SIDE, 1]);
    return tf.max(tf.abs(tf.sub(before(images), after(images)))).dataSync()[0] as number;
  });
}

function relative(file: string): string {
  return path.relative(path.join(__dirname, '../..'), file);
}

/** Commands that work as they stand, from the root of the repository. */
function ownModel(target: string): string {
  const source = relative(SOURCE);
  return [
    `The optimized network is in ${target}; examples/quickstart/train.ts trained it.`,
    '',
    'The same from the command line (from the root of this repository, as it stands):',
    '',
    `  npx tfjs-optimize inspect ${source}`,
    `  npx tfjs-optimize optimize ${source} -o fast`,
    `  npx tfjs-optimize diff ${source} fast`,
    `  npx tfjs-optimize compare ${source} fast --report report.html`,
    '',
    'For a model of your own put the path or URL of its model.json (layers model or graph model) in place of',
    `${source}. In code:`,
    '',
    "  import { loadModel, optimize, saveModel } from '@tfjs-optimize/core';",
    "  import { inference } from '@tfjs-optimize/fusion';",
    '',
    "  const { model } = await optimize(await loadModel('path/to/model.json'), inference());",
    "  await saveModel(model, 'fast');",
    '',
    'Every program with TensorFlow.js loads the result, here from a web server:',
    '',
    "  const model = await tf.loadGraphModel('https://example.com/fast/model.json');",
  ].join('\n');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
