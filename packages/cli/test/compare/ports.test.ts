import { expect } from 'chai';
import type { Port } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { pairPorts } from '../../src/compare/ports.js';

const port = (key: string, shape?: readonly number[], dtype: Port['dtype'] = 'float32'): Port => ({
  key,
  value: key,
  dtype,
  shape,
});
const keys = (a: readonly Port[], b: readonly Port[]): string[] =>
  pairPorts(a, b, 'inputs').map((pair) => `${pair.a.key}-${pair.b.key}`);

describe('pairPorts', () => {
  it('pairs by key where both have the same keys, in any order', () => {
    expect(keys([port('x'), port('y')], [port('y'), port('x')])).to.deep.equal(['x-x', 'y-y']);
  });

  it('pairs by position where keys differ', () => {
    expect(keys([port('x'), port('y')], [port('x:0'), port('y:0')])).to.deep.equal(['x-x:0', 'y-y:0']);
  });

  it('lets an open size meet any', () => {
    expect(keys([port('x', [-1, 3])], [port('x', [8, 3])])).to.have.length(1);
  });

  for (const [what, a, b] of [
    ['another count', [port('x')], [port('x'), port('y')]],
    ['another type', [port('x')], [port('x', undefined, 'int32')]],
    ['another size', [port('x', [1, 3])], [port('x', [1, 4])]],
    ['another rank', [port('x', [1, 3])], [port('x', [3])]],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await expectCode('argument/invalid', () => pairPorts(a, b, 'inputs'));
    });
  }
});
