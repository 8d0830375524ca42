import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, Random, type Model, type ValueId } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { explainGroups, pruneChannels } from '../../src/index.js';
import { expectSame, zeroed } from './zeroed.js';

/** x·A, then something with its size, then ·B: [-1, 4] → [-1, 8] → [-1, 3]. */
function net(between: (b: GraphBuilder, h: ValueId) => ValueId): Model<'float'> {
  const b = new GraphBuilder();
  const random = Random.of(2);
  const dense = (x: ValueId, name: string, shape: readonly [number, number]): ValueId => {
    const values = Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal());
    return b.op('MatMul', [x, b.constant(name, values, shape)], { transpose_a: false, transpose_b: false });
  };
  const hidden = dense(b.input('x', [-1, 4]), 'a', [4, 8]);
  return b.output(dense(between(b, hidden), 'b', [8, 3])).build();
}

/** One element of the shape of a value. */
const sizeAt = (b: GraphBuilder, value: ValueId, axis: number): ValueId => {
  const bounds = [[axis], [axis + 1], [1]].map((numbers) => b.ints(numbers));
  return b.op('StridedSlice', [b.op('Shape', [value]), ...bounds], { shrink_axis_mask: 1 });
};
const scaledBy = (b: GraphBuilder, h: ValueId, size: ValueId): ValueId => {
  const root = b.op('Sqrt', [b.op('Cast', [size], { DstT: 'float32' })], {}, 'root');
  return b.op('RealDiv', [h, root]);
};
const staysOf = async (model: Model): Promise<string | undefined> =>
  (await explainGroups(model)).groups.find(({ parts }) =>
    parts.some(({ weights, side }) => weights.includes('a') && side === 'out'),
  )?.stays?.why;

describe('sizes that a graph reads', () => {
  before(() => tf.setBackend('cpu'));

  it('keep channels whose number is computed with, as √d in attention', async () => {
    expect(await staysOf(net((b, h) => scaledBy(b, h, sizeAt(b, h, 1))))).to.include('is counted at');
    const product = net((b, h) => scaledBy(b, h, b.op('Size', [h])));
    expect(await staysOf(product)).to.include('is counted at');
  });

  it('do not where the number is that of another axis', async () => {
    const model = net((b, h) => scaledBy(b, h, sizeAt(b, h, 0)));
    expect(await staysOf(model)).to.equal(undefined);
  });

  it('are read again where they shape other values, computed parts and constant ones', async () => {
    const given = net((b, h) => {
      const shape = b.op('Pack', [sizeAt(b, h, 0), b.ints(2), b.ints(4)], { axis: 0 });
      const apart = b.op('Reshape', [h, shape]);
      const back = b.op('Pack', [sizeAt(b, h, 0), sizeAt(b, h, 1)], { axis: 0 });
      return b.op('Reshape', [apart, back]);
    });
    const result = await pruneChannels(given, { ratio: 0.5, roundTo: 1 });
    expect(result.model.weights.need('a').shape).to.deep.equal([4, 4]);
    const x = nets.uniformTensor([3, 4], 1);
    await expectSame(zeroed(given, result), result.model, [x], 'shapes of shapes');
    x.dispose();
  });
});
