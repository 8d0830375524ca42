import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { setChoosing } from '../src/engine/settings.js';
import { KERNELS } from '../src/kernels/index.js';
import type { FastKernel } from '../src/kernels/kernel.js';
import { expectAgreement } from './support/agree.js';
import { useEngine } from './support/tester.js';

type Shapes = readonly (readonly number[])[];

interface Border {
  readonly kernel: string;
  readonly what: string;
  readonly attrs: object;
  /** Shapes that go to the backend, and next to them some that do not. */
  readonly stock: readonly Shapes[];
  readonly ours: readonly Shapes[];
  readonly of: (...tensors: tf.Tensor[]) => tf.Tensor;
}

const BORDERS: readonly Border[] = [
  {
    kernel: 'BatchMatMul',
    what: 'products of little depth, of few rows by large weights, of many tiny matrices',
    attrs: {},
    stock: [
      [
        [30, 19],
        [19, 40],
      ],
      [
        [2, 1024],
        [1024, 1024],
      ],
      [
        [50, 4, 4],
        [50, 4, 8],
      ],
    ],
    ours: [
      [
        [30, 20],
        [20, 40],
      ],
      [
        [1, 1024],
        [1024, 1024],
      ],
      [
        [9, 1024],
        [1024, 1024],
      ],
      [
        [50, 5, 5],
        [50, 5, 6],
      ],
      [
        [2, 30, 19],
        [19, 40],
      ],
    ],
    of: (a, b) => tf.matMul(a, b),
  },
  {
    kernel: 'Conv2D',
    what: 'convolutions of few channels',
    attrs: { strides: 1, pad: 'same' },
    stock: [
      [
        [1, 9, 9, 3],
        [3, 3, 3, 8],
      ],
      [
        [1, 9, 9, 11],
        [3, 3, 11, 4],
      ],
    ],
    ours: [
      [
        [1, 9, 9, 12],
        [3, 3, 12, 4],
      ],
      [
        [1, 9, 9, 3],
        [1, 1, 3, 8],
      ],
    ],
    of: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
  },
  {
    kernel: 'Sum',
    what: 'short sums along the last axis',
    attrs: { axis: [1] },
    stock: [[[40, 15]]],
    ours: [[[40, 16]], [[1, 15]]],
    of: (x) => tf.sum(x, 1),
  },
];

const infoOf = (shape: readonly number[]): tf.TensorInfo => ({
  dataId: {},
  shape: [...shape],
  dtype: 'float32',
});

const KEYS: Readonly<Record<string, readonly string[]>> = {
  BatchMatMul: ['a', 'b'],
  Conv2D: ['x', 'filter'],
  Sum: ['x'],
};

describe('kernels of the backend where they are faster', () => {
  before(useEngine);
  after(() => setChoosing(false));

  for (const { kernel: name, what, attrs, stock, ours, of } of BORDERS) {
    const kernel = KERNELS.find((each) => each.name === name) as FastKernel;
    const goes = (shapes: Shapes): boolean | undefined => {
      const inputs = Object.fromEntries(shapes.map((shape, i) => [KEYS[name]?.[i] as string, infoOf(shape)]));
      return kernel.isStockFaster?.(inputs, attrs as tf.NamedAttrMap);
    };

    it(`run for ${what}, and no others`, () => {
      for (const shapes of stock) expect(goes(shapes), JSON.stringify(shapes)).to.equal(true);
      for (const shapes of ours) expect(goes(shapes), JSON.stringify(shapes)).to.equal(false);
    });

    it(`are right for ${what}, as ours are next to them`, async () => {
      for (const shapes of [...stock, ...ours]) {
        const make = (): tf.Tensor =>
          tf.tidy(() => of(...shapes.map((shape, i) => tf.randomNormal([...shape], 0, 1, 'float32', i + 1))));
        // Sums of up to 1024 products.
        await expectAgreement(make, [], { within: 1e-5, choosing: true });
      }
    });
  }

  it('do not run where they are wrong: with clamps of NaN, with slopes, with a bias and a batch', () => {
    const fused = KERNELS.find(({ name }) => name === '_FusedMatMul') as FastKernel;
    const [a, b, bias] = [[30, 9], [9, 40], [40]].map(infoOf) as [
      tf.TensorInfo,
      tf.TensorInfo,
      tf.TensorInfo,
    ];
    const asked = (inputs: object, attrs: object): boolean | undefined =>
      fused.isStockFaster?.(inputs as tf.NamedTensorInfoMap, attrs as tf.NamedAttrMap);
    expect(asked({ a, b, bias }, {})).to.equal(true);
    expect(asked({ a, b, bias }, { activation: 'relu' })).to.equal(false);
    expect(asked({ a, b, bias }, { activation: 'prelu' })).to.equal(false);
    expect(asked({ a, b: infoOf([40, 9]), bias }, { transposeB: true })).to.equal(false);
    expect(asked({ a: infoOf([2, 30, 9]), b: infoOf([2, 9, 40]), bias }, {})).to.equal(false);
    expect(asked({ a, b, bias: infoOf([30, 1]) }, {})).to.equal(false);
  });
});
