import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import { backend, fit, type Examples } from '@tfjs-optimize/core';
import { distill, type DistillOptions } from '@tfjs-optimize/distillation';
import '@tfjs-optimize/wasm';
import { digits, missing, PIXELS } from './digits.js';
import { dense } from './nets.js';
import { errorsOf, mean, SEEDS, settings, spreadText } from './trainings.js';

/** A teacher without dropout or jitter, 784-1200-1200-10, and a student, 784-400-10, on images of MNIST. */
interface Setting {
  readonly name: string;
  readonly what: string;
  /** Images that the teacher and the student are trained on, the first ones. */
  readonly teacher: number;
  readonly student: number;
  readonly epochs: number;
  readonly loss: Pick<DistillOptions, 'temperature' | 'alpha'>;
}

const ALL = 60_000;
const FEW = 5000;
const SETTINGS: readonly Setting[] = [
  {
    ...{ name: 'all-images-plain', what: 'all images for both, the plain form' },
    ...{ teacher: ALL, student: ALL, epochs: 6, loss: { temperature: 1, alpha: 1 } },
  },
  {
    ...{ name: 'all-images-t4', what: 'all images for both, temperature 4' },
    ...{ teacher: ALL, student: ALL, epochs: 6, loss: { temperature: 4, alpha: 0.9 } },
  },
  {
    ...{ name: 'few-images-of-few', what: '5000 images for both, temperature 4' },
    ...{ teacher: FEW, student: FEW, epochs: 20, loss: { temperature: 4, alpha: 0.9 } },
  },
  {
    ...{ name: 'few-images-of-all', what: 'all images for the teacher, 5000 for the student, temperature 4' },
    ...{ teacher: ALL, student: FEW, epochs: 20, loss: { temperature: 4, alpha: 0.9 } },
  },
];

async function fewerErrors(
  { name, teacher: taught, student: seen, epochs, loss }: Setting,
  { seed, quick, signal, progress }: BenchContext,
): ReturnType<BenchCase['run']> {
  // Where all images are seen, a third of them and of the epochs: the effect is as small.
  const share = (count: number): number => (quick && count === ALL ? ALL / 3 : count);
  const seeds = quick ? SEEDS.slice(0, 1) : SEEDS;
  const { name: used } = await backend.use();
  const imagesOf = (count: number): { training: Examples; test: Examples } =>
    digits('mnist', [PIXELS], share(count));
  const { training, test } = imagesOf(seen);
  const teacherEpochs = taught === ALL ? 6 : 20;
  const { model: teacher } = await fit(dense([1200, 1200], seed), {
    ...settings(
      quick ? Math.ceil(teacherEpochs / 3) : teacherEpochs,
      seed,
      imagesOf(taught).training,
      signal,
    ),
    loss: 'crossEntropy',
  });
  const [alone, both]: [number[], number[]] = [[], []];
  for (const each of seeds) {
    const student = dense([400], 10 * seed + each);
    const given = settings(epochs, each, training, signal);
    const own = await fit(student, { ...given, loss: 'crossEntropy' });
    alone.push(await errorsOf(own.model, test));
    const { model } = await distill(student, teacher, { ...given, ...loss });
    both.push(await errorsOf(model, test));
    progress(`student ${each}: ${alone.at(-1)} errors alone, ${both.at(-1)} with its teacher`);
  }
  const fewer = alone.map((count, i) => 100 * (1 - (both[i] as number) / count));
  return {
    id: `distillation/fewer-errors-${name}`,
    value: 100 * (1 - mean(both) / mean(alone)),
    ...{ low: Math.min(...fewer), high: Math.max(...fewer), unit: '%', n: seeds.length },
    note:
      `${quick ? 'quick, ' : ''}errors of 10 000: teacher ${await errorsOf(teacher, test)}, ` +
      `alone ${spreadText(alone)}, with its teacher ${spreadText(both)}; 784-400-10 on ${used}`,
  };
}

export const cases: readonly BenchCase[] = SETTINGS.map((setting) => ({
  id: `distillation/fewer-errors-${setting.name}`,
  what: `errors of a student that its teacher takes away on MNIST: ${setting.what}`,
  missing: () => missing('mnist'),
  run: (context) => fewerErrors(setting, context),
}));
