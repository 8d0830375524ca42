import * as tf from '@tensorflow/tfjs';
import { counted, expectAgreement, expectRefusal, whole } from '../support/agree.js';

// The cases of TensorFlow.js' tests of the gradients of depthwiseConv2d and fused.depthwiseConv2d.

interface Case {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly strides?: number | [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
}

const KERNELS = ['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput'];

const CASES: readonly Case[] = [
  { x: [1, 3, 3, 1], filter: [2, 2, 1, 1], pad: 'valid' },
  {
    x: [1, 3, 3, 1],
    filter: [2, 2, 1, 1],
    pad: [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ],
  },
  { x: [1, 5, 5, 1], filter: [3, 3, 1, 1], pad: 'valid' },
  { x: [1, 3, 3, 2], filter: [2, 2, 2, 1], pad: 'same' },
  { x: [1, 5, 5, 4], filter: [3, 3, 4, 1], pad: 'same' },
  { x: [1, 5, 5, 4], filter: [5, 5, 4, 1], pad: 'same', strides: 2 },
  { x: [1, 3, 3, 2], filter: [2, 2, 2, 2], pad: 'same' },
  { x: [2, 3, 3, 2], filter: [2, 2, 2, 2], pad: 'same' },
  { x: [2, 2, 2, 3], filter: [2, 2, 3, 2], pad: 'same' },
  { x: [2, 2, 2, 3], filter: [2, 2, 3, 2], pad: 'valid', strides: 2 },
  { x: [1, 8, 8, 2], filter: [3, 3, 2, 1], pad: 'valid' },
  { x: [3, 3, 2], filter: [2, 2, 2, 1], pad: 'valid' },
  { x: [2, 7, 6, 9], filter: [3, 2, 9, 1], pad: 'same', strides: 2 },
];

function convolve(x: tf.Tensor, filter: tf.Tensor, { strides = 1, pad }: Case): tf.Tensor {
  return tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad);
}

describe('gradients of depthwise convolutions as TensorFlow.js tests them', () => {
  for (const each of CASES) {
    const { x, filter, strides = 1, pad } = each;
    it(`[${x.join()}] by [${filter.join()}], strides ${strides.toString()}, pad ${JSON.stringify(pad)} (exactly)`, async () => {
      const inputs = (): tf.Tensor[] => [whole(x, 1), whole(filter, 2)];
      await expectAgreement(
        () => tf.grads((a, b) => convolve(a.clone(), b.clone(), each).clone())(inputs()),
        KERNELS,
      );
      // Only where gradients of the output differ do gradients of plain and depthwise convolutions.
      await expectAgreement(() => tf.grads((a, b) => convolve(a, b, each).square())(inputs()), KERNELS);
    });
  }

  it('are what can be checked by hand (exactly)', async () => {
    const given: Case = { x: [1, 3, 3, 1], filter: [2, 2, 1, 1], pad: 'valid' };
    const dy = (): tf.Tensor => counted([1, 2, 2, 1]);
    await expectAgreement(
      () => tf.grad((x) => convolve(x, tf.ones(given.filter as never), given))(counted(given.x), dy()),
      KERNELS.slice(1),
      { values: [1, 3, 2, 4, 10, 6, 3, 7, 4] },
    );
    await expectAgreement(
      () => tf.grad((filter) => convolve(counted(given.x), filter, given))(counted(given.filter), dy()),
      KERNELS.slice(0, 1),
      { values: [37, 47, 67, 77] },
    );
  });

  it('are of fused ones, too (1e-6)', async () => {
    for (const activation of ['linear', 'relu', 'relu6', 'elu'] as const) {
      await expectAgreement(
        () =>
          tf.grads((x, filter, bias) =>
            tf.fused.depthwiseConv2d({
              x: x as tf.Tensor4D,
              filter: filter as tf.Tensor4D,
              strides: 1,
              pad: 0,
              bias: bias,
              activation,
            }),
          )([whole([2, 3, 3, 1], 1), whole([2, 2, 1, 1], 2), whole([1], 3)], whole([2, 2, 2, 1], 4)),
        KERNELS,
        { within: 1e-6 },
      );
    }
  });

  it('are not asked of dilated ones, nor of what does not fit', async () => {
    const [x, filter] = [() => whole([1, 4, 4, 2]) as tf.Tensor4D, () => whole([2, 2, 2, 1]) as tf.Tensor4D];
    await expectRefusal(
      () => tf.grad((each) => tf.depthwiseConv2d(each as tf.Tensor4D, filter(), 1, 'same', 'NHWC', 2))(x()),
      /dilation/,
    );
    await expectRefusal(() => tf.depthwiseConv2d({}, filter(), 1, 'same'), /'x' passed to 'depthwiseConv2d'/);
    await expectRefusal(() => tf.depthwiseConv2d(x(), {}, 1, 'same'), /'filter' passed to 'depthwiseConv2d'/);
    await expectRefusal(() => tf.depthwiseConv2d(x().toInt(), filter(), 1, 'same'), /must be float32/);
    await expectRefusal(() => tf.depthwiseConv2d(x(), filter().toInt(), 1, 'same'), /must be float32/);
    await expectRefusal(() => tf.depthwiseConv2d(x(), filter(), 1, 'same', 'NHWC', 1, 'round'));
  });
});
