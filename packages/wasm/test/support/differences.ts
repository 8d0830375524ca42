import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { sizeOf, type Values } from '../../src/reference/values.js';
import { Random } from '@tfjs-optimize/core';

/** What is differentiated: an op of TensorFlow.js, and the same in double precision. */
export interface Differentiated {
  readonly op: (...inputs: readonly tf.Tensor[]) => tf.Tensor;
  readonly reference: (...inputs: readonly Values[]) => Values;
  /** Those that gradients are taken by. */
  readonly inputs: readonly Values[];
  /** Half the way between the two values of a difference. */
  readonly step: number;
  /** How far gradients may be off, relative to the largest of them or to 1; exact without. */
  readonly within?: number;
}

/**
 * Holds the gradients of an op against central differences of its reference, of the sum of its outputs times whole
 * numbers. Of a function that is linear in each number, given whole ones and a step of a power of two, both are exact.
 */
export function expectDerivatives({ op, reference, inputs, step, within = 0 }: Differentiated): void {
  const dy = wholeValues(reference(...inputs).shape, 7);
  const loss = (given: readonly Values[]): number =>
    reference(...given).data.reduce((sum, value, i) => sum + value * (dy.data[i] as number), 0);
  const found = gradientsOf(op, inputs, dy);
  inputs.forEach((input, which) => {
    const wanted = input.data.map((value, at) => {
      const moved = (by: number): Values => ({ ...input, data: input.data.with(at, value + by) });
      const of = (by: number): number => loss(inputs.map((each, i) => (i === which ? moved(by) : each)));
      return (of(step) - of(-step)) / (2 * step);
    });
    const allowed = within * wanted.reduce((most, each) => Math.max(most, Math.abs(each)), 1);
    const got = found[which] as ArrayLike<number>;
    expect(got.length, `gradient by input ${which}: size`).to.equal(wanted.length);
    wanted.forEach((right, at) => {
      if (!(Math.abs((got[at] as number) - right) <= allowed))
        expect.fail(
          `gradient by input ${which}: expected ${right} at ${at} of [${input.shape.join()}], got ${got[at]}`,
        );
    });
  });
}

function gradientsOf(
  op: Differentiated['op'],
  inputs: readonly Values[],
  dy: Values,
): readonly ArrayLike<number>[] {
  const held = tf.memory().numTensors;
  const all = tf.tidy(() => {
    const tensor = ({ shape, data }: Values): tf.Tensor =>
      tf.tensor(Float32Array.from(data), [...shape], 'float32');
    const given = inputs.map(tensor);
    expect(op(...given).shape, 'shape').to.deep.equal(dy.shape);
    return tf
      .grads(op)(given, tensor(dy))
      .map((each) => each.dataSync());
  });
  expect(tf.memory().numTensors, 'tensors held').to.equal(held);
  return all;
}

/** Whole numbers from -9 to 9 of a seed. */
export function wholeValues(shape: readonly number[], seed: number): Values {
  const random = Random.of(seed).fork(shape.join());
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => random.integer(19) - 9) };
}

/** 0, 1, 2 and so on in another order: no two are the same. */
export function distinctValues(shape: readonly number[], seed: number): Values {
  const random = Random.of(seed).fork(shape.join());
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => i);
  for (let i = data.length - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [data[i], data[other]] = [data[other] as number, data[i] as number];
  }
  return { shape, data };
}
