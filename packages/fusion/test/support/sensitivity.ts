import * as tf from '@tensorflow/tfjs';
import { Weight, type Model } from '@tfjs-optimize/core';
import { randoms } from './arbitraries.js';

/** Unit roundoff of float32. */
const U = 2 ** -24;
/** How many times the measured sensitivity counts as rounding: the λ of the probabilistic bound. */
const LAMBDA = 8;
/** Seeds of the perturbations; the largest effect counts. */
const SEEDS = [1, 2, 3];

/**
 * How far each output of a model may move by rounding alone, derived from the model itself. A sum of
 * n products is, with probability near 1, the exact sum of products that are off by at most λ√n·u
 * each (Higham and Mary 2019, theorem 2.4). So every weight is perturbed by ±√n·u of its value, n its
 * reduction length, the largest change of each output is measured for three seeds, and λ = 8 times
 * that, and a few ulps of the output, is the bound.
 */
export async function roundingBounds(model: Model, inputs: readonly tf.Tensor[]): Promise<number[]> {
  const base = await outputsOf(model, inputs);
  const bounds = base.map((values) => 4 * U * largest(values));
  for (const seed of SEEDS) {
    const moved = perturbed(model, seed);
    const outputs = await outputsOf(moved, inputs);
    moved.dispose();
    outputs.forEach((values, i) => {
      const effect = LAMBDA * largestDifference(values, base[i] as Float32Array);
      bounds[i] = Math.max(bounds[i] as number, effect);
    });
  }
  return bounds;
}

/** The outputs of a model as numbers. */
export async function outputsOf(model: Model, inputs: readonly tf.Tensor[]): Promise<Float32Array[]> {
  const outputs = await model.runAsync(inputs);
  const values = await Promise.all(outputs.map(async (output) => Float32Array.from(await output.data())));
  tf.dispose(outputs);
  return values;
}

function perturbed(model: Model, seed: number): Model {
  const changes = new Map<string, Weight>();
  for (const [name, weight] of model.weights) {
    if (weight.dtype !== 'float32') continue;
    const { shape } = weight;
    const terms = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const size = Math.sqrt(terms) * U;
    const signs = randoms(weight.size, seed);
    const values = Float32Array.from(weight.numbers(), (value, i) =>
      // At least one ulp, so that short sums are perturbed, too.
      Math.fround(value * (1 + Math.sign(signs[i] as number) * Math.max(size, 2 * U))),
    );
    changes.set(name, Weight.of(values, shape));
  }
  return model.with({ weights: model.weights.with(changes) });
}

function largest(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
}

/** NaN counts as infinitely far. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let found = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] === b[i] ? 0 : Math.abs((a[i] as number) - (b[i] as number));
    found = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(found, difference);
  }
  return found;
}
