import { evaluateModel, schedules, type Examples, type FitOptions, type Model } from '@tfjs-optimize/core';

/** Seeds of students: what one seed shows may be luck. */
export const SEEDS = [1, 2, 3];

/** Wrong answers of 10 000; the model is freed. */
export async function errorsOf(model: Model, data: Examples): Promise<number> {
  const { accuracy = NaN } = await evaluateModel(model, {
    data,
    loss: 'crossEntropy',
    metrics: ['accuracy'],
    batchSize: 500,
  });
  model.dispose();
  return Math.round(10_000 * (1 - accuracy));
}

/** Settings that the trainings of a table share. */
export function settings(
  epochs: number,
  seed: number,
  data: Examples,
  signal: AbortSignal | undefined,
): Omit<FitOptions, 'loss'> & { data: Examples } {
  return {
    ...{ data, epochs, seed, batchSize: 128, learningRate: schedules.cosine({ from: 1e-3, to: 1e-5 }) },
    ...(signal && { signal }),
  };
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** `90 (89, 91)`: the mean, and what it is of. */
export function spreadText(values: readonly number[]): string {
  return values.length === 1
    ? String(values[0])
    : `${mean(values).toFixed(0)} (${[...values].sort((a, b) => a - b).join(', ')})`;
}

/** Tells the time since then, and that of processors: on a machine that does much else the first is no measure. */
export function stopwatch(): () => string {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const text = (seconds: number): string =>
    seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
  return () => {
    const { user, system } = process.cpuUsage(before);
    return `${text((performance.now() - start) / 1000)}, ${text((user + system) / 1e6)} of processors`;
  };
}
