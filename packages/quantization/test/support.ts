import { expect } from 'chai';
import { goldenTensor, isGoldenTensor, type GoldenCase, type GoldenValue } from '@tfjs-optimize/testing';

/** The numbers of a tensor of a case. */
export function numbers(values: GoldenCase['inputs'], name: string): number[] {
  return [...goldenTensor(values, name).data];
}

/** Several batches of a case. */
export function batchesOf({ inputs }: GoldenCase): { shape: readonly number[]; values: Float32Array }[] {
  const given = inputs['batches'] as readonly GoldenValue[];
  return given.map((batch) => {
    if (!isGoldenTensor(batch)) throw new Error('expected a tensor');
    return { shape: batch.shape, values: Float32Array.from(batch.data) };
  });
}

/** Fails unless every number is within 1e-6 of what it should be, relative to it. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, what).to.equal(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const should = expected[i] as number;
    const is = actual[i] as number;
    expect(Math.abs(is - should), `${what} ${i}: ${is} for ${should}`).to.be.at.most(1e-6 * Math.abs(should));
  }
}

/** Fails unless numbers are the same float32. */
export function expectFloats(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect([...Float32Array.from(actual)].map(plus0), what).to.deep.equal(
    [...Float32Array.from(expected)].map(plus0),
  );
}

/** Zeros of both signs are one. */
const plus0 = (value: number): number => value + 0;
