import { expect } from 'chai';
import { Weight } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { fromPyTorch } from '../src/layout.js';

/** Elements that tell their place, row-major. */
function numbered(shape: readonly number[]): Weight {
  const size = shape.reduce((a, b) => a * b, 1);
  return Weight.of(
    Float32Array.from({ length: size }, (_, i) => i),
    shape,
  );
}

function at(weight: Weight, place: readonly number[]): number {
  const index = place.reduce((sum, i, axis) => sum * (weight.shape[axis] as number) + i, 0);
  return weight.numbers()[index] as number;
}

describe('fromPyTorch', () => {
  it('turns the axes of every kind of weight', () => {
    const linear = numbered([3, 5]);
    expect(fromPyTorch.linear(linear).shape).to.deep.equal([5, 3]);
    expect(at(fromPyTorch.linear(linear), [4, 1])).to.equal(at(linear, [1, 4]));
    const conv1d = numbered([2, 3, 4]);
    expect(at(fromPyTorch.conv1d(conv1d), [3, 2, 1])).to.equal(at(conv1d, [1, 2, 3]));
    const conv2d = numbered([2, 3, 4, 5]);
    expect(fromPyTorch.conv2d(conv2d).shape).to.deep.equal([4, 5, 3, 2]);
    expect(at(fromPyTorch.conv2d(conv2d), [3, 2, 1, 0])).to.equal(at(conv2d, [0, 1, 3, 2]));
  });

  it('puts the filters of a channel together where there is a group for each', () => {
    const weight = numbered([6, 1, 2, 3]);
    const turned = fromPyTorch.depthwiseConv2d(weight, 3);
    expect(turned.shape).to.deep.equal([2, 3, 3, 2]);
    // PyTorch counts channel · multiplier + which, as TensorFlow does.
    expect(at(turned, [1, 2, 2, 1])).to.equal(at(weight, [2 * 2 + 1, 0, 1, 2]));
  });

  it('keeps floats of 16 bits as they are, from bytes at any address', () => {
    const bytes = Uint8Array.from([9, 0, 60, 0, 64, 0, 66, 0, 68]).subarray(1);
    const half = Weight.stored('float32', [2, 2], { kind: 'float16' }, bytes);
    const turned = fromPyTorch.linear(half);
    expect(turned.encoding.kind).to.equal('float16');
    expect([...turned.numbers()]).to.deep.equal([1, 3, 2, 4]);
  });

  it('refuses what is no weight, or no state dict', async () => {
    const values = Float32Array.of(1, 2) as unknown as Weight;
    for (const each of ['linear', 'conv1d', 'conv2d', 'depthwiseConv2d', 'convTranspose2d'] as const) {
      const error = await expectCode('argument/invalid', () => fromPyTorch[each](values));
      expect(error.message).to.contain(`fromPyTorch.${each}: expected a Weight, got a Float32Array of 2`);
    }
    const plain = { 'bn.weight': values } as unknown as ReadonlyMap<string, Weight>;
    await expectCode('argument/invalid', () => fromPyTorch.batchNorm(plain, 'bn'));
  });

  it('refuses other numbers of axes and channels that do not divide', async () => {
    const error = await expectCode('models/weight', () => fromPyTorch.linear(numbered([2, 2, 2])));
    expect(error.message).to.contain('fromPyTorch.linear: expected a tensor of 2 axes, got one of float32');
    await expectCode('models/weight', () => fromPyTorch.depthwiseConv2d(numbered([6, 1, 2, 3]), 4));
    await expectCode('models/weight', () => fromPyTorch.depthwiseConv2d(numbered([6, 2, 2, 3])));
  });
});
