import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import {
  annotate,
  backend,
  cost,
  countText,
  fit,
  schedules,
  type Augment,
  type Examples,
  type FitOptions,
  type Model,
} from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import { pruneChannels, type ChannelFigures } from '@tfjs-optimize/pruning';
import '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { mirroredAndMoved } from './augment.js';
import { cifar, missingCifar } from './cifar.js';
import { digits, mean, missing, pointsOf, spreadText } from './digits.js';
import { convolutional, residual } from './nets.js';

/** How much a network is trained. */
interface Size {
  /** Training images, the same for all. */
  readonly images: number;
  readonly denseEpochs: number;
  /** Epochs after each cut; the dense model that is compared trains on for as many as all of these. */
  readonly tuneEpochs: readonly number[];
  readonly seeds: readonly number[];
}

/** A network that loses half of its multiply-adds. */
interface Task {
  readonly id: string;
  readonly what: string;
  readonly missing: () => string | undefined;
  readonly make: (seed: number) => Model<'float'>;
  readonly data: (images: number) => { readonly training: Examples; readonly test: Examples };
  /** Shape of an image. */
  readonly shape: readonly number[];
  readonly tested: number;
  readonly augment?: Augment;
  readonly full: Size;
  readonly quick: Size;
  /** Points that it may lose, where that is told. */
  readonly most?: number;
}

const SEEDS = [1, 2, 3];
const SHARE = 0.5;
const BATCH = 64;
/** Learning rates that trainings begin with; the dense model trains on with that of the pruned one. */
const RATES = { dense: 3e-3, tune: 2e-3 };
/** Channels that stay are a multiple of this: layers of 8 and 16 have little to choose by 8. */
const ROUND_TO = 4;
/** Examples whose gradients tell which channels matter (Molchanov et al. 2019). */
const JUDGES = 512;

/** What one seed gave: points, and what models cost. */
interface Outcome {
  readonly dense: number;
  readonly longer: number;
  readonly pruned: number;
  readonly before: ChannelFigures;
  readonly after: ChannelFigures;
}

/** Multiply-adds of one image, counted in the graph as it is: not by the plan of the removal. */
async function macsOf(model: Model, shape: readonly number[]): Promise<number> {
  const image = tf.zeros([1, ...shape]);
  try {
    return cost(model, await annotate(model, image)).macs;
  } finally {
    image.dispose();
  }
}

async function checkHalf(pruned: Model, dense: Model, shape: readonly number[]): Promise<void> {
  const [left, all] = [await macsOf(pruned, shape), await macsOf(dense, shape)];
  if (!(left <= SHARE * all))
    throw new Error(`expected at most ${SHARE * all} of ${all} multiply-adds to be left, got ${left}`);
}

/** Trains a network, trains it on, and cuts it in steps in place of that, taught by the dense one that trained on. */
async function once(task: Task, seed: number, { quick, signal, progress }: BenchContext): Promise<Outcome> {
  const { images, denseEpochs, tuneEpochs } = quick ? task.quick : task.full;
  const { training, test } = task.data(images);
  const settings = (epochs: number, rate: number): Omit<FitOptions, 'loss'> => ({
    ...{ data: training, epochs, batchSize: BATCH, seed },
    learningRate: schedules.cosine({ from: rate, to: 1e-5 }),
    ...(task.augment && { augment: task.augment }),
    ...(signal && { signal }),
  });
  const { model: dense } = await fit(task.make(seed), {
    ...settings(denseEpochs, RATES.dense),
    loss: 'crossEntropy',
  });
  const more = tuneEpochs.reduce((a, b) => a + b, 0);
  const { model: longer } = await fit(dense, { ...settings(more, RATES.tune), loss: 'crossEntropy' });
  const { model, before, after } = await pruneChannels(dense, {
    ...{ budget: { macs: SHARE }, roundTo: ROUND_TO, iterations: tuneEpochs.length },
    ...{ importance: 'taylor', data: task.data(JUDGES).training, loss: 'crossEntropy' },
    between: async (cut, { step }) => {
      const taught = await distill(cut, longer, {
        ...settings(tuneEpochs[step - 1] as number, RATES.tune),
        ...{ temperature: 4, alpha: 0.7 },
      });
      return taught.model;
    },
    ...(signal && { signal }),
  });
  await checkHalf(model, dense, task.shape);
  const outcome = {
    dense: await pointsOf(dense, test),
    longer: await pointsOf(longer, test),
    pruned: await pointsOf(model, test),
    ...{ before, after },
  };
  progress(
    `seed ${seed}: dense ${outcome.dense.toFixed(2)} %, longer ${outcome.longer.toFixed(2)} %, ` +
      `pruned ${outcome.pruned.toFixed(2)} %`,
  );
  return outcome;
}

/** `1.41 M → 690 to 700 K`: what rounding leaves of the budget goes to the groups that matter most with a seed. */
function changeText(found: readonly Outcome[], figure: 'macs' | 'parameters'): string {
  const [first] = found as readonly [Outcome, ...Outcome[]];
  const after = found.map((one) => one.after[figure] as number);
  const [low, high] = [Math.min(...after), Math.max(...after)].map((count) => countText(count));
  return `${countText(first.before[figure] as number)} → ${low === high ? low : `${low} to ${high}`}`;
}

/** Standard error of a drop of one seed, in points, as if both models were tested on images of their own. */
function uncertainty({ longer, pruned }: Outcome, tested: number): number {
  const variance = (points: number): number => (points * (100 - points)) / tested;
  return Math.sqrt(variance(longer) + variance(pruned));
}

async function run(task: Task, context: BenchContext): ReturnType<BenchCase['run']> {
  const { images, denseEpochs, tuneEpochs, seeds } = context.quick ? task.quick : task.full;
  const { name } = await backend.use();
  const found: Outcome[] = [];
  for (const seed of seeds) found.push(await once(task, 100 * context.seed + seed, context));
  const drops = found.map(({ dense, longer, pruned }) => Math.max(dense, longer) - pruned);
  const of = (key: 'dense' | 'longer' | 'pruned'): string => spreadText(found.map((one) => one[key]));
  const error = mean(found.map((one) => uncertainty(one, task.tested)));
  const note =
    `${context.quick ? 'quick, ' : ''}% right of ${task.tested}: dense ${of('dense')}, trained on ${of('longer')}, ` +
    `pruned ${of('pruned')}; MACs ${changeText(found, 'macs')}, parameters ${changeText(found, 'parameters')}; ` +
    `all on the first ${images} training images, ${denseEpochs} epochs and ${tuneEpochs.join(' + ')} more; ` +
    `a drop is known to ± ${error.toFixed(2)} by that many tests; on ${name}`;
  return {
    ...{ id: task.id, value: mean(drops), unit: 'points', n: drops.length, note },
    ...{ low: Math.min(...drops), high: Math.max(...drops) },
    ...(task.most !== undefined && { target: { atMost: task.most } }),
  };
}

const caseOf = (task: Task): BenchCase => ({
  ...{ id: task.id, missing: task.missing },
  what: `points that ${task.what} loses at half of its multiply-adds, against the better of the dense model and the one that trained on as long, which is its teacher`,
  run: (context) => run(task, context),
});

export const cases: readonly BenchCase[] = [
  caseOf({
    ...{ id: 'pruning/fashion-cnn-half-drop', what: 'a CNN on Fashion-MNIST', most: 0.3 },
    ...{ shape: [28, 28, 1], tested: 10_000 },
    missing: () => missing('fashion-mnist'),
    make: (seed) => convolutional(32, seed),
    data: (images) => digits('fashion-mnist', [28, 28, 1], images),
    full: { images: 10_000, denseEpochs: 8, tuneEpochs: [1, 1, 6], seeds: SEEDS },
    quick: { images: 1500, denseEpochs: 3, tuneEpochs: [1, 3], seeds: [1] },
  }),
  caseOf({
    ...{ id: 'pruning/cifar-resnet-half', what: 'a residual net of 8 layers on 3000 images of CIFAR-10' },
    ...{ shape: [32, 32, 3], tested: 1000, augment: mirroredAndMoved(4) },
    missing: missingCifar,
    make: (seed) => residual(1, seed),
    data: cifar,
    full: { images: 3000, denseEpochs: 16, tuneEpochs: [1, 1, 6], seeds: SEEDS },
    quick: { images: 512, denseEpochs: 2, tuneEpochs: [1, 1], seeds: [1] },
  }),
];
