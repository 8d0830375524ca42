import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { useEngine } from '../support/tester.js';
import { counted, expectAgreement, expectRefusal, whole } from '../support/agree.js';

// The cases of TensorFlow.js' tests of conv2d, conv1d, conv2dTranspose and fused.conv2d. Those with channels first are
// left out, as in the tests of its wasm backend, which has none.

type Shape4 = [number, number, number, number];
type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

interface Case {
  readonly x: readonly number[];
  readonly filter: Shape4;
  readonly strides?: number | [number, number];
  readonly pad?: Pad;
  readonly dilations?: number | [number, number];
}

const AROUND: Pad = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
];

const CASES: readonly Case[] = [
  { x: [1, 4, 4, 1], filter: [1, 1, 1, 3], strides: 2, pad: 'same' },
  { x: [2, 2, 2, 2], filter: [1, 1, 2, 2], pad: 0 },
  { x: [2, 2, 1], filter: [1, 1, 1, 2], pad: 0 },
  { x: [3, 3, 2], filter: [2, 2, 2, 1], pad: 'valid' },
  { x: [4, 2, 1], filter: [4, 2, 1, 1], pad: 'same' },
  { x: [4, 2, 1], filter: [4, 2, 1, 1], pad: AROUND },
  { x: [2, 2, 1], filter: [2, 2, 1, 1], pad: 'same' },
  { x: [2, 2, 1], filter: [2, 2, 1, 1], pad: 0 },
  { x: [4, 4, 1], filter: [2, 2, 1, 1], pad: 0, dilations: 2 },
  { x: [1, 6, 7, 3], filter: [3, 2, 3, 5], pad: 'same', dilations: [2, 3] },
  { x: [1, 3, 6, 1], filter: [2, 2, 1, 1], strides: [1, 2], pad: 'valid' },
  { x: [1, 8, 8, 16], filter: [3, 3, 16, 1], strides: 2, pad: 'same' },
  { x: [1, 8, 8, 3], filter: [3, 3, 3, 4], strides: 2, pad: 'same' },
  { x: [1, 8, 8, 3], filter: [3, 3, 3, 4], strides: 2, pad: 'valid' },
  {
    x: [1, 2, 2, 3],
    filter: [1, 1, 3, 1],
    strides: 2,
    pad: [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
  },
  { x: [0, 4, 4, 2], filter: [2, 2, 2, 3], pad: 'same' },
];

const titleOf = ({ x, filter, strides = 1, pad = 0, dilations = 1 }: Case): string =>
  `[${x.join()}] by [${filter.join()}], strides ${strides.toString()}, pad ${JSON.stringify(pad)}, dilations ${dilations.toString()}`;

function convolve(x: tf.Tensor, filter: tf.Tensor, { strides = 1, pad = 0, dilations = 1 }: Case): tf.Tensor {
  return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilations);
}

describe('tf.conv2d as TensorFlow.js tests it', () => {
  for (const each of CASES) {
    it(`convolves ${titleOf(each)} (exactly)`, () =>
      expectAgreement(() => convolve(whole(each.x, 1), whole(each.filter, 2), each), ['Conv2D']));
  }

  it('gives numbers that can be checked by hand (exactly)', async () => {
    await expectAgreement(
      () => convolve(counted([3, 3, 1]), tf.ones([2, 2, 1, 1]), { x: [], filter: [2, 2, 1, 1] }),
      ['Conv2D'],
      { values: [12, 16, 24, 28], shape: [2, 2, 1] },
    );
    await expectAgreement(
      () =>
        tf.conv2d(
          [
            [[1], [2]],
            [[3], [4]],
          ] as never,
          [[[[2]]]] as never,
          1,
          0,
        ),
      ['Conv2D'],
      {
        values: [2, 4, 6, 8],
      },
    );
  });

  for (const each of CASES.filter(({ dilations }) => dilations === undefined)) {
    it(`has gradients: ${titleOf(each)} (exactly)`, () =>
      expectAgreement(
        () =>
          tf.grads((x, filter) => convolve(x.clone(), filter.clone(), each).square().clone())([
            whole(each.x, 1),
            whole(each.filter, 2),
          ]),
        ['Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput'],
      ));
  }

  it('has no gradients with dilations', () =>
    expectRefusal(
      () =>
        tf.grad((x) => convolve(x, whole([2, 2, 1, 1]), { x: [], filter: [2, 2, 1, 1], dilations: 2 }))(
          whole([5, 5, 1]),
        ),
      /dilation/,
    ));

  const FILTER = (): tf.Tensor4D => whole([2, 2, 1, 1]) as tf.Tensor4D;
  const X = (): tf.Tensor3D => whole([2, 2, 1]) as tf.Tensor3D;

  it('refuses ranks, channels and kinds that do not fit', async () => {
    await expectRefusal(() => tf.conv2d(whole([2, 2]) as never, FILTER(), 1, 0), /rank/);
    await expectRefusal(() => tf.conv2d(X(), whole([2, 2, 1]) as never, 1, 0), /rank/);
    await expectRefusal(() => tf.conv2d(X(), whole([2, 2, 5, 1]) as tf.Tensor4D, 1, 0), /depth/);
    await expectRefusal(() => tf.conv2d({}, FILTER(), 1, 0), /'x' passed to 'conv2d' must be a Tensor/);
    await expectRefusal(() => tf.conv2d(X(), {}, 1, 0), /'filter' passed to 'conv2d' must be a Tensor/);
    await expectRefusal(() => tf.conv2d(X().toInt(), FILTER(), 1, 0), /must be float32/);
    await expectRefusal(() => tf.conv2d(X(), FILTER().toInt(), 1, 0), /must be float32/);
  });

  it('refuses strides, dilations and roundings that make no sense', async () => {
    await expectRefusal(() => tf.conv2d(X(), FILTER(), [1, 0], 0));
    await expectRefusal(() => tf.conv2d(X(), FILTER(), 1, 0, 'NHWC', [1, 0]));
    await expectRefusal(() => tf.conv2d(X(), FILTER(), [2, 1], 0, 'NHWC', [1, 2]));
    const pads: Pad[] = [
      'same',
      'valid',
      1.2,
      [
        [0, 0],
        [0, 2.1],
        [1, 1],
        [0, 0],
      ],
    ];
    for (const pad of pads)
      await expectRefusal(() => tf.conv2d(X(), FILTER(), 1, pad, 'NHWC', 1, 'round'), /pad|round/i);
  });

  it('says that it takes no channels first', async () => {
    await useEngine();
    const tensors = tf.memory().numTensors;
    expect(() =>
      tf.tidy(() => tf.conv2d(whole([1, 2, 2]) as tf.Tensor3D, FILTER(), 1, 'same', 'NCHW')),
    ).to.throw(/NCHW|channelsFirst/);
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('passes on NaN (exactly)', () =>
    expectAgreement(() => {
      const x = whole([1, 5, 5, 2]).arraySync() as number[][][][];
      (x[0]?.[2]?.[2] as number[])[1] = Number.NaN;
      return tf.conv2d(x, whole([3, 3, 2, 9]) as tf.Tensor4D, 1, 'same');
    }, ['Conv2D']));
});

describe('tf.conv1d as TensorFlow.js tests it', () => {
  it('convolves with any padding and dilation, and has gradients (exactly)', async () => {
    for (const [x, filter, pad, dilation] of [
      [[2, 2, 1], [1, 1, 1], 0, 1],
      [[2, 2, 1], [1, 1, 1], 'same', 1],
      [[4, 1], [2, 1, 1], 'valid', 1],
      [[4, 1], [2, 1, 1], 'valid', 2],
      [[14, 1], [3, 1, 1], 'valid', 3],
      [[14, 3], [3, 3, 5], 'same', 1],
    ] as const) {
      const run = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
        tf.conv1d(a as tf.Tensor3D, b as tf.Tensor3D, 1, pad, 'NWC', dilation);
      await expectAgreement(() => run(whole(x, 1), whole(filter, 2)), ['Conv2D']);
      if (dilation === 1)
        await expectAgreement(
          () => tf.grads((a, b) => run(a.clone(), b.clone()).square())([whole(x, 1), whole(filter, 2)]),
          ['Conv2DBackpropFilter', 'Conv2DBackpropInput'],
        );
    }
  });

  it('refuses what does not fit', async () => {
    const x = (): tf.Tensor3D => whole([2, 2, 1]) as tf.Tensor3D;
    const filter = (): tf.Tensor3D => whole([1, 1, 1]) as tf.Tensor3D;
    await expectRefusal(() => tf.conv1d(whole([2, 2, 2, 2]) as never, filter(), 1, 0), /rank/);
    await expectRefusal(() => tf.conv1d(x(), whole([2, 2]) as never, 1, 0), /rank/);
    await expectRefusal(() => tf.conv1d(x(), whole([1, 5, 1]) as tf.Tensor3D, 1, 0), /depth/);
    await expectRefusal(() => tf.conv1d(x(), filter(), 0, 0));
    await expectRefusal(() => tf.conv1d(x(), filter(), 1, 0, 'NWC', 0));
    await expectRefusal(() => tf.conv1d(x(), filter(), 2, 0, 'NWC', 2));
    await expectRefusal(() => tf.conv1d(x(), filter(), 1, 'same', 'NWC', 1, 'round'));
  });
});

describe('tf.conv2dTranspose as TensorFlow.js tests it', () => {
  const CASES_OF_TRANSPOSES: readonly (readonly [readonly number[], Shape4, number[], number, Pad])[] = [
    [[2, 2, 1], [2, 2, 1, 1], [3, 3, 1], 1, 0],
    [[3, 3, 1], [2, 2, 1, 1], [3, 3, 1], 1, 'same'],
    [[3, 3, 1], [2, 2, 1, 1], [6, 6, 1], 2, 'same'],
    [
      [3, 3, 1],
      [2, 2, 1, 1],
      [4, 4, 1],
      2,
      [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ],
    ],
    [[2, 2, 2, 1], [2, 2, 1, 1], [2, 3, 3, 1], 1, 0],
    [[2, 2, 2], [2, 2, 2, 2], [3, 3, 2], 2, 'same'],
    [[1, 3, 3, 1], [2, 2, 2, 1], [1, 4, 4, 2], 1, 'valid'],
    [[1, 2, 2, 1], [2, 2, 2, 1], [1, 4, 4, 2], 2, 'valid'],
    [[1, 3, 3, 1], [2, 2, 2, 1], [1, 3, 3, 2], 1, 'same'],
    [[1, 4, 4, 8], [8, 8, 8, 8], [1, 8, 8, 8], 2, 'same'],
  ];
  for (const [x, filter, shape, strides, pad] of CASES_OF_TRANSPOSES) {
    const run = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, shape as Shape4, strides, pad);
    it(`turns [${x.join()}] by [${filter.join()}] into [${shape.join()}], and has gradients (exactly)`, async () => {
      await expectAgreement(() => run(whole(x, 1), whole(filter, 2)), ['Conv2DBackpropInput'], { shape });
      await expectAgreement(
        () => tf.grads((a, b) => run(a.clone(), b.clone()).square().clone())([whole(x, 1), whole(filter, 2)]),
        ['Conv2DBackpropInput', 'Conv2D', 'Conv2DBackpropFilter'],
      );
    });
  }

  it('takes arrays, and refuses what does not fit', async () => {
    await expectAgreement(
      () => tf.conv2dTranspose([[[2], [2]]] as never, [[[[1]], [[1]]]] as never, [1, 3, 1], 1, 'valid'),
      ['Conv2DBackpropInput'],
      { values: [2, 4, 2] },
    );
    const filter = (): tf.Tensor4D => whole([2, 2, 1, 1]) as tf.Tensor4D;
    await expectRefusal(() => tf.conv2dTranspose(whole([2, 2]) as never, filter(), [3, 3, 1], 1, 0), /rank/);
    await expectRefusal(
      () => tf.conv2dTranspose(whole([2, 2, 1]) as never, whole([2, 2]) as never, [3, 3, 1], 1, 0),
      /rank/,
    );
    await expectRefusal(
      () => tf.conv2dTranspose(whole([2, 2, 3]) as never, filter(), [3, 3, 1], 1, 0),
      /depth/,
    );
    await expectRefusal(() =>
      tf.conv2dTranspose(whole([2, 2, 1]) as never, filter(), [3, 3, 1], 1, 'same', 'round'),
    );
  });
});

describe('tf.fused.conv2d as TensorFlow.js tests it', () => {
  const ALL: readonly Case[] = [
    { x: [2, 2, 2, 2], filter: [1, 1, 2, 3], pad: 0 },
    { x: [4, 4, 1], filter: [1, 1, 1, 3], strides: 2, pad: 'same' },
    { x: [4, 4, 1], filter: [1, 1, 1, 3], pad: 'same' },
    { x: [1, 5, 5, 2], filter: [2, 2, 2, 3], pad: AROUND },
    { x: [1, 8, 8, 3], filter: [3, 3, 3, 8], strides: 2, pad: 'same' },
    { x: [1, 8, 8, 16], filter: [3, 3, 16, 1], strides: 2, pad: 'same' },
    { x: [2, 8, 9, 16], filter: [3, 3, 16, 20], pad: 'same' },
  ];
  const BIASES = ['none', 'one', 'all'] as const;
  type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'prelu' | 'leakyrelu';
  const ACTIVATIONS: Activation[] = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'];

  for (const activation of ACTIVATIONS) {
    // Winograd's algorithm is off by parts of sums of up to 700, which some activations hold below 10.
    const within = activation === 'relu6' || activation === 'sigmoid' ? 1e-4 : 1e-5;
    it(`adds biases and applies ${activation} (${within})`, async () => {
      for (const { x, filter, strides = 1, pad = 0 } of ALL) {
        for (const kind of BIASES) {
          const bias = kind === 'one' ? tf.scalar : kind === 'all' ? () => whole([filter[3]], 3) : undefined;
          for (const slopes of activation === 'prelu' ? [[1, 1, 1], [1, 1, filter[3]], [filter[3]]] : [[]]) {
            await expectAgreement(
              () =>
                tf.fused.conv2d({
                  x: whole(x, 1).div<tf.Tensor4D>(16),
                  filter: whole(filter, 2) as tf.Tensor4D,
                  strides,
                  pad: pad,
                  activation,
                  ...(bias !== undefined && { bias: bias(5) }),
                  ...(activation === 'prelu' && { preluActivationWeights: whole(slopes, 4).div(8) }),
                  ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }),
                }),
              ['FusedConv2D'],
              { within },
            );
          }
        }
      }
    });
  }

  for (const activation of ['linear', 'relu', 'elu'] as const) {
    it(`has gradients with ${activation} (1e-5)`, async () => {
      for (const hasBias of [false, true]) {
        await expectAgreement(
          () =>
            tf.grads((x, filter, bias) =>
              tf.fused
                .conv2d({
                  x: x as tf.Tensor4D,
                  filter: filter as tf.Tensor4D,
                  strides: 1,
                  pad: 0,
                  activation,
                  ...(hasBias && { bias: bias }),
                })
                .add(bias.sum()),
            )([whole([2, 3, 3, 1], 1), whole([2, 2, 1, 1], 2), whole([1], 3)], whole([2, 2, 2, 1], 4)),
          ['Conv2DBackpropFilter', 'Conv2DBackpropInput'],
          { within: 1e-5 },
        );
      }
    });
  }

  it('refuses what does not fit', async () => {
    const given = { strides: 1, pad: 0, filter: whole([1, 1, 2, 2]) as tf.Tensor4D };
    const x = whole([2, 2, 2, 2]) as tf.Tensor4D;
    await expectRefusal(() => tf.fused.conv2d({ ...given, x: x.toInt() }), /must be float32/);
    await expectRefusal(
      () => tf.fused.conv2d({ ...given, x, filter: given.filter.toInt() }),
      /must be float32/,
    );
    await expectRefusal(() => tf.fused.conv2d({ ...given, x, pad: 'same', dimRoundingMode: 'round' }));
    tf.dispose([x, given]);
  });
});
