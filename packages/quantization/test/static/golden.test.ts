import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, type Model } from '@tfjs-optimize/core';
import { multiplierOf } from '@tfjs-optimize/runtime/format';
import {
  goldenTensor,
  isGoldenTensor,
  needGolden,
  type GoldenCase,
  type GoldenTensor,
  type GoldenValue,
} from '@tfjs-optimize/testing';
import { convertStatic, type Range } from '../../src/index.js';

/** TensorFlow Lite's converter and reference kernels: golden vectors a04d. */
describe('static int8 against the converter of TensorFlow Lite', () => {
  before(() => tf.setBackend('cpu'));

  it('all 13 cases: the same int8 weights, int32 biases, scales and multipliers from float weights, and the same outputs', function () {
    const { cases } = needGolden(this, 'a04d_tflite_int8');
    expect(cases).to.have.length(13);
    for (const each of cases) check(each);
  });
});

const tensors = (value: GoldenValue | undefined): GoldenTensor[] =>
  (value as GoldenTensor[]).filter(isGoldenTensor);
const pair = (value: GoldenValue | undefined): readonly [number, number] =>
  value as unknown as [number, number];

/** The range that has a scale and zero point. */
function rangeOf(scale: number, zeroPoint: number): Range {
  return { min: (-128 - zeroPoint) * scale, max: (127 - zeroPoint) * scale };
}

function check({ name, inputs, outputs }: GoldenCase): void {
  const x = tensors(inputs['x_int8'])[0] as GoldenTensor;
  const isDense = inputs['op'] === 'FULLY_CONNECTED';
  const ranges = new Map([
    ['x', rangeOf(inputs['in_scale'] as number, inputs['in_zero_point'] as number)],
    ['y', rangeOf(inputs['out_scale'] as number, inputs['out_zero_point'] as number)],
  ]);
  const float = floatLayer({ inputs }, x, isDense);
  const { model } = convertStatic(float, (value) => ranges.get(value), {
    ...{ io: 'int8', scaleType: 'float32', granularity: isDense ? 'tensor' : 'channel' },
  });
  const node = model.graph.need('y');
  const [, kernel, scales, bias] = node.inputs as [string, string, string, string | undefined];
  const wanted = goldenTensor(inputs, 'w_int8');
  expect([...model.weights.need(kernel).numbers()], `${name}: weights`).to.deep.equal([
    ...likeKeras(wanted, inputs['op'] as string),
  ]);
  const wantedScales = goldenTensor(inputs, 'w_scales').data;
  const found = [...model.weights.need(scales).numbers()];
  expect(found, `${name}: scales`).to.deep.equal(found.map((_, c) => wantedScales[c % wantedScales.length]));
  if (isGoldenTensor(inputs['bias_int32'])) {
    const given = bias === undefined ? found.map(() => 0) : [...model.weights.need(bias).numbers()];
    expect(given, `${name}: bias`).to.deep.equal([...inputs['bias_int32'].data]);
  }
  const attrs = Object.fromEntries(
    Object.entries(node.attrs).map(([key, { value }]) => [
      key,
      typeof value === 'number' ? Math.fround(value) : value,
    ]),
  ) as Record<string, number>;
  expect(attrs['x_zero_point'] ?? 0, name).to.equal(inputs['in_zero_point']);
  expect(attrs['y_zero_point'] ?? 0, name).to.equal(inputs['out_zero_point']);
  found.forEach((scale, c) => {
    const product = (attrs['x_scale'] as number) * scale;
    const real = (isDense ? Math.fround(product) : product) / (attrs['y_scale'] as number);
    const { value, shift } = multiplierOf(real);
    const [values, shifts] = [outputs['multiplier'], outputs['shift']] as unknown as [number[], number[]];
    expect(shift, `${name}: shift ${c}`).to.equal(shifts[c]);
    // Scales of ranges may be off by one unit in the last place of a float32, 2^-23 of the multiplier each.
    expect(Math.abs(value - (values[c] as number)), `${name}: multiplier ${c}`).to.be.at.most(2 * 2 ** 8);
  });
  tensors(inputs['x_int8']).forEach((each, i) => {
    const [y] = tf.tidy(() => model.run(tf.tensor(each.data, [...each.shape], 'int32')));
    const output = tensors(outputs['output_int8'])[i] as GoldenTensor;
    expect([...(y?.dataSync() ?? [])], `${name}: output ${i}`).to.deep.equal([...output.data]);
    y?.dispose();
  });
  model.dispose();
}

function floatLayer(
  { inputs }: Pick<GoldenCase, 'inputs'>,
  x: GoldenTensor,
  isDense: boolean,
): Model<'float'> {
  const [kernel, bias] = tensors(inputs['float_weights_keras']) as [GoldenTensor, GoldenTensor | undefined];
  const b = new GraphBuilder();
  let at = b.input('x', [-1, ...x.shape.slice(1)]);
  const isLinear = inputs['activation'] === 'linear';
  const biasGiven = bias ?? (isGoldenTensor(inputs['bias_int32']) ? undefined : undefined);
  const w = b.constant('w', Float32Array.from(kernel.data), [...kernel.shape]);
  const name = (last: boolean, other: string): string => (last ? 'y' : other);
  if (isDense) at = b.op('MatMul', [at, w], {}, name(isLinear && !biasGiven, 'linear'));
  else {
    const [sy, sx] = pair(inputs['strides']);
    const [dy, dx] = pair(inputs['dilations']);
    const op = inputs['op'] === 'CONV_2D' ? 'Conv2D' : 'DepthwiseConv2dNative';
    const padding = String(inputs['padding']).toUpperCase();
    const attrs = { strides: [1, sy, sx, 1], dilations: [1, dy, dx, 1], padding, data_format: 'NHWC' };
    at = b.op(op, [at, w], attrs, name(isLinear && !biasGiven, 'linear'));
  }
  if (biasGiven !== undefined) {
    const c = b.constant('bias', Float32Array.from(biasGiven.data), [...biasGiven.shape]);
    at = b.op('BiasAdd', [at, c], {}, name(isLinear, 'biased'));
  }
  if (!isLinear) at = b.op(inputs['activation'] === 'relu6' ? 'Relu6' : 'Relu', [at], {}, 'y');
  return b.output(at).build();
}

/** TensorFlow Lite's layouts as Keras has them: OHWI to HWIO, rows and columns of a matrix swapped. */
function* likeKeras({ shape, data }: GoldenTensor, op: string): Generator<number> {
  if (op === 'DEPTHWISE_CONV_2D') return yield* data;
  const [outputs, ...inner] = shape as [number, ...number[]];
  const size = inner.reduce((a, b) => a * b, 1);
  for (let i = 0; i < size; i++) for (let o = 0; o < outputs; o++) yield data[o * size + i] as number;
}
