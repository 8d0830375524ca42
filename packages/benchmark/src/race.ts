import * as tf from '@tensorflow/tfjs';
import {
  fail,
  interleave,
  randomStream,
  ratioOfMedians,
  type InterleaveOptions,
  type Timing,
} from '@tfjs-optimize/core';
import type { BenchRow, Target } from './cases.js';

/** A model with its inputs, ready to run: returns the outputs, which the caller disposes of. */
export type Runner = () => Outputs | Promise<Outputs>;
type Outputs = tf.Tensor | readonly tf.Tensor[];

/** Options of {@link race}. */
export interface RaceOptions extends Omit<InterleaveOptions, 'progress'> {
  readonly id: string;
  /** Names of the two sides in the note; `stock` and `ours` by default. */
  readonly names?: readonly [baseline: string, ours: string];
  /** Largest |difference| of an output, relative to the largest magnitude in it. */
  readonly tolerance: number;
  readonly target?: Target;
  readonly progress?: (message: string) => void;
}

/**
 * How many times faster `ours` is than `baseline`, both run in one process, interleaved. First their
 * outputs are compared: figures of two programs that compute different things are worth nothing.
 * A run counts until its outputs' values are there.
 */
export async function race(baseline: Runner, ours: Runner, options: RaceOptions): Promise<BenchRow> {
  const { id, tolerance, target, progress, names = ['stock', 'ours'], ...timing } = options;
  const difference = compareOutputs(id, await outputsOf(baseline), await outputsOf(ours), tolerance);
  const times = await interleave(
    { baseline: work(baseline), ours: work(ours) },
    {
      ...timing,
      progress: (message, done, total) => {
        if (done === 0 || done === total) progress?.(message);
      },
    },
  );
  const ratio = ratioOfMedians(times.baseline.samples, times.ours.samples, randomStream(options.seed));
  return {
    id,
    value: ratio.value,
    unit: 'x',
    low: ratio.low,
    high: ratio.high,
    n: times.ours.n,
    note: `${names[0]} ${timeText(times.baseline)}, ${names[1]} ${timeText(times.ours)}; outputs differ by ${difference.toExponential(1)}`,
    ...(target === undefined ? {} : { target }),
  };
}

/** Median with the 10th and 90th percentile, in milliseconds. */
export function timeText({ median, low, high }: Timing): string {
  const digits = median < 1 ? 3 : median < 100 ? 2 : 1;
  return `${median.toFixed(digits)} ms (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

/**
 * How far two orders of the same float32 arithmetic may lie apart, relative to the largest output:
 * each of `layers` reductions over `length` terms adds √length roundings of 2⁻²⁴ (the probabilistic
 * bound of Higham and Mary 2019, at λ = 1), and layers add up.
 */
export function reorderTolerance(layers: number, length: number): number {
  return layers * Math.sqrt(length) * 2 ** -24;
}

interface Output {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

async function outputsOf(runner: Runner): Promise<Output[]> {
  const tensors = [await runner()].flat() as tf.Tensor[];
  const outputs: Output[] = [];
  for (const tensor of tensors) outputs.push({ shape: tensor.shape, values: await tensor.data() });
  tf.dispose(tensors);
  return outputs;
}

/** A run to its end: with the values read, which is when a backend that works ahead has finished. */
function work(runner: Runner): () => void | Promise<void> {
  return () => {
    const outputs = runner();
    return outputs instanceof Promise ? outputs.then(readAndDispose) : readAndDispose(outputs);
  };
}

function readAndDispose(outputs: Outputs): void {
  const tensors = [outputs].flat() as tf.Tensor[];
  for (const tensor of tensors) tensor.dataSync();
  tf.dispose(tensors);
}

/** Largest difference relative to an output's largest magnitude; more than the tolerance is an error. */
function compareOutputs(
  id: string,
  expected: readonly Output[],
  actual: readonly Output[],
  tolerance: number,
): number {
  const shapes = (outputs: readonly Output[]) => outputs.map(({ shape }) => `[${shape.join(',')}]`).join(' ');
  if (shapes(expected) !== shapes(actual)) {
    fail('argument/invalid', {
      subject: `benchmark ${id}`,
      expected: `outputs of shape ${shapes(expected)}`,
      got: shapes(actual),
    });
  }
  const difference = Math.max(
    0,
    ...expected.map((output, at) => relativeDifference(output.values, (actual[at] as Output).values)),
  );
  if (!(difference <= tolerance)) {
    fail('argument/invalid', {
      subject: `benchmark ${id}`,
      expected: `both sides to compute the same within ${tolerance.toExponential(1)}`,
      got: `a difference of ${difference.toExponential(1)}`,
    });
  }
  return difference;
}

function relativeDifference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let magnitude = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i] as number, actual[i] as number];
    if (Number.isFinite(a)) magnitude = Math.max(magnitude, Math.abs(a));
    // Equal infinities differ by nothing. NaN makes the result NaN, which no tolerance accepts.
    if (a !== b) difference = Math.max(difference, Math.abs(a - b));
  }
  return difference === 0 ? 0 : difference / magnitude;
}
