import { goldenTensor, needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { blocks, type Pooling } from '../../src/methods/blocks.js';
import { nOfM } from '../../src/methods/n-of-m.js';
import { largestMagnitudes } from '../../src/methods/unstructured.js';
import { maskOf } from '../support.js';

const POOLINGS: Readonly<Record<string, Pooling>> = { AVG: 'average', MAX: 'maximum' };

function kept({ inputs }: GoldenCase): Uint8Array {
  const { shape, data } = goldenTensor(inputs, 'weights');
  const values = Float32Array.from(data);
  const sparsity = Number(inputs['sparsity']);
  const zeros = inputs['m_by_n'] as readonly [number, number] | null;
  if (zeros !== null) {
    const axis = shape.length === 2 ? 0 : 2;
    return nOfM(values, shape, { keep: zeros[1] - zeros[0], of: zeros[1] }, { axis });
  }
  const block = inputs['block_size'] as readonly [number, number];
  if (block[0] === 1 && block[1] === 1) return largestMagnitudes({ scores: values }, sparsity);
  const pooling = POOLINGS[String(inputs['block_pooling_type'])] as Pooling;
  return blocks(values, shape as [number, number], { block, pooling, sparsity });
}

describe('pruning as TensorFlow Model Optimization does it (golden a05b_tfmot_pruning_masks)', () => {
  it('makes the same masks of elements, blocks and m of n, ties included', function () {
    const cases = needGolden(this, 'a05b_tfmot_pruning_masks').cases.filter(
      ({ outputs }) => 'mask' in outputs,
    );
    for (const testCase of cases) {
      expect([...kept(testCase)], testCase.name).to.deep.equal(maskOf(testCase.outputs, 'mask'));
    }
    expect(cases.length).to.be.at.least(20);
  });
});
