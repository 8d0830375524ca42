import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  fail,
  finish,
  finishesLater,
  interleave,
  Random,
  throwIfAborted,
  type Progress,
} from '@tfjs-optimize/core';
import { describeMachine } from '../machine.js';
import type { RooflineRecord } from '../record/cost.js';

/** How {@link measureRoofline} measures. */
export interface RooflineOptions {
  /** Milliseconds that the rounds of each of the two rates take; 1000 unless told. */
  readonly timeMs?: number;
  /** Milliseconds for which each size and op runs before it counts; 200 unless told. */
  readonly warmUpMs?: number;
  /**
   * Bytes of each buffer by which the memory rate is measured. They have to be several times those of the
   * last cache; 64 MiB unless told.
   */
  readonly bufferBytes?: number;
  /** Largest side of the square matrices by which the arithmetic rate is measured; 2048 unless told. */
  readonly maxSide?: number;
  /** Draws the values and orders the rounds. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** A piece of work with what it amounts to. */
interface Load {
  readonly amount: number;
  readonly run: () => tf.Tensor;
}

/** Matrices become no larger once a product takes this long, in milliseconds. */
const LONG_MS = 60;
const SMALLEST_SIDE = 128;
/** A middle layer of ResNet-18, at half the channels: small enough for the slowest backend. */
const IMAGE_SIDE = 28;
const CHANNELS = 64;

/**
 * Measures what this machine reaches on the present backend: floating-point operations a second of matrix
 * products and of a convolution, for which a backend may have a faster kernel, and bytes a second of
 * elementwise ops on buffers that no cache holds. Several sizes and ops run in turns; the best median
 * counts, since a limit is what can be reached.
 *
 * @throws `argument/invalid` for sizes and times that are not above 0, `aborted`.
 */
export async function measureRoofline(options: RooflineOptions = {}): Promise<RooflineRecord> {
  const { bufferBytes = 64 * 2 ** 20, maxSide = 2048, signal } = options;
  requirePositive({ bufferBytes, maxSide, timeMs: options.timeMs ?? 1 });
  requireWhole({ bufferBytes, maxSide });
  throwIfAborted(signal, 'roofline');
  await tf.ready();
  const tensors: tf.Tensor[] = [];
  try {
    const products = await matrixProducts(maxSide, tensors, options);
    const flopsPerSecond = await bestRate(products, options);
    tf.dispose(tensors.splice(0));
    const bytesPerSecond = await bestRate(elementwise(bufferBytes, tensors, options), options);
    return { machine: await describeMachine(), flopsPerSecond, bytesPerSecond };
  } finally {
    tf.dispose(tensors);
  }
}

function requirePositive(values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value > 0 && Number.isFinite(value)) continue;
    fail('argument/invalid', { subject: name, expected: 'a number above 0', got: String(value) });
  }
}

function requireWhole(values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isSafeInteger(value)) continue;
    fail('argument/invalid', { subject: name, expected: 'a whole number', got: String(value) });
  }
}

/** Products of square matrices of doubling size, as far as they do not take long. */
async function matrixProducts(
  maxSide: number,
  tensors: tf.Tensor[],
  { seed = 1, signal }: RooflineOptions,
): Promise<Record<string, Load>> {
  const loads: Record<string, Load> = {};
  for (let side = Math.min(SMALLEST_SIDE, maxSide); side <= maxSide; side *= 2) {
    await breathe(signal, 'roofline');
    const [a, b] = [uniform([side, side], seed), uniform([side, side], seed + 1)] as const;
    tensors.push(a, b);
    const load: Load = { amount: 2 * side ** 3, run: () => tf.matMul(a, b) };
    loads[`product of ${side} x ${side}`] = load;
    await finished(load);
    const start = performance.now();
    await finished(load);
    if (performance.now() - start > LONG_MS) break;
  }
  return { ...loads, ...convolution(maxSide, tensors, seed) };
}

function convolution(maxSide: number, tensors: tf.Tensor[], seed: number): Record<string, Load> {
  const side = Math.max(3, Math.min(IMAGE_SIDE, maxSide));
  const channels = Math.min(CHANNELS, maxSide);
  const x = uniform([1, side, side, channels], seed) as tf.Tensor4D;
  const filter = uniform([3, 3, channels, channels], seed + 1) as tf.Tensor4D;
  tensors.push(x, filter);
  // Without padding, of which kernels would leave out windows that count here.
  const amount = 2 * (side - 2) ** 2 * 9 * channels ** 2;
  return { convolution: { amount, run: () => tf.conv2d(x, filter, 1, 'valid') } };
}

/** Ops that read one or two large buffers and write one. */
function elementwise(
  bytes: number,
  tensors: tf.Tensor[],
  { seed = 1 }: RooflineOptions,
): Record<string, Load> {
  const size = Math.max(1, Math.round(bytes / 4));
  const [a, b] = [uniform([size], seed), uniform([size], seed + 1)] as const;
  tensors.push(a, b);
  return {
    'sum of two buffers': { amount: 12 * size, run: () => tf.add(a, b) },
    'positive part of a buffer': { amount: 8 * size, run: () => tf.relu(a) },
    'clipped buffer': { amount: 8 * size, run: () => tf.clipByValue(a, -0.5, 0.5) },
  };
}

/** Values in [-1, 1). Repeated from a short list: to draw them all would take longer than to measure. */
function uniform(shape: number[], seed: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const random = Random.of(seed);
  const period = Float32Array.from({ length: Math.min(size, 4093) }, () => 2 * random.uniform() - 1);
  const values = new Float32Array(size);
  for (let at = 0; at < size; at += period.length) {
    values.set(period.subarray(0, Math.min(period.length, size - at)), at);
  }
  return tf.tensor(values, shape);
}

/** The highest of the loads' median rates, a second. */
async function bestRate(loads: Readonly<Record<string, Load>>, options: RooflineOptions): Promise<number> {
  const { timeMs = 1000, warmUpMs = 200, seed = 1, signal, progress } = options;
  const sides = Object.entries(loads).map(([name, load]) => [name, () => finished(load)] as const);
  const times = await interleave(Object.fromEntries(sides), {
    seed,
    warmUpMs,
    maxWarmUpMs: warmUpMs,
    // The budget of interleave is for each side.
    timeMs: timeMs / sides.length,
    minRounds: 5,
    ...(signal === undefined ? {} : { signal }),
    progress: (message, done, total) => progress?.({ task: 'roofline', message, done, total }),
  });
  const rates = Object.entries(loads).map(
    ([name, { amount }]) => (1000 * amount) / (times[name]?.median ?? Infinity),
  );
  return Math.max(...rates);
}

/** Runs a load to its end. Where kernels go on after the call, one value is waited for, not all of them. */
function finished({ run }: Load): void | Promise<void> {
  if (finishesLater()) {
    return finish([tf.tidy(() => run().flatten().slice(0, 1))]);
  }
  run().dispose();
}
