import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, rewrite, type Model } from '@tfjs-optimize/core';
import { rules } from '../../src/index.js';
import { randoms } from '../support/arbitraries.js';
import { useBackend } from '../support/backend.js';
import { opsOf } from '../support/check.js';
import { expectSameBits } from '../support/same.js';

before(() => useBackend('cpu'));

describe('merge-reshapes of a Squeeze that is taken back', () => {
  const built = (squeeze: number[], axis: number): Model => {
    const b = new GraphBuilder();
    const x = b.op('Relu', [b.input('x', [-1, 1, 5, 1])], {}, 'relu');
    const y = b.op('ExpandDims', [b.op('Squeeze', [x], { squeeze_dims: squeeze }), b.ints([axis])]);
    return b.output(b.op('Abs', [y], {}, 'y')).build();
  };

  it('leaves neither of the two, whatever sign the axes have', () => {
    for (const [squeeze, axis] of [
      [1, 1],
      [-3, 1],
      [3, -1],
    ] as const) {
      expect(opsOf(rewrite(built([squeeze], axis), [rules.mergeReshapes()]).model)).to.deep.equal([
        'Relu',
        'Abs',
      ]);
    }
  });

  it('keeps those that move an axis', () => {
    for (const [squeeze, axis] of [
      [[1], 2],
      [[3], 0],
      [[1, 3], 1],
      [[], 1],
    ] as const) {
      expect(rewrite(built([...squeeze], axis), [rules.mergeReshapes()]).changed).to.equal(false);
    }
  });
});

describe('batch-size-earlier', () => {
  const built = (begin: number): Model => {
    const b = new GraphBuilder();
    const attrs = {
      padding: 'VALID',
      strides: [1, 1, 1, 1],
      dilations: [1, 1, 1, 1],
      data_format: 'NHWC',
    };
    const kernel = b.constant('w', randoms(12, 1), [1, 1, 2, 6]);
    const x = b.op('Conv2D', [b.input('x', [-1, -1, -1, 2]), kernel], attrs, 'conv');
    const y = b.op('Relu', [x], {}, 'relu');
    const bounds = [begin, begin + 1, 1].map((value) => b.ints([value]));
    const size = b.op('StridedSlice', [b.op('Shape', [y]), ...bounds], { shrink_axis_mask: 1 }, 'size');
    const shape = b.op(
      'Pack',
      [size, b.ints(-1), b.ints(3)].map((value) => value),
      { axis: 0, N: 3 },
    );
    return b.output(b.op('Reshape', [y, shape], {}, 'y')).build();
  };

  it('asks the input for the batch size, so that a convolution has one user', async () => {
    const model = built(0);
    const { model: next, counts } = rewrite(model, [rules.batchSizeEarlier()]);
    expect(counts.get('batch-size-earlier')).to.equal(2);
    expect([...next.graph].find(({ op }) => op === 'Shape')?.inputs).to.deep.equal(['x']);
    const input = tf.tensor(randoms(3 * 5 * 4 * 2, 4), [3, 5, 4, 2]);
    await expectSameBits(model, next, [input]);
    input.dispose();
  });

  it('asks nobody else for other sizes', () => {
    expect(rewrite(built(1), [rules.batchSizeEarlier()]).changed).to.equal(false);
  });
});
