import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import { backend, fit, loadModel, schedules, type FitOptions } from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import {
  maskBy,
  pruneWhileTraining,
  sparsities,
  sparsity,
  type TrainingMethod,
} from '@tfjs-optimize/pruning';
import { sharedDir } from '@tfjs-optimize/testing';
import '@tfjs-optimize/wasm';
import * as path from 'node:path';
import { digits, mean, missing, pointsOf, spreadText, type DigitsName } from './digits.js';

/** A trained network of somebody else's, and how it is pruned. */
interface Task {
  readonly id: string;
  readonly what: string;
  readonly data: DigitsName;
  readonly model: string;
  readonly method: TrainingMethod;
  /** Whether the dense model that trained on teaches the pruned one, as labels do (Hinton et al. 2015). */
  readonly taught: boolean;
  /** Points that it may lose. */
  readonly most: number;
}

const MODELS: Readonly<Record<DigitsName, string>> = {
  mnist: 'mnist-cnn-layers',
  'fashion-mnist': 'fashion-cnn-keras3-layers',
};

const SEEDS = [1, 2, 3];
const BATCH = 64;
const EPOCHS = 2;

/** The shared CNN pruned while it is trained for a few epochs; the dense one trains on as long. */
async function run(
  task: Task,
  { seed, quick, signal, progress }: BenchContext,
): ReturnType<BenchCase['run']> {
  const { name } = await backend.use();
  const images = quick ? 3000 : 60_000;
  const { training, test } = digits(task.data, [28, 28, 1], images);
  const given = await loadModel(path.join(sharedDir('data', 'models', task.model) as string, 'model.json'));
  const before = await pointsOf(given, test);
  const epochs = quick ? 1 : EPOCHS;
  // Little by little in the first quarter.
  const end = Math.floor((epochs * Math.ceil(images / BATCH)) / 4);
  const schedule = sparsities.polynomial({ to: 0.5, end, frequency: quick ? 5 : 100 });
  const [longer, pruned]: [number[], number[]] = [[], []];
  let zeros = 0;
  for (const each of quick ? SEEDS.slice(0, 1) : SEEDS) {
    const settings: FitOptions = {
      ...{ data: training, loss: 'crossEntropy', epochs, batchSize: BATCH },
      ...{ seed: 100 * seed + each, learningRate: schedules.cosine({ from: 1e-3, to: 1e-5 }) },
      ...(signal && { signal }),
    };
    const { model: teacher } = await fit(given, settings);
    longer.push(await pointsOf(teacher, test));
    const callbacks = pruneWhileTraining({ schedule, method: task.method });
    const { loss, ...rest } = settings;
    const { model } = task.taught
      ? await distill(given, teacher, { ...rest, callbacks, temperature: 4, alpha: 0.7 })
      : await fit(given, { ...rest, loss, callbacks });
    zeros = sparsity(model).share;
    pruned.push(await pointsOf(model, test));
    progress(
      `seed ${each}: trained on ${longer.at(-1)?.toFixed(2)} %, pruned ${pruned.at(-1)?.toFixed(2)} %`,
    );
  }
  const drops = pruned.map((points, i) => Math.max(before, longer[i] as number) - points);
  const note =
    `${quick ? 'quick, ' : ''}% right of 10 000: as it was ${before.toFixed(2)}, trained on ${spreadText(longer)}, pruned ` +
    `${spreadText(pruned)}; ${(100 * zeros).toFixed(1)} % of kernels are zero; on ${name}`;
  return {
    ...{ id: task.id, value: mean(drops), unit: 'points', n: drops.length, note },
    ...{ low: Math.min(...drops), high: Math.max(...drops), target: { atMost: task.most } },
  };
}

const caseOf = (id: string, data: DigitsName, how: string, method: TrainingMethod): BenchCase => {
  const taught = data === 'fashion-mnist';
  const what = `points that the ${data} CNN loses, ${how} and trained for ${EPOCHS} epochs, against the better of the dense one and one that trained on${taught ? ', which is its teacher' : ''}`;
  const most = taught ? 0.3 : 0.1;
  const task: Task = { id, what, data, model: MODELS[data], method, taught, most };
  return {
    ...{ id, what },
    missing: () =>
      missing(data) ??
      (sharedDir('data', 'models', task.model) === undefined
        ? `data/models/${task.model} of the shared folder is not there`
        : undefined),
    run: (context) => run(task, context),
  };
};

const [PAIRS, HALF] = ['2:4', 'half of each kernel zero'];

export const cases: readonly BenchCase[] = [
  caseOf('pruning/mnist-cnn-2of4', 'mnist', PAIRS, maskBy.nOfM('2:4')),
  caseOf('pruning/mnist-cnn-half', 'mnist', HALF, maskBy.magnitude()),
  caseOf('pruning/fashion-cnn-2of4', 'fashion-mnist', PAIRS, maskBy.nOfM('2:4')),
  caseOf('pruning/fashion-cnn-half-magnitude', 'fashion-mnist', HALF, maskBy.magnitude()),
];
