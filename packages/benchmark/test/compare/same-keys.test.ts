import type { OutputValues } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { compareOutputsOf } from '../../src/compare/same.js';

const output = (key: string, ...values: number[]): OutputValues => ({
  key,
  shape: [values.length],
  values: Float32Array.from(values),
});
const OPTIONS = { tolerance: 1e-3, differByDesign: false };

describe('outputs that are compared', () => {
  it('are those of one key, in whatever order they come', async () => {
    const [p, q] = [output('p', 1, 2), output('q', 3, 4)];
    expect(compareOutputsOf('b', [p, q], [q, p], OPTIONS).difference?.max).to.equal(0);
    const swapped = [output('p', 3, 4), output('q', 1, 2)];
    await expectCode('compare/outputs', () => compareOutputsOf('b', [p, q], swapped, OPTIONS));
  });

  it('are those of one place where keys differ', () => {
    const found = compareOutputsOf('b', [output('p', 1)], [output('Identity', 1)], OPTIONS);
    expect(found.difference?.max).to.equal(0);
  });
});
