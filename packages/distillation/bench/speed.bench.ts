import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import {
  backend,
  interleave,
  randomStream,
  ratioOfMedians,
  spread,
  type Examples,
} from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import { fit } from '@tfjs-optimize/core';
import { simdInUse } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { PIXELS } from './digits.js';
import { dense } from './nets.js';
import { batchOf, byHand, fitting } from './steps.js';

/** Layers of the step that the issue of kernels measures, too. */
const WIDE = [1200, 1200];

const overhead: BenchCase = {
  id: 'distillation/fit-overhead',
  what: 'a step of optimizer.minimize on a graph against one of fit, 784-1200-1200-10, batch 128, Adam',
  run: async ({ seed, signal, progress }) => {
    await backend.use('wasm');
    const model = dense(WIDE, seed);
    const batch = batchOf(seed);
    const [hand, ours] = [await byHand(model, batch), fitting(model, batch, {})];
    const row = await race(
      () => hand.step(),
      () => ours.step(),
      {
        id: 'distillation/fit-overhead',
        names: ['by hand', 'fit'],
        seed,
        progress,
        // Both go on learning; steps that were timed are not as many on both sides.
        differByDesign: true,
        target: { atLeast: 0.95 },
        timeMs: 15_000,
        ...(signal && { signal }),
      },
    );
    await Promise.all([hand.end(), ours.end()]);
    tf.dispose([batch.inputs, batch.labels]);
    return { ...row, note: `${row.note}; ${simdInUse()} SIMD` };
  },
};

/** Examples of an epoch that is timed. */
const EPOCH = 1280;

/** Numbers without meaning, of which nothing can be learnt. */
function numbers(seed: number): Examples {
  const values = Float32Array.from({ length: EPOCH * PIXELS }, (_, i) => ((i * 7919 + seed) % 256) / 255);
  return {
    inputs: { values, shape: [EPOCH, PIXELS] },
    labels: { values: Int32Array.from({ length: EPOCH }, (_, i) => i % 10), shape: [EPOCH] },
  };
}

/** Epochs of training, each held up until it is asked for. */
function epochs(train: (gate: () => Promise<void>) => Promise<unknown>): {
  next: () => Promise<void>;
  end: () => Promise<unknown>;
} {
  let open: () => void = () => undefined;
  let reached: () => void = () => undefined;
  const training = train(
    () =>
      new Promise((resolve) => {
        open = resolve;
        reached();
      }),
  );
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      reached = resolve;
      open();
    });
  return { next, end: () => (open(), training) };
}

const cached: BenchCase = {
  id: 'distillation/cached-teacher',
  what: 'an epoch of a student alone against one with a teacher whose answers are kept, 784-1200-1200-10 to 784-400-10',
  run: async ({ seed, signal, progress }) => {
    await backend.use('wasm');
    const [data, teacher, student] = [numbers(seed), dense(WIDE, seed), dense([400], seed + 1)];
    let over = false;
    const settings = (gate: () => Promise<void>) => ({
      data,
      epochs: 10_000,
      batchSize: 128,
      seed,
      callbacks: {
        onEpoch: async (_: unknown, control: { stop(): void }) => (
          await gate(),
          void (over && control.stop())
        ),
      },
    });
    const alone = epochs((gate) => fit(student, { ...settings(gate), loss: 'crossEntropy' }));
    const taught = epochs((gate) =>
      distill(student, teacher, { ...settings(gate), temperature: 4, alpha: 0.9 }),
    );
    progress('timing');
    const times = await interleave(
      { alone: () => alone.next(), taught: () => taught.next() },
      { seed, warmUpMs: 2000, timeMs: 15_000, ...(signal && { signal }) },
    );
    over = true;
    await Promise.all([alone.end(), taught.end()]);
    const [a, b] = [times.alone.samples, times.taught.samples];
    const text = (samples: readonly number[]): string => {
      const { median, low, high } = spread(samples);
      return `${median.toFixed(1)} ms (${low.toFixed(1)}-${high.toFixed(1)})`;
    };
    const { value, low, high } = ratioOfMedians(a, b, randomStream(seed));
    return {
      id: 'distillation/cached-teacher',
      ...{ value, low, high, unit: 'x', n: b.length },
      note: `alone ${text(a)}, with kept answers ${text(b)}; ${simdInUse()} SIMD`,
      target: { atLeast: 0.91 },
    };
  },
};

export const cases: readonly BenchCase[] = [overhead, cached];
