import { Weight } from '@tfjs-optimize/core';
import type { StateDict, VisionNet } from '@tfjs-optimize/models';
import * as tf from '@tensorflow/tfjs';
import { crc32 } from 'node:zlib';

/** u(i) in [-1, 1) for a name, by the hash that the notes of golden/a11_models.json define. */
function hashed(name: string): (index: number) => number {
  const start = crc32(name);
  return (index) => {
    let x = (Math.imul(index, 2654435761) + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  };
}

/** The weights that the golden results were computed with. */
export function hashedWeights({ tensors }: VisionNet): StateDict {
  const state = new Map<string, Weight>();
  for (const [name, shape] of tensors) {
    const u = hashed(name);
    const [offset, scale] = rangeOf(name, shape);
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length; i++) values[i] = offset + scale * u(i);
    state.set(name, Weight.of(values, shape));
  }
  return state;
}

/** The middle of the values of a tensor, and how far they go from there. */
function rangeOf(name: string, shape: readonly number[]): readonly [offset: number, scale: number] {
  if (name.endsWith('running_var')) return [1, 0.5];
  if (shape.length >= 2) return [0, Math.sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 1))];
  return name.endsWith('weight') ? [1, 0.25] : [0, 0.1];
}

/** The images of a golden result, [batch, channels, height, width] there, with their channels last. */
export function hashedImage(name: string, shape: readonly number[]): tf.Tensor4D {
  const u = hashed(name);
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => u(i));
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(values, shape as [number, number, number, number]), [0, 2, 3, 1]),
  );
}
