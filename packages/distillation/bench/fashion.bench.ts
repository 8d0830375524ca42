import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import { annotate, backend, cost, fit, schedules, type Model } from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { digits, flip, missing, SIDE } from './digits.js';
import { convolutional, flattened } from './nets.js';
import { errorsOf, mean, SEEDS, settings, spreadText } from './trainings.js';

/** A teacher that sees its images mirrored, too, and students that see them as they are. */
interface Fashion {
  /** Filters of the first stage, and the student's dense units. */
  readonly teacher: number;
  readonly student: readonly [filters: number, units: number];
  /** The same images for all. */
  readonly images: number;
  readonly teacherEpochs: number;
  readonly studentEpochs: number;
  readonly seeds: readonly number[];
}

const FULL: Fashion = {
  ...{ teacher: 16, student: [8, 256], images: 10_000, teacherEpochs: 20, studentEpochs: 30, seeds: SEEDS },
};

/** Multiply-adds of one image. */
async function macsOf(model: Model): Promise<number> {
  const image = tf.zeros([1, SIDE, SIDE, 1]);
  try {
    return cost(model, await annotate(model, image)).macs;
  } finally {
    image.dispose();
  }
}

async function fashion({ seed, signal, progress }: BenchContext): ReturnType<BenchCase['run']> {
  const { images, teacherEpochs, studentEpochs, seeds, ...sizes } = FULL;
  const { name } = await backend.use();
  const { training, test } = digits('fashion-mnist', [SIDE, SIDE, 1], images);
  const given = (epochs: number, each: number): ReturnType<typeof settings> => ({
    ...settings(epochs, each, training, signal),
    batchSize: 64,
    learningRate: schedules.cosine({ from: 2e-3, to: 1e-5 }),
  });
  const { model: teacher } = await fit(convolutional(sizes.teacher, seed), {
    ...given(teacherEpochs, seed),
    ...{ loss: 'crossEntropy', augment: flip },
  });
  const best = await errorsOf(teacher, test);
  progress(`teacher: ${best} errors`);
  const [alone, both]: [number[], number[]] = [[], []];
  for (const each of seeds) {
    const student = flattened(...sizes.student, 10 * seed + each);
    const settings = given(studentEpochs, each);
    const own = await fit(student, { ...settings, loss: 'crossEntropy' });
    alone.push(await errorsOf(own.model, test));
    const taught = await distill(student, teacher, { ...settings, temperature: 4, alpha: 0.9 });
    both.push(await errorsOf(taught.model, test));
    progress(`student ${each}: ${alone.at(-1)} errors alone, ${both.at(-1)} with its teacher`);
  }
  const kept = alone.map((count, i) => (100 * ((both[i] as number) - best)) / (count - best));
  const fewer = (await macsOf(teacher)) / (await macsOf(flattened(...sizes.student, seed)));
  return {
    id: 'distillation/fashion-cnn-loss-kept',
    value: (100 * (mean(both) - best)) / (mean(alone) - best),
    ...{ low: Math.min(...kept), high: Math.max(...kept), unit: '%', n: seeds.length },
    note:
      `errors of 10 000: teacher ${best}, alone ${spreadText(alone)}, ` +
      `with its teacher ${spreadText(both)}; ${fewer.toFixed(1)} times fewer multiply-adds; ${images} images on ${name}`,
    target: { atMost: 50 },
  };
}

export const cases: readonly BenchCase[] = [
  {
    id: 'distillation/fashion-cnn-loss-kept',
    what: 'share of what a small convolutional net loses against a large one that is left with distillation',
    // A teacher of fewer images or epochs is no better than the student.
    missing: ({ quick }) => (quick ? 'it takes its full size to show anything' : missing('fashion-mnist')),
    run: fashion,
  },
];
