import { GraphBuilder, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { withoutCopies } from '../../src/sequence/unpack-tiled.js';
import { useBackend } from '../support/backend.js';
import { opsOf } from '../support/check.js';
import { expectSameBits } from '../support/same.js';

interface Options {
  readonly shape?: readonly number[];
  readonly times?: readonly number[];
  readonly order?: readonly number[];
  readonly axis?: number;
}

/** Σ i·part of a tiled and perhaps transposed [?, 1, 4]. */
function model({ shape = [-1, 1, 4], times = [1, 3, 1], order, axis = 1 }: Options): Model {
  const b = new GraphBuilder();
  let x = b.op('Tile', [b.input('x', shape), b.ints(times)], {}, 'tile');
  if (order !== undefined) x = b.op('Transpose', [x, b.ints(order)], {}, 'transpose');
  const unpack = b.op('Unpack', [x], { axis, num: 3 }, 'unpack');
  const scaled = [0, 1, 2].map((i) => b.op('Mul', [b.out(unpack, i), b.constant(`factor_${i}`, i + 1)]));
  return b.output(b.op('AddN', scaled, { N: 3 }, 'total')).build();
}

describe('unpacking what was tiled', () => {
  before(() => useBackend('cpu'));

  for (const [title, options] of Object.entries<Options>({
    'straight from a Tile': {},
    'with an axis counted from the end': { axis: -2 },
    'through a Transpose that brings the axis to the front': { order: [1, 0, 2], axis: 0 },
    'through one that brings it to the end': { order: [0, 2, 1], axis: 2 },
  })) {
    it(`gives the value that was tiled, ${title}`, async () => {
      const before = model(options);
      const { model: after, notes } = withoutCopies(before);
      expect(notes).to.have.length(1);
      expect(opsOf(after)).to.deep.equal(['Squeeze', 'Mul', 'Mul', 'Mul', 'AddN']);
      const x = nets.uniformTensor([2, 1, 4], 1);
      await expectSameBits(before, after, [x]);
      x.dispose();
    });
  }

  it('is left alone where parts differ or other axes change', async () => {
    for (const options of [
      { shape: [-1, 3, 4], times: [1, 1, 1] },
      { times: [1, 3, 2] },
      { order: [1, 2, 0], axis: 0 },
      { shape: [3, 1, 4], axis: 0 },
    ]) {
      const before = model(options);
      expect(withoutCopies(before).model, JSON.stringify(options)).to.equal(before);
    }
  });
});
