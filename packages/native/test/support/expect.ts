import { expect } from 'chai';
import type { Model } from '@tfjs-optimize/core';
import { maxDifference, maxMagnitude } from '@tfjs-optimize/testing';
import type { Answer } from './saved-model.js';

/**
 * What two answers of one float32 graph may differ by: each node rounds once, the two sum in different orders, and
 * neither is nearer the truth. A unit roundoff for each node, of the largest value or of one where all are smaller.
 */
export function roundingOf(model: Model, values: ArrayLike<number>): number {
  return 2 ** -24 * model.graph.size * Math.max(1, maxMagnitude(values));
}

/** Expects the same keys, shapes and types, and values that differ by rounding. */
export function expectSameAnswers(
  model: Model,
  actual: readonly Answer[],
  wanted: readonly Answer[],
  what = 'answer',
): void {
  expect(actual.length).to.equal(wanted.length);
  wanted.forEach((answer, at) => {
    const found = actual[at] as Answer;
    expect(Object.keys(found), `keys of ${what} ${at}`).to.have.members(Object.keys(answer));
    for (const [key, { shape, dtype, values }] of Object.entries(answer)) {
      const other = found[key] as Answer[string];
      expect(other.shape, `shape of ${key} in ${what} ${at}`).to.deep.equal(shape);
      expect(other.dtype, `type of ${key} in ${what} ${at}`).to.equal(dtype);
      const difference = maxDifference(other.values, values);
      expect(difference, `${key} in ${what} ${at}`).to.be.at.most(roundingOf(model, values));
    }
  });
}
