/**
 * The quickstart: loads a small network that this repository trained, optimizes it for inference, saves
 * the result, loads that with TensorFlow.js alone and compares both on digits that training never saw.
 * `npm run quickstart` installs, builds and runs it.
 */
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  fileHandler,
  interleave,
  loadModel,
  makeReport,
  optimize,
  ratioOfMedians,
  randomStream,
  saveModel,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { loadDigits, PIXELS, SIDE, type Digits } from './digits.js';
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
  const { heldOut } = loadDigits(SEED);

  step(3, 'optimizing with the preset inference(): folding batch norms, fusing biases and activations');
  const { model: optimized, notes } = await optimize(model, inference(), { seed: SEED });
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

  step(6, 'timing both by turns, one digit at a time (about 10 seconds)');
  const digit = tf.tensor(heldOut.pixels.slice(0, PIXELS), [1, SIDE, SIDE, 1]);
  const run = (predict: (images: tf.Tensor) => tf.Tensor) => () => tf.tidy(() => predict(digit).dataSync());
  const times = await interleave({ before: run(predictBefore), after: run(predictAfter) }, { seed: SEED });
  const speedup = ratioOfMedians(times.before.samples, times.after.samples, randomStream(SEED));

  const report = await makeReport(model, optimized, { sample: digit, seed: SEED });
  const before: Measured = {
    figures: report.before,
    accuracy: accuracyBefore,
    time: times.before,
    bytes: sizeOf(SOURCE),
  };
  const after: Measured = {
    figures: report.after,
    accuracy: accuracyAfter,
    time: times.after,
    bytes: sizeOf(target),
  };
  const difference = largestDifference(predictBefore, predictAfter, heldOut);
  console.log(`\n${comparisonTable(before, after, { speedup, difference, digits: heldOut.count })}`);
  console.log(`\n${ownModel(target)}`);
  tf.dispose(digit);
  stock.dispose();
  result.dispose();
}

function step(number: number, what: string): void {
  console.log(`[${number}/6] ${what}`);
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

/** Bytes of model.json and the weights in a folder. */
function sizeOf(folder: string): number {
  const files = fs.readdirSync(folder).filter((file) => file === 'model.json' || file.endsWith('.bin'));
  return files.reduce((sum, file) => sum + fs.statSync(path.join(folder, file)).size, 0);
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
