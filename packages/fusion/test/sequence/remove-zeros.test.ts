import { GraphBuilder, type Model, type ValueId } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { withoutZeros } from '../../src/sequence/remove-zeros.js';
import { useBackend } from '../support/backend.js';
import { opsOf } from '../support/check.js';
import { expectSameBits } from '../support/same.js';

/** Zeros (or `value`) with as many rows as `x` has, made when the model runs. */
function filled(b: GraphBuilder, x: ValueId, columns: number, value = 0): ValueId {
  const shape = b.op('Shape', [x], { out_type: 'int32' });
  const [begin, end] = [b.ints([0]), b.ints([1])];
  const rows = b.op('StridedSlice', [shape, begin, end, end], {
    begin_mask: 0,
    end_mask: 0,
    ellipsis_mask: 0,
    new_axis_mask: 0,
    shrink_axis_mask: 1,
  });
  const dims = b.op('Pack', [rows, b.ints(columns)], { axis: 0, N: 2 });
  return b.op('Fill', [dims, b.constant(`value_${columns}_${value}`, value)]);
}

/** relu(x + zeros), x of [?, 3]. */
function sum(make: (b: GraphBuilder, x: ValueId) => ValueId, order: 'xz' | 'zx' = 'xz'): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 3]);
  const zeros = make(b, x);
  const added = b.op('AddV2', order === 'xz' ? [x, zeros] : [zeros, x], {}, 'sum');
  return b.output(b.op('Relu', [added], {}, 'relu')).build();
}

async function run(model: Model): Promise<Model> {
  const { model: after, notes } = withoutZeros(model);
  expect(notes.length > 0).to.equal(after !== model);
  for (const rows of [1, 2, 5]) {
    const x = nets.uniformTensor([rows, 3], rows);
    await expectSameBits(model, after, [x]);
    x.dispose();
  }
  return after;
}

describe('removing zeros', () => {
  before(() => useBackend('cpu'));

  it('x + 0 = x, on either side, with all that made the zeros', async () => {
    for (const order of ['xz', 'zx'] as const) {
      const after = await run(sum((b, x) => filled(b, x, 3), order));
      expect(opsOf(after)).to.deep.equal(['Relu']);
      expect(after.weights.size).to.equal(0);
    }
  });

  it('0·W = 0: the first step of a recurrent layer', async () => {
    const weights = Float32Array.from({ length: 6 }, (_, i) => i - 2);
    const after = await run(
      sum((b, x) => b.op('MatMul', [filled(b, x, 2), b.constant('w', weights, [2, 3])])),
    );
    expect(opsOf(after)).to.deep.equal(['Relu']);
  });

  it('0·W is not 0 for a W with an infinity or NaN in it', async () => {
    for (const bad of [Infinity, NaN]) {
      const weights = Float32Array.from({ length: 6 }, (_, i) => (i === 3 ? bad : i));
      const model = sum((b, x) => b.op('MatMul', [filled(b, x, 2), b.constant('w', weights, [2, 3])]));
      expect(withoutZeros(model).model).to.equal(model);
    }
  });

  it('a constant of zeros and moved zeros count', async () => {
    const constant = sum((b) => b.constant('zeros', new Float32Array(3), [1, 3]));
    expect(opsOf(await run(constant))).to.deep.equal(['Relu']);
    const moved = sum((b, x) => b.op('Reshape', [filled(b, x, 3), b.ints([-1, 3])]));
    expect(opsOf(await run(moved))).to.deep.equal(['Relu']);
  });

  it('anything but zero stays', async () => {
    const after = await run(sum((b, x) => filled(b, x, 3, 1e-30)));
    expect(opsOf(after)).to.include('AddV2');
  });

  it('zeros that broadcast x to a larger shape stay', async () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [-1, 3]), b.input('y', [-1, 3])];
    const added = b.op('AddV2', [x, filled(b, y, 3)], {}, 'sum');
    const model = b.output(b.op('Relu', [added], {}, 'relu')).build();
    expect(withoutZeros(model).model).to.equal(model);
  });

  it('a sum that is an output of the model keeps its name', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 3]);
    const model = b.output(b.op('AddV2', [x, filled(b, x, 3)], {}, 'sum')).build();
    expect(withoutZeros(model).model).to.equal(model);
  });
});
