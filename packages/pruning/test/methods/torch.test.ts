import {
  needGolden,
  expectCode,
  goldenTensor,
  type GoldenCase,
  type GoldenValue,
} from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { readAmount } from '../../src/methods/amount.js';
import { leastSlices, sliceNorms, slicesAlong, type Norm } from '../../src/methods/structured.js';
import { leastMagnitudes } from '../../src/methods/unstructured.js';
import { amountOf, floats, maskOf, tensors, zerosBySize } from '../support.js';

/** How far a norm may be from PyTorch's, which adds up in float32: n additions of half an ulp each. */
const normTolerance = (elements: number, norm: number): number => elements * 2 ** -24 * norm + 1e-45;

const normOf = (n: GoldenValue | undefined): Norm => (n === 'fro' ? 'fro' : Number(n));
const errorCase = ({ outputs }: GoldenCase): boolean => 'error' in outputs;
const tied = (testCase: GoldenCase): boolean => (testCase as { ties?: boolean }).ties === true;

/** What the mask of each operation is checked against. */
const CHECKS: Readonly<Record<string, (testCase: GoldenCase) => void>> = {
  l1_unstructured: (testCase) => {
    const { inputs, outputs } = testCase;
    const scores = floats(inputs, 'weight');
    const amount = amountOf(inputs['amount'], inputs['amount_is_int'] === true);
    const [mask = new Uint8Array()] = leastMagnitudes([{ scores }], amount, 'test');
    expectMask(testCase, mask, maskOf(outputs, 'mask'), scores);
    expect(mask.filter((one) => one === 0).length).to.equal(outputs['zeros_in_mask']);
  },
  ln_structured: (testCase) => {
    const { inputs, outputs } = testCase;
    const weight = goldenTensor(inputs, 'weight');
    const slices = slicesAlong(weight.shape, [Number(inputs['dim'])], 'test');
    const values = Float32Array.from(weight.data);
    const norm = normOf(inputs['n']);
    const norms = sliceNorms(values, undefined, slices, norm);
    // The norms written down for depthwise cases and for a dim counted from behind, too.
    goldenTensor(outputs, 'channel_norms').data.forEach((should, i) => {
      const is = norms[i] as number;
      expect(Math.abs(is - should)).to.be.at.most(normTolerance(values.length / slices.count, should));
    });
    const amount = amountOf(inputs['amount'], inputs['amount_is_int'] === true);
    const mask = leastSlices(values, slices, amount, { norm, subject: 'test' });
    if (tied(testCase)) {
      expect(mask.filter((one) => one === 0).length).to.equal(outputs['zeros_in_mask']);
    } else {
      expect([...mask]).to.deep.equal(maskOf(outputs, 'mask'));
    }
    if (!('weight_tf' in inputs)) return;
    // The same in the layout of TensorFlow: output channels last, input channels before them.
    const { shape, data } = goldenTensor(inputs, 'weight_tf');
    const axis = torchToTf(Number(inputs['dim']), shape.length);
    const turned = leastSlices(Float32Array.from(data), slicesAlong(shape, [axis], 'test'), amount, {
      norm,
      subject: 'test',
    });
    expect([...turned]).to.deep.equal(maskOf(outputs, 'mask_tf'));
  },
  global_unstructured: (testCase) => {
    const { inputs, outputs } = testCase;
    const weights = tensors(inputs, 'weights').map(({ data }) => Float32Array.from(data));
    const given = 'importance_scores' in inputs ? tensors(inputs, 'importance_scores') : undefined;
    const scores = given?.map(({ data }) => Float32Array.from(data)) ?? weights;
    const amount = amountOf(inputs['amount'], inputs['amount_is_int'] === true);
    const masks = leastMagnitudes(
      scores.map((each) => ({ scores: each })),
      amount,
      'test',
    );
    const zeros = masks.map((mask) => mask.filter((one) => one === 0).length);
    expect(zeros.reduce((a, b) => a + b)).to.equal(outputs['zeros_total']);
    if (tied(testCase)) return;
    expect(masks.map((mask) => [...mask])).to.deep.equal(
      tensors(outputs, 'masks').map(({ data }) => [...data]),
    );
    expect(zeros).to.deep.equal(outputs['zeros_per_tensor']);
  },
  stack: ({ inputs, outputs }) => {
    const { shape, data } = goldenTensor(inputs, 'weight');
    const original = Float32Array.from(data);
    let kept: Uint8Array | undefined;
    const after = outputs['after_each_step'] as readonly Readonly<Record<string, GoldenValue>>[];
    (inputs['steps'] as readonly Readonly<Record<string, GoldenValue>>[]).forEach((step, i) => {
      const amount = amountOf(step['amount'], Number.isInteger(step['amount']));
      const values = original.map((value, at) => (kept?.[at] === 0 ? 0 : value));
      if (step['op'] === 'l1') [kept] = leastMagnitudes([{ scores: values, kept }], amount, 'test');
      else if (step['op'] === 'ln') {
        const slices = slicesAlong(shape, [Number(step['dim'])], 'test');
        kept = leastSlices(values, slices, amount, { norm: normOf(step['n']), kept, subject: 'test' });
      } else if (step['op'] === 'custom') {
        kept = Uint8Array.from((step['mask'] as readonly number[]).slice());
      } else {
        expect(step['op']).to.equal('identity');
        kept = new Uint8Array(values.length).fill(1);
      }
      expect([...(kept ?? [])], `step ${i}`).to.deep.equal(maskOf(after[i] ?? {}, 'mask'));
    });
    const masked = original.map((value, at) => (kept?.[at] === 0 ? 0 : value));
    expect([...masked].map((value) => value + 0)).to.deep.equal(
      maskOf(outputs, 'weight_after').map((v) => v + 0),
    );
  },
};

function expectMask(
  testCase: GoldenCase,
  mask: Uint8Array,
  expected: readonly number[],
  values: Float32Array,
): void {
  if (tied(testCase)) expect(zerosBySize(mask, values)).to.deep.equal(zerosBySize(expected, values));
  else expect([...mask]).to.deep.equal(expected);
}

/** PyTorch's dim 0, the output channels, is the last axis of a kernel of TensorFlow, and dim 1 the one before. */
function torchToTf(dim: number, rank: number): number {
  const at = dim < 0 ? dim + rank : dim;
  return at === 0 ? rank - 1 : at === 1 ? rank - 2 : at - 2;
}

describe('pruning as torch.nn.utils.prune does it (golden a01_pruning)', () => {
  let cases: readonly GoldenCase[] = [];
  before(function () {
    cases = needGolden(this, 'a01_pruning').cases;
  });

  it('makes the same masks, alone, globally and stacked; where magnitudes tie, as many zeros of each', () => {
    const good = cases.filter((each) => !errorCase(each));
    for (const testCase of good) {
      try {
        (CHECKS[String(testCase.inputs['op'])] as (one: GoldenCase) => void)(testCase);
      } catch (error) {
        (error as Error).message = `${testCase.name}: ${(error as Error).message}`;
        throw error;
      }
    }
    expect(good.length).to.be.at.least(55);
  });

  it('refuses what PyTorch refuses', async () => {
    const bad = cases.filter(errorCase);
    expect(bad.length).to.equal(8);
    for (const { inputs } of bad) {
      const { shape, data } = goldenTensor(inputs, 'weight');
      const values = Float32Array.from(data);
      const error = await expectCode(
        inputs['op'] === 'l1_unstructured' || (shape.length === 2 && inputs['dim'] !== 2)
          ? 'pruning/amount'
          : 'pruning/layer',
        () => {
          const given = inputs['amount'] as number;
          const amount = readAmount(given === 1 ? { count: 1 } : given, 'test');
          if (inputs['op'] === 'l1_unstructured')
            return leastMagnitudes([{ scores: values }], amount, 'test');
          const slices = slicesAlong(shape, [Number(inputs['dim'])], 'test');
          return leastSlices(values, slices, amount, { norm: 2, subject: 'test' });
        },
      );
      expect(error.message).to.match(/^test/);
    }
  });
});
