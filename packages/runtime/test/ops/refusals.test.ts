import * as tf from '@tensorflow/tfjs';
import type { PlainAttrs } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { fill, floats, type Given, ints, runOp, vector } from '@tfjs-optimize/testing/integer';
import type { RuntimeOp } from '../../src/index.js';

const zeros = (...shape: number[]): Given => ints(fill(shape, () => 0));
const params = { x_scale: 0.5, y_scale: 0.5 };
const pair = { a_scale: 0.5, b_scale: 0.5, y_scale: 0.5 };
const image = zeros(1, 4, 4, 2);
const conv = [image, zeros(3, 3, 2, 3), vector([1, 1, 1])];

type Bad = readonly [what: string, op: RuntimeOp, inputs: readonly Given[], attrs: PlainAttrs, says: RegExp];

const ATTRIBUTES: readonly Bad[] = [
  [
    'no scale',
    'Quantize',
    [floats({ shape: [1], data: [0] })],
    {},
    /Quantize: scale: expected a number above 0, got nothing/,
  ],
  ['a scale of 0', 'Dequantize', [zeros(1)], { scale: 0 }, /scale: .*got 0/],
  ['a negative scale', 'Dequantize', [zeros(1)], { scale: -1 }, /got -1/],
  ['a scale that float32 does not hold', 'Dequantize', [zeros(1)], { scale: 1e-60 }, /scale/],
  [
    'a zero point beyond int8',
    'Dequantize',
    [zeros(1)],
    { scale: 1, zero_point: 128 },
    /zero_point: .* -128 to 127, got 128/,
  ],
  [
    'clamps that cross',
    'Requantize',
    [zeros(1)],
    { ...params, clamp_min: 3, clamp_max: 2 },
    /clamp_min: expected at most clamp_max \(2\), got 3/,
  ],
  [
    'strides over channels',
    'Conv2D',
    conv,
    { ...params, strides: [1, 1, 1, 2] },
    /strides: expected 1 for batch and channels/,
  ],
  [
    'strides of 0',
    'Conv2D',
    conv,
    { ...params, strides: [1, 0, 0, 1] },
    /strides: expected 4 whole numbers of at least 1/,
  ],
  [
    'an unknown padding',
    'Conv2D',
    conv,
    { ...params, padding: 'FULL' },
    /padding: expected SAME or VALID or EXPLICIT/,
  ],
  [
    'explicit padding without sizes',
    'Conv2D',
    conv,
    { ...params, padding: 'EXPLICIT' },
    /explicit_paddings: expected 8 whole numbers/,
  ],
  [
    'padded channels',
    'Conv2D',
    conv,
    { ...params, padding: 'EXPLICIT', explicit_paddings: [0, 0, 0, 0, 0, 0, 1, 0] },
    /no padding of batch and channels/,
  ],
  ['a pool without ksize', 'AvgPool', [image], {}, /ksize/],
  [
    'a pool that sees padding alone',
    'MaxPool',
    [image],
    { ksize: [1, 2, 2, 1], padding: 'EXPLICIT', explicit_paddings: [0, 0, 2, 0, 0, 0, 0, 0] },
    /explicit_paddings: expected less than ksize/,
  ],
  ['a mean without axes', 'Mean', [image], params, /axes/],
  [
    'two ways of resizing',
    'ResizeBilinear',
    [image],
    { size: [2, 2], align_corners: true, half_pixel_centers: true },
    /half_pixel_centers/,
  ],
  ['a size of 0', 'ResizeBilinear', [image], { size: [0, 2] }, /size: expected a height and a width/],
];

const INPUTS: readonly Bad[] = [
  [
    'floats for int8',
    'Dequantize',
    [floats({ shape: [1], data: [0.5] })],
    { scale: 1 },
    /q: expected int8 values as int32 or packed in bool, got float32/,
  ],
  [
    'int32 beyond int8',
    'Dequantize',
    [ints({ shape: [2], data: [0, 200] })],
    { scale: 1 },
    /values from -128 to 127, got 200/,
  ],
  ['int32 for floats', 'Quantize', [zeros(1)], { scale: 1 }, /x: expected float32, got int32/],
  ['too few inputs', 'Conv2D', [image], params, /at least 3 of x, filter, scales, bias, got 1 inputs/],
  ['too many inputs', 'Requantize', [zeros(1), zeros(1)], params, /got 2 inputs/],
  [
    'a rank of 3',
    'Conv2D',
    [zeros(4, 4, 2), ...conv.slice(1)],
    params,
    /x: expected a tensor of rank 4, got \[4,4,2\]/,
  ],
  [
    'channels that make no groups',
    'Conv2D',
    [zeros(1, 4, 4, 3), ...conv.slice(1)],
    params,
    /filter: expected channels in and out in groups, for 3, got 2 in and 3 out/,
  ],
  [
    'a scale too few',
    'Conv2D',
    [image, zeros(3, 3, 2, 3), vector([1, 1])],
    params,
    /scales: expected 3 values, got shape \[2\]/,
  ],
  [
    'a negative scale',
    'Conv2D',
    [image, zeros(3, 3, 2, 3), vector([1, -1, 1])],
    params,
    /scales: expected finite numbers of at least 0, got -1 at 1/,
  ],
  ['a scale that is no number', 'MatMul', [zeros(1, 2), zeros(2, 1), vector([NaN])], params, /got NaN at 0/],
  ['a bias of floats', 'Conv2D', [...conv, vector([1, 1, 1])], params, /bias: expected int32, got float32/],
  ['a bias too short', 'Conv2D', [...conv, zeros(2)], params, /bias: expected 3 values/],
  [
    'depthwise filters of other channels',
    'DepthwiseConv2D',
    [image, zeros(3, 3, 3, 1), vector([1, 1, 1])],
    params,
    /filter: expected 2 channels, as x has, got 3/,
  ],
  [
    'rows that do not fit',
    'MatMul',
    [zeros(2, 3), zeros(2, 1), vector([1])],
    params,
    /x: expected rows of 2 values, as w has rows, got shape \[2,3\]/,
  ],
  [
    'matrices that do not fit',
    'BatchMatMul',
    [zeros(2, 3), zeros(2, 3)],
    pair,
    /b: expected matrices that fit those of a, \[2,3\]/,
  ],
  ['batches that do not fit', 'BatchMatMul', [zeros(2, 2, 3), zeros(3, 3, 2)], pair, /b: expected matrices/],
  [
    'shapes that do not fit',
    'Add',
    [zeros(2), zeros(3)],
    pair,
    /b: expected a shape that fits that of a, \[2\], got \[3\]/,
  ],
  [
    'axes out of range',
    'Mean',
    [zeros(2, 2)],
    { ...params, axes: [2] },
    /x: expected axes 2, got shape \[2,2\]/,
  ],
  ['a table too short', 'Table', [zeros(1), zeros(255)], {}, /table: expected 256 values/],
  ['a softmax without a first value', 'Softmax', [zeros(1), zeros(256)], {}, /table: .*got 0 at 0/],
  [
    'a resize without a size',
    'ResizeNearestNeighbor',
    [image],
    {},
    /size: expected a size by attribute or input/,
  ],
];

describe('integer ops refuse', () => {
  before(() => tf.setBackend('cpu'));

  for (const [code, list] of [
    ['runtime/attribute', ATTRIBUTES],
    ['runtime/input', INPUTS],
  ] as const) {
    for (const [what, op, inputs, attrs, says] of list) {
      it(`${what} (${op}, ${code}), and leave no tensor`, async () => {
        runOp('Requantize', [zeros(1)], params);
        const held = tf.memory().numTensors;
        const error = await expectCode('model/run', () => runOp(op, inputs, attrs));
        expect(error.cause).to.have.property('code', code);
        expect(error.message).to.match(says);
        expect(tf.memory().numTensors).to.equal(held);
      });
    }
  }
});
