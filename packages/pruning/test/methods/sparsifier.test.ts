import { goldenTensor, needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { blocks } from '../../src/methods/blocks.js';
import { nOfM } from '../../src/methods/n-of-m.js';
import { leastMagnitudes } from '../../src/methods/unstructured.js';
import { wandaScores } from '../../src/methods/wanda.js';
import { maskOf, turned, zerosBySize } from '../support.js';

/** PyTorch has kernels as [out, in] and blocks of [rows of out, columns of in]; ours are the other way round. */
function sparsified({ inputs }: GoldenCase, kernel: Float32Array, shape: [number, number]): Uint8Array {
  const [rows, columns] = inputs['block'] as readonly [number, number];
  const zeros = Number(inputs['zeros_per_block']);
  const level = Number(inputs['sparsity_level']);
  const size = rows * columns;
  if (zeros === size) {
    return blocks(kernel, shape, { block: [columns, rows], pooling: 'mean-square', sparsity: level });
  }
  return nOfM(kernel, shape, { keep: size - zeros, of: size }, { axis: rows === 1 ? 0 : 1, level });
}

/** What torchao really does: squares of norms, and one ranking over the whole kernel. */
function byWanda({ inputs }: GoldenCase, kernel: Float32Array, shape: [number, number]): Uint8Array {
  const { shape: size, data } = goldenTensor(inputs, 'activations');
  const [examples = 0, wide = 0] = size;
  const activity = Float64Array.from({ length: wide }, (_, i) => {
    let sum = 0;
    for (let e = 0; e < examples; e++) sum += (data[e * wide + i] as number) ** 2;
    return sum;
  });
  const scores = wandaScores(kernel, shape, activity);
  const of = inputs['semi_structured_block_size'];
  const sparsity = Number(inputs['sparsity_level']);
  if (typeof of === 'number') return nOfM(scores, shape, { keep: of * (1 - sparsity), of }, { axis: 0 });
  return leastMagnitudes([{ scores }], { fraction: sparsity }, 'test')[0] as Uint8Array;
}

describe('N:M, blocks and Wanda as PyTorch does them (golden a06_nm_sparsity_torch)', () => {
  it('makes the same masks; where magnitudes tie, as many zeros of each', function () {
    const cases = needGolden(this, 'a06_nm_sparsity_torch').cases.filter(({ outputs }) => 'mask' in outputs);
    for (const testCase of cases) {
      const { inputs, outputs, name } = testCase;
      const { shape, data } = goldenTensor(inputs, 'weight_out_in');
      const [outs, ins] = shape as [number, number];
      const kernel = Float32Array.from(turned(data, [outs, ins]));
      const isWanda = inputs['op'] === 'wanda';
      const mask = turned((isWanda ? byWanda : sparsified)(testCase, kernel, [ins, outs]), [ins, outs]);
      const expected = maskOf(outputs, 'mask');
      if ((testCase as { ties?: boolean }).ties === true) {
        expect(zerosBySize(mask, data), name).to.deep.equal(zerosBySize(expected, data));
      } else {
        expect(mask, name).to.deep.equal(expected);
      }
    }
    expect(cases.length).to.equal(15);
  });
});
