import { GraphBuilder, printGraph, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { withoutRepacking } from '../../src/sequence/pack-unpacked.js';
import { useBackend } from '../support/backend.js';
import { opsOf } from '../support/check.js';
import { expectSameBits } from '../support/same.js';

/** Unpack of [-1, 3, 4] or [2, 3, 4] along an axis and Pack of its parts, in this order, along another. */
function model(from: number, to: number, order: readonly number[] = [], shape = [2, 3, 4]): Model {
  const b = new GraphBuilder();
  const x = b.input('x', shape);
  const num = [2, 3, 4].at(from) as number;
  const parts = b.op('Unpack', [x], { axis: from, num }, 'unpack');
  const picked = order.length > 0 ? order : Array.from({ length: num }, (_, i) => i);
  const pack = b.op(
    'Pack',
    picked.map((at) => b.out(parts, at)),
    { axis: to, N: picked.length },
    'pack',
  );
  return b.output(b.op('Relu', [pack], {}, 'relu')).build();
}

describe('packing what was unpacked', () => {
  before(() => useBackend('cpu'));

  for (const [from, to] of [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 2],
    [2, 0],
    [2, 1],
    [-1, -1],
    [0, -1],
    [-2, 0],
  ] as const) {
    it(`from axis ${from} to axis ${to} is ${from === to ? 'the whole' : 'a transpose'}, bit for bit`, async () => {
      const before = model(from, to);
      const { model: after, notes } = withoutRepacking(before);
      expect(notes).to.have.length(1);
      expect(opsOf(after)).to.deep.equal(from === to ? ['Relu'] : ['Transpose', 'Relu']);
      const x = nets.uniformTensor([2, 3, 4], 1);
      await expectSameBits(before, after, [x]);
      x.dispose();
    });
  }

  it('an unknown size beside the axis does not matter', async () => {
    const before = model(1, 0, [], [-1, 3, 4]);
    const { model: after } = withoutRepacking(before);
    expect(opsOf(after)).to.deep.equal(['Transpose', 'Relu']);
    const x = nets.uniformTensor([5, 3, 4], 1);
    await expectSameBits(before, after, [x]);
    x.dispose();
  });

  it('parts in another order, missing or twice stay', async () => {
    for (const order of [
      [1, 0, 2],
      [0, 1],
      [0, 1, 1],
      [0, 1, 2, 2],
    ]) {
      const before = model(1, 0, order);
      expect(withoutRepacking(before).model, String(order)).to.equal(before);
    }
  });

  it('parts that something else reads stay for it', async () => {
    const b = new GraphBuilder();
    const parts = b.op('Unpack', [b.input('x', [2, 4])], { axis: 0, num: 2 }, 'unpack');
    const pack = b.op('Pack', [parts, b.out(parts, 1)], { axis: 1, N: 2 }, 'pack');
    const before = b
      .output(b.op('Relu', [pack], {}, 'relu'))
      .output(b.op('Neg', [parts], {}, 'neg'))
      .build();
    const { model: after } = withoutRepacking(before);
    expect(opsOf(after).sort()).to.deep.equal(['Neg', 'Relu', 'Transpose', 'Unpack']);
    const x = nets.uniformTensor([2, 4], 1);
    await expectSameBits(before, after, [x]);
    x.dispose();
  });

  it('a Pack that is an output of the model keeps its name', async () => {
    const b = new GraphBuilder();
    const parts = b.op('Unpack', [b.input('x', [2, 4])], { axis: 0, num: 2 }, 'unpack');
    const before = b.output(b.op('Pack', [parts, b.out(parts, 1)], { axis: 0, N: 2 }, 'pack')).build();
    expect(withoutRepacking(before).model).to.equal(before);
  });

  it('changes a graph as printed', async () => {
    const { model: after } = withoutRepacking(model(0, 1));
    expect(printGraph(after.graph)).to.contain('pack/transpose = Transpose(x, pack/perm)');
  });
});
