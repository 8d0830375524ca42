import { setEnabled } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { kernelOf, useEngine } from '../support/tester.js';
import { expectAgreement, expectRefusal, whole } from '../support/agree.js';

// Sizes of convolutions and poolings that the backend's own kernels get wrong or write beyond their output for.

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
type Round = 'floor' | 'round' | 'ceil';
type Shape = [number, number, number, number];

interface Case {
  readonly x: Shape;
  readonly filter: readonly [number, number];
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly round?: Round;
}

const around = (top: number, bottom: number, left: number, right: number): Pad => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

const CASES: readonly Case[] = [
  // Steps longer than the filter.
  { x: [1, 3, 3, 4], filter: [2, 2], strides: 3, pad: 'same' },
  { x: [2, 3, 5, 8], filter: [2, 2], strides: 3, pad: 'same' },
  { x: [1, 1, 2, 2], filter: [3, 1], strides: [1, 3], pad: 'same' },
  { x: [1, 8, 6, 5], filter: [1, 1], strides: 2, pad: 'same' },
  // A number of pixels around, and filters and steps that are not square.
  { x: [1, 6, 7, 3], filter: [3, 1], strides: 1, pad: 1 },
  { x: [1, 6, 7, 3], filter: [1, 3], strides: 1, pad: 1 },
  { x: [1, 6, 7, 4], filter: [1, 1], strides: 1, pad: 2 },
  { x: [1, 9, 9, 4], filter: [3, 3], strides: [1, 2], pad: 1 },
  { x: [1, 9, 9, 4], filter: [3, 3], strides: [2, 1], pad: 0 },
  // Rounded otherwise than down.
  { x: [1, 5, 6, 2], filter: [3, 3], strides: 2, pad: 1, round: 'ceil' },
  { x: [1, 5, 6, 2], filter: [3, 3], strides: 2, pad: 1, round: 'round' },
  { x: [2, 6, 6, 4], filter: [3, 3], strides: 2, pad: 0, round: 'ceil' },
  { x: [1, 7, 6, 5], filter: [2, 3], strides: 3, pad: around(0, 1, 2, 0), round: 'ceil' },
  // Images lower than the filter.
  { x: [1, 1, 5, 4], filter: [3, 3], strides: 1, pad: 1 },
  { x: [1, 2, 5, 3], filter: [3, 3], strides: 1, pad: 2 },
  { x: [1, 1, 5, 3], filter: [3, 3], strides: 1, pad: around(1, 1, 0, 0) },
  { x: [1, 2, 1, 4], filter: [3, 3], strides: 2, pad: around(2, 0, 1, 2) },
  // Nothing.
  { x: [1, 3, 3, 0], filter: [3, 3], strides: 1, pad: 'same' },
  { x: [0, 3, 3, 4], filter: [2, 2], strides: 3, pad: 'same' },
  { x: [1, 2, 2, 3], filter: [3, 3], strides: 2, pad: 0 },
];

function depthwise({ x, filter, strides, pad, round }: Case, multiplier: number): tf.Tensor {
  const weights = whole([...filter, x[3], multiplier], 2) as tf.Tensor4D;
  return tf.depthwiseConv2d(whole(x) as tf.Tensor4D, weights, strides, pad, 'NHWC', 1, round);
}

function plain({ x, filter, strides, pad, round }: Case): tf.Tensor {
  const weights = whole([...filter, x[3], 3], 2) as tf.Tensor4D;
  return tf.conv2d(whole(x) as tf.Tensor4D, weights, strides, pad, 'NHWC', 1, round);
}

describe('sizes that the backend gets wrong', () => {
  before(useEngine);
  afterEach(() => setEnabled(true));

  for (const each of CASES) {
    const { x, filter, strides, pad, round } = each;
    const title = `[${x.join()}] by [${filter.join()}], strides ${strides.toString()}, pad ${JSON.stringify(pad)} ${round ?? ''}`;
    it(`of convolutions, ${title} (exactly)`, async () => {
      for (const multiplier of [1, 2]) await expectAgreement(() => depthwise(each, multiplier), []);
      await expectAgreement(() => plain(each), ['Conv2D']);
    });
    it(`of poolings, ${title} (1e-6)`, async () => {
      const image = (): tf.Tensor4D => whole(x) as tf.Tensor4D;
      const size = [...filter] as [number, number];
      await expectAgreement(() => tf.maxPool(image(), size, strides, pad, round), []);
      await expectAgreement(() => tf.avgPool(image(), size, strides, pad, round), [], { within: 1e-6 });
    });
  }

  it('are those of windows that see nothing, too', async () => {
    const image = (): tf.Tensor4D => whole([1, 4, 3, 5]) as tf.Tensor4D;
    await expectAgreement(() => tf.maxPool(image(), 1, 1, 1), ['MaxPool']);
    await expectAgreement(() => tf.avgPool(image(), 2, 1, 2), ['AvgPool'], { within: 1e-6 });
  });

  it('are done by the reference where ours cannot end a convolution', () => {
    const [x, filter] = [tf.ones<tf.Rank.R4>([1, 3, 3, 4]), tf.ones<tf.Rank.R4>([2, 2, 4, 1])];
    const run = kernelOf('FusedDepthwiseConv2D');
    // A bias of another shape than a row.
    const bias = tf.ones([4, 1, 1]);
    const attrs = { strides: 3, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'relu' };
    const out = tf.engine().runKernel<tf.Tensor>(run.name, { x, filter, bias }, attrs);
    expect(Array.from(out.dataSync())).to.deep.equal([5, 5, 5, 5]);
    tf.dispose([x, filter, bias, out]);
  });

  it('stay with the backend where it is right', () => {
    const engine = tf.ones<tf.Rank.R4>([1, 6, 6, 4]);
    const expectKept = async (name: string, inputs: tf.NamedTensorMap, attrs: object): Promise<void> => {
      const given = { pad: 'same', strides: 2, dilations: 1, dataFormat: 'NHWC', ...attrs };
      expect(kernelOf(name).run(await useEngine(), inputs, given)).to.equal(undefined);
    };
    const filter = tf.ones<tf.Rank.R4>([7, 7, 4, 1]);
    return Promise.all([
      expectKept('MaxPool', { x: engine }, { filterSize: 3 }),
      expectKept('AvgPool', { x: engine }, { filterSize: 3 }),
      expectKept('DepthwiseConv2dNative', { x: engine, filter }, {}),
    ]).then(() => tf.dispose([engine, filter]));
  });

  it('are refused where a filter is larger than its image, before anything is made', async () => {
    const x = (): tf.Tensor4D => whole([1, 3, 4, 4]) as tf.Tensor4D;
    const of = (...shape: Shape): tf.Tensor4D => whole(shape) as tf.Tensor4D;
    await expectRefusal(() => tf.conv2d(x(), of(5, 3, 4, 2), 1, 'valid'));
    await expectRefusal(() => tf.depthwiseConv2d(x(), of(3, 7, 4, 1), 1, 'valid'));
    await expectRefusal(() => tf.maxPool(x(), 5, 1, 'valid'));
    await expectRefusal(() => tf.avgPool(x(), [1, 9], 1, 'valid'));
    await useEngine();
    tf.tidy(() => {
      const refused = (computation: () => tf.Tensor, reason: string): void =>
        expect(computation).to.throw(reason) as never;
      refused(
        () => tf.conv2d(x(), of(5, 3, 4, 2), 1, 'valid'),
        'conv2d: expected a filter of at most 3x4, got 5x3.',
      );
      refused(
        () => tf.conv2d(x(), of(3, 3, 4, 2), 1, 'valid', 'NHWC', 2),
        'conv2d: expected a filter of at most 3x4, got 5x5.',
      );
      refused(
        () => tf.conv2d(x(), of(7, 1, 4, 2), 1, 1),
        'conv2d: expected a filter of at most 5x6, got 7x7.',
      );
      refused(
        () => tf.depthwiseConv2d(x(), of(3, 7, 4, 1), 1, 'valid'),
        'depthwiseConv2d: expected a filter of at most 3x4, got 3x7.',
      );
      refused(() => tf.maxPool(x(), 5, 1, 'valid'), 'maxPool: expected a filter of at most 3x4, got 5x5.');
      refused(
        () => tf.avgPool(x(), [1, 9], 1, 'valid'),
        'avgPool: expected a filter of at most 3x4, got 1x9.',
      );
    });
  });
});
