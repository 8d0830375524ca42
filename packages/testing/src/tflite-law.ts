import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, type PlainAttrs, type ValueId } from '@tfjs-optimize/core';
import { opName, type RuntimeOp } from '@tfjs-optimize/runtime';
import { expect } from 'chai';
import { goldenTensor, isGoldenTensor, needGolden, type GoldenCase, type GoldenValue } from './golden.js';

/**
 * Runs what TensorFlow Lite's reference kernels computed (golden vectors a04d) on the present backend: every int8 output
 * is the same.
 * @param test skipped where the vectors are not there. @returns the cases.
 */
export async function tfliteLaw(test: Mocha.Context): Promise<readonly GoldenCase[]> {
  const { cases } = needGolden(test, 'a04d_tflite_int8');
  expect(cases).to.have.length(13);
  for (const testCase of cases) await checkCase(testCase);
  return cases;
}

interface Layer {
  readonly op: RuntimeOp;
  /** Weights in the layout of TensorFlow.js. */
  readonly weights: Int32Array;
  readonly shape: readonly number[];
  readonly attrs: PlainAttrs;
}

const pair = (value: unknown): [number, number] => value as [number, number];

function layerOf({ inputs }: GoldenCase): Layer {
  const w = goldenTensor(inputs, 'w_int8');
  const values = Int32Array.from(w.data as number[]);
  if (inputs['op'] === 'FULLY_CONNECTED') {
    const [columns, inner] = pair(w.shape);
    return {
      op: 'MatMul',
      weights: moved(values, [columns, inner], [1, 0]),
      shape: [inner, columns],
      attrs: {},
    };
  }
  const [strideY, strideX] = pair(inputs['strides']);
  const [dilationY, dilationX] = pair(inputs['dilations']);
  const attrs = {
    strides: [1, strideY, strideX, 1],
    dilations: [1, dilationY, dilationX, 1],
    padding: String(inputs['padding']).toUpperCase(),
  };
  const [first, height, width, last] = w.shape as [number, number, number, number];
  if (inputs['op'] === 'CONV_2D') {
    const hwio = moved(values, w.shape, [1, 2, 3, 0]);
    return { op: 'Conv2D', weights: hwio, shape: [height, width, last, first], attrs };
  }
  const channels = tensorsOf(inputs['x_int8'])[0]?.shape[3] as number;
  const shape = [height, width, channels, last / channels];
  return { op: 'DepthwiseConv2D', weights: values, shape, attrs };
}

function moved(values: Int32Array, shape: readonly number[], perm: readonly number[]): Int32Array {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  let offsets = [0];
  for (const axis of perm) {
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: shape[axis] as number }, (_, i) => offset + i * (strides[axis] as number)),
    );
  }
  return Int32Array.from(offsets, (offset) => values[offset] as number);
}

function tensorsOf(value: GoldenValue | undefined) {
  expect(value).to.be.an('array');
  return (value as GoldenValue[]).map((one) => {
    if (!isGoldenTensor(one)) throw new Error('expected a golden tensor');
    return one;
  });
}

async function checkCase(testCase: GoldenCase): Promise<void> {
  const { inputs, outputs } = testCase;
  const { op, weights, shape, attrs } = layerOf(testCase);
  const channels =
    op === 'DepthwiseConv2D' ? (shape[2] as number) * (shape[3] as number) : (shape.at(-1) as number);
  const scales = Float32Array.from(goldenTensor(inputs, 'w_scales').data as number[]);
  const b = new GraphBuilder();
  const xs = tensorsOf(inputs['x_int8']);
  const given: ValueId[] = [
    b.input('x', [-1, ...(xs[0] as { shape: readonly number[] }).shape.slice(1)], 'int32'),
  ];
  given.push(b.constant('w', weights, shape), b.constant('scales', scales, [scales.length]));
  if (isGoldenTensor(inputs['bias_int32'])) {
    given.push(b.constant('bias', Int32Array.from(inputs['bias_int32'].data as number[]), [channels]));
  }
  b.output(
    b.op(opName(op), given, {
      ...attrs,
      x_scale: inputs['in_scale'] as number,
      x_zero_point: inputs['in_zero_point'] as number,
      y_scale: inputs['out_scale'] as number,
      y_zero_point: inputs['out_zero_point'] as number,
      clamp_min: outputs['activation_min'] as number,
      clamp_max: outputs['activation_max'] as number,
    }),
    'y',
    'int32',
  );
  const model = b.build('integer');
  const wanted = tensorsOf(outputs['output_int8']);
  for (const [i, x] of xs.entries()) {
    const input = tf.tensor(x.data, [...x.shape], 'int32');
    const [y] = model.run(input) as [tf.Tensor];
    expect(y.shape, testCase.name).to.deep.equal(wanted[i]?.shape);
    expect(Array.from(await y.data()), testCase.name).to.deep.equal(wanted[i]?.data);
    tf.dispose([input, y]);
  }
  model.dispose();
}
