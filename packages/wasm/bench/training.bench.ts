import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { backend } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { simdInUse } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { kernelCase, stock } from './sides.js';

/** Images of digits, 10 classes: a whole step of a batch with Adam. */
interface Task {
  readonly batch: number;
  readonly shape: readonly number[];
  readonly layers: () => tf.layers.Layer[];
}

const MLP: Task = {
  batch: 128,
  shape: [784],
  layers: () => [
    tf.layers.dense({ units: 1200, activation: 'relu', inputShape: [784] }),
    tf.layers.dense({ units: 1200, activation: 'relu' }),
    tf.layers.dense({ units: 10 }),
  ],
};

const CNN: Task = {
  batch: 64,
  shape: [28, 28, 1],
  layers: () => [
    tf.layers.conv2d({
      filters: 32,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      inputShape: [28, 28, 1],
    }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 128, activation: 'relu' }),
    tf.layers.dense({ units: 10 }),
  ],
};

/** A model of its own, with the weights of the seed, and a step of training: it gives the loss before the step. */
function trainer(
  { batch, shape, layers }: Task,
  seed: number,
): { step: () => tf.Scalar; dispose: () => void } {
  const model = nets.seedWeights(tf.sequential({ layers: layers() }), seed);
  const optimizer = tf.train.adam(1e-3);
  const x = nets.uniformTensor([batch, ...shape], seed, 0, 1);
  const y = tf.tidy(() => tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(10, 'int32')).toInt(), 10));
  const loss = (): tf.Scalar =>
    tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor);
  return {
    step: () => optimizer.minimize(loss, true) as tf.Scalar,
    dispose: () => {
      model.dispose();
      optimizer.dispose();
      tf.dispose([x, y]);
    },
  };
}

/** Steps before the race: the loss that is compared then tells of gradients and steps, too. */
const STEPS_BEFORE = 3;

async function advance(step: () => unknown, times: number): Promise<void> {
  for (let i = 0; i < times; i++) tf.dispose((await step()) as tf.Tensor);
}

/** The tfjs cpu backend trains what the wasm backend cannot. */
const trainCnn: BenchCase = {
  id: 'wasm/train-cnn',
  what: 'a step of a small convolutional net on the cpu backend against wasm with our kernels, batch 64',
  run: async ({ seed, signal, progress }) => {
    await tf.setBackend('cpu');
    const cpu = trainer(CNN, seed);
    await backend.use('wasm');
    const wasm = trainer(CNN, seed);
    const on = (name: string, step: () => tf.Scalar) => async () => {
      await tf.setBackend(name);
      return step();
    };
    // A step on the cpu backend takes half a minute.
    for (const side of [on('cpu', cpu.step), on('wasm', wasm.step)]) await advance(side, 1);
    const row = await race(on('cpu', cpu.step), on('wasm', wasm.step), {
      id: 'wasm/train-cnn',
      names: ['cpu', 'ours'],
      seed,
      progress,
      tolerance: 1e-4,
      target: { atLeast: 10 },
      minRounds: 3,
      timeMs: 1000,
      ...(signal && { signal }),
    });
    [cpu, wasm].forEach((each) => each.dispose());
    return { ...row, note: `${row.note}; ${simdInUse()} SIMD` };
  },
};

export const cases: readonly BenchCase[] = [
  kernelCase({
    id: 'wasm/train-mlp',
    what: 'a step of 784-1200-1200-10, batch 128, Adam',
    tolerance: 1e-4,
    target: { atLeast: 5 },
    make: async (seed) => {
      const [fast, slow] = [trainer(MLP, seed), trainer(MLP, seed)];
      await advance(fast.step, STEPS_BEFORE);
      await advance(stock(slow.step), STEPS_BEFORE);
      return {
        call: fast.step,
        baseline: slow.step,
        dispose: () => [fast, slow].forEach((each) => each.dispose()),
      };
    },
  }),
  trainCnn,
];
