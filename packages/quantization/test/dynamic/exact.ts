import { GraphBuilder, Random, type Model, type ValueId } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/*
 * Numbers that dynamic quantization by rows does not change: whole activations from 0 to 255 with a 255 in each row, and
 * whole weights from -127 to 127 with a 127 in each channel have steps of 1. Sums stay below 2^24, so that floats hold
 * them: integer and float products must be equal.
 */

const random = Random.of(7);

/** Whole numbers from 0 to 255, the first of each `size` a 255. */
export function activations(shape: readonly number[], size: number): Float32Array {
  return Float32Array.from({ length: product(shape) }, (_, i) =>
    i % size === 0 ? 255 : random.integer(256),
  );
}

/** Whole numbers from -127 to 127; `channel` tells that of an element, and the first of each is 127. */
export function weights(shape: readonly number[], channel: (at: number) => number): Float32Array {
  const seen = new Set<number>();
  return Float32Array.from({ length: product(shape) }, (_, at) => {
    if (seen.has(channel(at))) return random.integer(255) - 127;
    seen.add(channel(at));
    return 127;
  });
}

/** Of a matrix [k, n] or filter [..., n]: the last axis counts channels. */
export function lastAxis(shape: readonly number[]): Float32Array {
  const channels = shape.at(-1) as number;
  return weights(shape, (at) => at % channels);
}

/** Of a matrix [n, k]. */
export function firstAxis([rows, columns]: readonly [number, number]): Float32Array {
  return weights([rows, columns], (at) => Math.floor(at / columns));
}

/** A model of one input and one output. */
export function modelOf(
  shape: readonly number[],
  build: (b: GraphBuilder, x: ValueId) => ValueId,
): Model<'float'> {
  const b = new GraphBuilder();
  return b.output(build(b, b.input('x', [-1, ...shape.slice(1)]))).build();
}

/** The values of the first output. */
export function run(model: Model, x: Float32Array, shape: readonly number[]): number[] {
  try {
    return tf.tidy(() => Array.from((model.run(tf.tensor(x, [...shape])) as [tf.Tensor])[0].dataSync()));
  } finally {
    model.dispose();
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
