import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import {
  backend,
  countNonZero,
  fit,
  parameterNames,
  schedules,
  traceLayersModel,
  type FitOptions,
  type Model,
} from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import { maskBy, pruneWhileTraining, sparsities } from '@tfjs-optimize/pruning';
import '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { digits, mean, missing, pointsOf, spreadText } from './digits.js';

type Name = 'lenet-300-100' | 'lenet-5';

/** What is trained, and for how long. */
interface Task {
  readonly name: Name;
  readonly shape: readonly number[];
  readonly make: (seed: number) => tf.Sequential;
  readonly denseEpochs: number;
  /** Of the pruning, and of the dense model that trains on for comparison. */
  readonly moreEpochs: number;
  /** The share of all kernels' weights that goes. */
  readonly sparsity: number;
  /** Whether the dense model that trained on teaches the pruned one, as labels do (Hinton et al. 2015). */
  readonly taught: boolean;
}

/** Seeds of weights and of the order of images: what one shows may be luck. */
const SEEDS = [1, 2, 3];

const hidden = (units: number, seed: number, more: object = {}): tf.layers.Layer =>
  tf.layers.dense({
    ...{ units, kernelInitializer: tf.initializers.heNormal({ seed }) },
    activation: 'relu',
    ...more,
  });
const scores = (seed: number): tf.layers.Layer =>
  tf.layers.dense({ units: 10, kernelInitializer: tf.initializers.glorotNormal({ seed }) });

/** 784-300-100-10 (LeCun et al. 1998): 266 610 parameters. */
function lenet300(seed: number): tf.Sequential {
  return tf.sequential({
    layers: [
      hidden(300, 10 * seed, { inputShape: [784] }),
      hidden(100, 10 * seed + 1),
      scores(10 * seed + 2),
    ],
  });
}

/** The LeNet-5 of Caffe, that Han et al. 2015 prune: 431 080 parameters. */
function lenet5(seed: number): tf.Sequential {
  const convolution = (filters: number, at: number, more: object = {}): tf.layers.Layer =>
    tf.layers.conv2d({
      ...{ filters, kernelSize: 5, kernelInitializer: tf.initializers.heNormal({ seed: at }) },
      ...more,
    });
  return tf.sequential({
    layers: [
      convolution(20, 10 * seed, { inputShape: [28, 28, 1] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      convolution(50, 10 * seed + 1),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      hidden(500, 10 * seed + 2),
      scores(10 * seed + 3),
    ],
  });
}

const TASKS: Readonly<Record<Name, Task>> = {
  'lenet-300-100': {
    ...{ name: 'lenet-300-100', shape: [784], make: lenet300 },
    ...{ denseEpochs: 8, moreEpochs: 12, sparsity: 0.93, taught: false },
  },
  'lenet-5': {
    ...{ name: 'lenet-5', shape: [28, 28, 1], make: lenet5 },
    ...{ denseEpochs: 2, moreEpochs: 6, sparsity: 0.923, taught: true },
  },
};

/** What Han et al. 2015 leave of either network, in hundredths. */
const MOST_LEFT = 8;

/** What one seed gave, in points. */
interface Outcome {
  readonly dense: number;
  readonly longer: number;
  readonly pruned: number;
  /** Parameters that are not zero, biases among them, in hundredths of all. */
  readonly left: number;
}

function shareLeft(model: Model): number {
  const names = parameterNames(model);
  let [left, all] = [0, 0];
  for (const [name, weight] of model.weights) {
    if (!names.has(name)) continue;
    all += weight.size;
    left += countNonZero(weight);
  }
  return (100 * left) / all;
}

async function once(task: Task, seed: number, { quick, signal, progress }: BenchContext): Promise<Outcome> {
  const { training, test } = digits('mnist', task.shape, quick ? 6000 : 60_000);
  const layers = task.make(seed);
  const untrained = traceLayersModel(layers);
  layers.dispose();
  const settings = (epochs: number, rate: number): FitOptions => ({
    ...{ data: training, loss: 'crossEntropy', epochs: quick ? 2 : epochs, batchSize: 128, seed },
    learningRate: schedules.cosine({ from: rate, to: 1e-5 }),
    ...(signal && { signal }),
  });
  const { model: dense } = await fit(untrained, settings(task.denseEpochs, 1e-3));
  const more = settings(task.moreEpochs, 1e-3);
  const { model: longer } = await fit(dense, more);
  const schedule = sparsities.polynomial({
    ...{ to: task.sparsity, frequency: quick ? 10 : 100 },
    end: Math.floor(0.6 * more.epochs * Math.ceil((quick ? 6000 : 60_000) / 128)),
  });
  const callbacks = pruneWhileTraining({ schedule, method: maskBy.global() });
  const { loss, ...rest } = more;
  const { model: pruned } = task.taught
    ? await distill(dense, longer, { ...rest, callbacks, temperature: 4, alpha: 0.7 })
    : await fit(dense, { ...rest, loss, callbacks });
  const left = shareLeft(pruned);
  if (left > MOST_LEFT)
    throw new Error(`expected at most ${MOST_LEFT} % of parameters to be left, got ${left}`);
  const outcome = {
    dense: await pointsOf(dense, test),
    longer: await pointsOf(longer, test),
    pruned: await pointsOf(pruned, test),
    left,
  };
  progress(
    `seed ${seed}: dense ${outcome.dense.toFixed(2)} %, longer ${outcome.longer.toFixed(2)} %, ` +
      `pruned ${outcome.pruned.toFixed(2)} % with ${left.toFixed(2)} % left`,
  );
  return outcome;
}

const drop = (name: Name): BenchCase => ({
  id: `pruning/${name}-drop`,
  what: `points that ${name} loses on MNIST with at most ${MOST_LEFT} % of its parameters left, against the better of the dense model and one that trained on as long${TASKS[name].taught ? ', which is its teacher' : ''}`,
  missing: () => missing('mnist'),
  run: async (context) => {
    await backend.use();
    const found: Outcome[] = [];
    for (const seed of context.quick ? SEEDS.slice(0, 1) : SEEDS)
      found.push(await once(TASKS[name], context.seed * 100 + seed, context));
    const drops = found.map(({ dense, longer, pruned }) => Math.max(dense, longer) - pruned);
    const of = (key: keyof Outcome): string => spreadText(found.map((one) => one[key]));
    const note =
      `${context.quick ? 'quick, ' : ''}% right of 10 000: dense ${of('dense')}, trained on ${of('longer')}, ` +
      `pruned ${of('pruned')}; ${of('left')} % of parameters left; on ${tf.getBackend()}`;
    return {
      ...{ id: `pruning/${name}-drop`, value: mean(drops), unit: 'points', n: found.length, note },
      ...{ low: Math.min(...drops), high: Math.max(...drops), target: { atMost: 0.1 } },
    };
  },
});

export const cases: readonly BenchCase[] = [drop('lenet-300-100'), drop('lenet-5')];
