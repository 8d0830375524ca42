import * as tf from '@tensorflow/tfjs';
import {
  goldenTensor,
  isGoldenTensor,
  needGolden,
  type GoldenCase,
  type GoldenTensor,
} from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { multiplierOf } from '../../src/format/index.js';
import {
  conv2d,
  depthwiseConv2d,
  geometryOf,
  matMul,
  multipliersOf,
  type OutputStage,
} from '../../src/reference/index.js';
import type { PlainAttrs } from '@tfjs-optimize/core';
import { floats, type Given, ints, runOp, vector } from '@tfjs-optimize/testing/integer';

/*
 * ONNX's quantized ops (golden vectors a04b). uint8 values are int8 values with zero points lower by 128; weights whose
 * zero point is not 0 have no counterpart here. ONNX rounds once and halves to even; TensorFlow Lite rounds first to
 * 2^shift, then to whole numbers, halves away from zero. So results may differ by 1 where the real number lies within
 * 2^(shift - 1) of a half, and nowhere else.
 */

/** Holds int8 results against ONNX's; the number of those near a half. */
function expectSame(
  name: string,
  got: readonly number[],
  wanted: readonly number[],
  sums: readonly number[],
  multipliers: readonly number[],
): number {
  let halves = 0;
  sums.forEach((sum, i) => {
    const multiplier = multipliers[i % multipliers.length] as number;
    const distance = Math.abs(Math.abs((sum * multiplier) % 1) - 0.5);
    const { shift } = multiplierOf(multiplier);
    const isHalf = distance <= (shift < 0 ? 2 ** (shift - 1) : 0) + 2 ** -20;
    if (isHalf) halves++;
    const difference = Math.abs((got[i] as number) - (wanted[i] as number));
    expect(difference, `${name} ${i}`).to.be.at.most(isHalf ? 1 : 0);
  });
  expect(got.length, name).to.equal(sums.length);
  return halves;
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Values and zero point as int8, of a tensor of int8 or uint8. */
function asInt8(tensor: GoldenTensor, zeroPoint: number): { x: Given; zeroPoint: number } {
  const shift = tensor.dtype === 'uint8' ? 128 : 0;
  return {
    x: ints({ shape: tensor.shape, data: tensor.data.map((value) => value - shift) }),
    zeroPoint: zeroPoint - shift,
  };
}

const isSymmetric = (value: unknown): boolean =>
  value === null ||
  value === 0 ||
  (isGoldenTensor(value as GoldenTensor) && (value as GoldenTensor).data.every((one) => one === 0));

/** Sums as results of int8. */
const BITS: OutputStage = { multipliers: multipliersOf([1]), zeroPoint: 0, clampMin: -128, clampMax: 127 };

/** The int32 sums of an op that gives out int8, held against those that are wanted. */
function sumsBy(run: (bias: Int32Array) => Int8Array, channels: number, wanted: readonly number[]): number[] {
  // With minus the wanted sum as bias, what comes out is 0 where the sum is right; saturation hides nothing at 0.
  return wanted.map((sum, i) => {
    const bias = new Int32Array(channels).fill(-sum);
    return sum + (run(bias)[i] as number);
  });
}

describe('integer ops against ONNX Runtime', () => {
  before(() => tf.setBackend('cpu'));
  const casesOf = (file: { readonly cases: readonly GoldenCase[] }, op: string): readonly GoldenCase[] =>
    file.cases.filter(({ inputs }) => inputs['op'] === op);

  it('QuantizeLinear per tensor: the same but for halves, which ONNX rounds to even', function () {
    let compared = 0;
    for (const { name, inputs, outputs } of casesOf(
      needGolden(this, 'a04b_onnx_quantized_ops'),
      'QuantizeLinear',
    )) {
      const y = goldenTensor(outputs, 'y');
      const scale = goldenTensor(inputs, 'scale').data;
      if (scale.length > 1 || y.dtype === 'int16') continue;
      const x = goldenTensor(inputs, 'x');
      const wanted = asInt8(y, number(inputs['zero_point']));
      const attrs = { scale: scale[0] as number, zero_point: wanted.zeroPoint };
      const got = runOp('Quantize', [floats(x)], attrs).data;
      x.data.forEach((value, i) => {
        const isHalf = Math.abs(value / (scale[0] as number)) % 1 === 0.5;
        if (isHalf)
          expect(Math.abs((got[i] as number) - (wanted.x.data[i] as number)), name).to.be.at.most(1);
        else expect(got[i], `${name} ${i}`).to.equal(wanted.x.data[i]);
        compared++;
      });
      const back = runOp('Dequantize', [wanted.x], attrs).data;
      expect(back, name).to.deep.equal(goldenTensor(outputs, 'dequantized').data);
    }
    expect(compared).to.equal(23);
  });

  it('MatMulInteger with symmetric weights: every int32 sum is the same', function () {
    let compared = 0;
    for (const { name, inputs, outputs } of casesOf(
      needGolden(this, 'a04b_onnx_quantized_ops'),
      'MatMulInteger',
    )) {
      const b = goldenTensor(inputs, 'b');
      if (!isSymmetric(inputs['b_zero_point']) || b.data.some((value) => value > 127)) continue;
      const { x, zeroPoint } = asInt8(goldenTensor(inputs, 'a'), number(inputs['a_zero_point']));
      const [rows, inner] = x.shape as [number, number];
      const columns = b.shape[1] as number;
      const wanted = goldenTensor(outputs, 'y').data;
      const run = (bias: Int32Array) =>
        matMul(
          Int8Array.from(x.data),
          Int8Array.from(b.data),
          bias,
          { rows, inner, columns },
          zeroPoint,
          BITS,
        );
      expect(sumsBy(run, columns, wanted), name).to.deep.equal(wanted);
      compared++;
    }
    expect(compared).to.be.at.least(7);
  });

  it('QLinearConv with symmetric weights: every int32 sum is the same, and every int8 output but near halves', function () {
    let [compared, halves, all] = [0, 0, 0];
    for (const { name, inputs, outputs } of casesOf(
      needGolden(this, 'a04b_onnx_quantized_ops'),
      'QLinearConv',
    )) {
      if (!isSymmetric(inputs['w_zero_point'])) continue;
      const { x, zeroPoint } = asInt8(goldenTensor(inputs, 'x_nhwc'), number(inputs['x_zero_point']));
      const wanted = asInt8(goldenTensor(outputs, 'y_nhwc'), number(inputs['y_zero_point']));
      const filter = goldenTensor(inputs, 'w_hwio');
      const channels = filter.shape[3] as number;
      const [top, left, bottom, right] = inputs['pads_tlbr'] as [number, number, number, number];
      const sliding = {
        strides: [1, ...(inputs['strides'] as number[]), 1],
        dilations: [1, ...(inputs['dilations'] as number[]), 1],
        padding: 'EXPLICIT' as const,
        explicit_paddings: [0, 0, top, bottom, left, right, 0, 0],
      };
      const scale = inputs['w_scale'];
      const scales = isGoldenTensor(scale) ? scale.data : new Array<number>(channels).fill(number(scale));
      const bias = inputs['bias_int32'];
      const attrs: PlainAttrs = {
        ...sliding,
        x_scale: number(inputs['x_scale']),
        x_zero_point: zeroPoint,
        y_scale: number(inputs['y_scale']),
        y_zero_point: wanted.zeroPoint,
      };
      const isDepthwise =
        inputs['group'] === x.shape[3] && filter.shape[2] === 1 && number(inputs['group']) > 1;
      const shape = isDepthwise ? [filter.shape[0], filter.shape[1], channels, 1] : filter.shape;
      const given = [ints({ shape: shape as number[], data: filter.data }), vector(scales)];
      if (isGoldenTensor(bias)) given.push(ints(bias));
      const y = runOp(isDepthwise ? 'DepthwiseConv2D' : 'Conv2D', [x, ...given], attrs);
      expect(y.shape, name).to.deep.equal(wanted.x.shape);
      const geometry = geometryOf(x.shape, filter.shape.slice(0, 2) as [number, number], sliding);
      const [xs, ws] = [Int8Array.from(x.data), Int8Array.from(filter.data)];
      const added = isGoldenTensor(bias) ? bias.data : new Array<number>(channels).fill(0);
      const run = (less: Int32Array) => {
        const sum = less.map((value, k) => value + (added[k] as number));
        return isDepthwise
          ? depthwiseConv2d(xs, ws, sum, geometry, 1, zeroPoint, BITS)
          : conv2d(xs, ws, sum, geometry, channels, number(inputs['group']), zeroPoint, BITS);
      };
      const sums = toChannelsLast(goldenTensor(outputs, 'accumulator_with_bias'));
      expect(sumsBy(run, channels, sums), name).to.deep.equal(sums);
      const multipliers = scales.map((one) => (number(attrs['x_scale']) * one) / number(attrs['y_scale']));
      halves += expectSame(name, y.data, wanted.x.data, sums, multipliers);
      all += sums.length;
      compared++;
    }
    expect(compared).to.be.at.least(8);
    expect(halves / all, 'share near halves').to.be.below(0.01);
  });

  it('QLinearMatMul with symmetric weights: the same but for halves', function () {
    let compared = 0;
    let halves = 0;
    for (const { name, inputs, outputs } of casesOf(
      needGolden(this, 'a04b_onnx_quantized_ops'),
      'QLinearMatMul',
    )) {
      if (!isSymmetric(inputs['b_zero_point'])) continue;
      const { x, zeroPoint } = asInt8(goldenTensor(inputs, 'a'), number(inputs['a_zero_point']));
      const wanted = asInt8(goldenTensor(outputs, 'y'), number(inputs['y_zero_point']));
      const b = goldenTensor(inputs, 'b');
      const scale = inputs['b_scale'];
      const scales = isGoldenTensor(scale) ? scale.data : [number(scale)];
      const attrs = {
        x_scale: number(inputs['a_scale']),
        x_zero_point: zeroPoint,
        y_scale: number(inputs['y_scale']),
        y_zero_point: wanted.zeroPoint,
      };
      const y = runOp('MatMul', [x, ints(b), vector(scales)], attrs);
      const sums = goldenTensor(outputs, 'accumulator').data;
      const multipliers = scales.map((one) => (attrs.x_scale * one) / attrs.y_scale);
      halves += expectSame(name, y.data, wanted.x.data, sums, multipliers);
      compared++;
    }
    expect(compared).to.be.at.least(5);
    expect(halves, 'halves').to.equal(4);
  });
});

function toChannelsLast({ shape, data }: GoldenTensor): number[] {
  const [n, c, h, w] = shape as [number, number, number, number];
  return Array.from({ length: n * c * h * w }, (_, i) => {
    const [channel, pixel] = [i % c, Math.floor(i / c)];
    const [image, at] = [Math.floor(pixel / (h * w)), pixel % (h * w)];
    return data[(image * c + channel) * h * w + at] as number;
  });
}
