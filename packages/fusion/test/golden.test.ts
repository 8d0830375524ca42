import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { rewrite } from '@tfjs-optimize/core';
import { goldenTensor, isGoldenTensor, needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import { fuseConvBatchNorm } from '../src/index.js';
import { foldBatchNorm } from '../src/rules/fold-batch-norm.js';
import { useBackend } from './support/backend.js';
import { execute } from './support/execute.js';
import { Pair } from './support/pair.js';
import { expectSameSums } from './support/tolerance.js';

/** Unit roundoff of float32. */
const U = 2 ** -24;

function floats(testCase: GoldenCase, name: string): Float32Array | undefined {
  const value = testCase.inputs[name];
  return isGoldenTensor(value) ? Float32Array.from(value.data) : undefined;
}

function numbers(testCase: GoldenCase, name: string): number[] {
  return (testCase.inputs[name] as number[] | undefined) ?? [];
}

/** Rounded once from double precision, where PyTorch computes it in double precision. */
function expectRoundedOnce(
  actual: ArrayLike<number>,
  exact: readonly number[],
  magnitude: (i: number) => number,
): void {
  expect(actual.length).to.equal(exact.length);
  exact.forEach((value, i) => {
    const bound = U * Math.abs(value) + 2 ** -50 * magnitude(i);
    expect(Math.abs((actual[i] as number) - value), `element ${i}`).to.be.at.most(bound);
  });
}

/** The convolution and batch norm of a case as graphs; one-dimensional ones as rows of an image. */
function pairOf(testCase: GoldenCase): {
  pair: Pair;
  output: string;
  x: { values: Float32Array; shape: number[] };
} {
  const kind = String(testCase.inputs['kind']);
  const kernel = goldenTensor(testCase.inputs, 'kernel');
  const input = goldenTensor(testCase.inputs, 'input');
  const flat = kind === 'Conv1d';
  const kernelShape = flat ? [1, ...kernel.shape] : [...kernel.shape];
  const shape = flat ? [input.shape[0] as number, 1, ...input.shape.slice(1)] : [...input.shape];
  const pair = new Pair();
  const x = pair.input('x', shape);
  const w = pair.constant(Float32Array.from(kernel.data), kernelShape, 'kernel');
  const spatial = (name: string): number[] =>
    flat ? [1, ...numbers(testCase, name)] : numbers(testCase, name);
  const pads = (testCase.inputs['padding'] as number[][] | undefined) ?? [];
  const sides = flat ? [[0, 0], ...pads] : pads;
  const attrs = {
    strides: [1, ...spatial('strides'), 1],
    dilations: [1, ...spatial('dilations'), 1],
    padding: 'EXPLICIT',
    explicit_paddings: [0, 0, ...sides.flat(), 0, 0],
    data_format: 'NHWC',
  };
  pair.terms = kernelShape.slice(0, -1).reduce((a, b) => a * b, 1);
  let y = addLinear(pair, kind, x, w, attrs, testCase);
  const channels = goldenTensor(testCase.inputs, 'moving_mean').data.length;
  const bias = floats(testCase, 'bias');
  if (bias !== undefined) y = pair.op('BiasAdd', [y, pair.constant(bias, [channels], 'bias')]);
  const norm = {
    gamma: floats(testCase, 'gamma') ?? new Float32Array(channels).fill(1),
    beta: floats(testCase, 'beta') ?? new Float32Array(channels),
    mean: floats(testCase, 'moving_mean') as Float32Array,
    variance: floats(testCase, 'moving_variance') as Float32Array,
  };
  const epsilon = Number(testCase.inputs['epsilon']);
  const scale = norm.gamma.map((g, c) => Math.abs(g) / Math.sqrt((norm.variance[c] as number) + epsilon));
  const shift = norm.beta.map(
    (b, c) => Math.abs(b) + Math.abs(norm.mean[c] as number) * (scale[c] as number),
  );
  const scaled = pair.magnitudeOp('Mul', [y, pair.magnitude(scale, [channels])]);
  const output = pair.different(
    'FusedBatchNormV3',
    [y, ...Object.values(norm).map((values) => pair.constant(values, [channels]))],
    { op: 'AddV2', inputs: [scaled, pair.magnitude(shift, [channels])] },
    { epsilon, is_training: false },
  );
  return { pair, output, x: { values: Float32Array.from(input.data), shape } };
}

function addLinear(
  pair: Pair,
  kind: string,
  x: string,
  w: string,
  attrs: Record<string, number[] | string>,
  testCase: GoldenCase,
): string {
  if (kind === 'Linear') return pair.op('MatMul', [x, w]);
  if (kind === 'DepthwiseConv2d') return pair.op('DepthwiseConv2dNative', [x, w], attrs);
  if (kind !== 'ConvTranspose2d') return pair.op('Conv2D', [x, w], attrs);
  return pair.op(
    'Conv2DBackpropInput',
    [pair.ints(goldenTensor(testCase.outputs, 'output_unfused').shape), w, x],
    attrs,
  );
}

/** The same as layers of tf.layers, or undefined where tf.layers has none. */
function layersOf(testCase: GoldenCase): [tf.layers.Layer, tf.layers.Layer] | undefined {
  const kernel = goldenTensor(testCase.inputs, 'kernel');
  const channels = goldenTensor(testCase.inputs, 'moving_mean').data.length;
  const rank = kernel.shape.length;
  const base = {
    kernelSize: kernel.shape.slice(0, -2) as [number, number],
    strides: numbers(testCase, 'strides') as [number, number],
    dilationRate: numbers(testCase, 'dilations') as [number, number],
    useBias: floats(testCase, 'bias') !== undefined,
  };
  const multiplier = kernel.shape[rank - 1] as number;
  const makers: Record<string, () => tf.layers.Layer> = {
    Conv2d: () => tf.layers.conv2d({ filters: channels, ...base }),
    DepthwiseConv2d: () => tf.layers.depthwiseConv2d({ depthMultiplier: multiplier, ...base }),
    Conv1d: () =>
      tf.layers.conv1d({
        filters: channels,
        ...base,
        kernelSize: kernel.shape[0] as number,
        strides: base.strides[0],
        dilationRate: base.dilationRate[0],
      }),
    Linear: () => tf.layers.dense({ units: channels, useBias: base.useBias }),
    ConvTranspose2d: () => {
      const { kernelSize, strides, useBias } = base;
      return tf.layers.conv2dTranspose({ filters: channels, kernelSize, strides, useBias });
    },
  };
  const make = makers[String(testCase.inputs['kind'])];
  if (make === undefined || Number(testCase.inputs['groups'] ?? 1) > 1) {
    if (String(testCase.inputs['kind']) !== 'DepthwiseConv2d') return undefined;
  }
  const conv = (make as () => tf.layers.Layer)();
  const isTransposed = String(testCase.inputs['kind']) === 'ConvTranspose2d';
  conv.build([
    ...new Array<null>(rank - 1).fill(null),
    kernel.shape[isTransposed ? rank - 1 : rank - 2] as number,
  ]);
  const bias = floats(testCase, 'bias');
  set(conv, [
    tf.tensor(Float32Array.from(kernel.data), [...kernel.shape]),
    ...(bias ? [tf.tensor(bias)] : []),
  ]);
  const [gamma, beta] = [floats(testCase, 'gamma'), floats(testCase, 'beta')];
  const bn = tf.layers.batchNormalization({
    epsilon: Number(testCase.inputs['epsilon']),
    scale: gamma !== undefined,
    center: beta !== undefined,
  });
  bn.build([...new Array<null>(rank - 1).fill(null), channels]);
  const statistics = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) =>
    floats(testCase, name),
  );
  set(
    bn,
    statistics.flatMap((values) => (values ? [tf.tensor(values)] : [])),
  );
  return [conv, bn];
}

function set(layer: tf.layers.Layer, tensors: tf.Tensor[]): void {
  layer.setWeights(tensors);
  tf.dispose(tensors);
}

describe('fused weights against PyTorch (fuse_conv_bn_eval, fuse_linear_bn_eval)', () => {
  let cases: readonly GoldenCase[] = [];
  before(async function () {
    cases = needGolden(this, 'a02_fusion').cases;
    await useBackend('cpu');
  });

  it('has 28 cases', () => expect(cases).to.have.length(28));

  /** Largest terms of which a fused bias is the sum. */
  const biasTerms = (testCase: GoldenCase) => (c: number) => {
    const value = (name: string, otherwise: number): number => floats(testCase, name)?.[c] ?? otherwise;
    const scale =
      value('gamma', 1) / Math.sqrt(value('moving_variance', 1) + Number(testCase.inputs['epsilon']));
    return (
      Math.abs(value('bias', 0) * scale) +
      Math.abs(value('moving_mean', 0) * scale) +
      Math.abs(value('beta', 0))
    );
  };

  it('fold-batch-norm rounds PyTorch’s double-precision weights once', () => {
    for (const testCase of cases) {
      const { pair, output } = pairOf(testCase);
      const { model } = rewrite(pair.models(output).real, [foldBatchNorm()]);
      const bias = model.graph.need(output).inputs[1] as string;
      const [kernel, vector] = ['fused_kernel_f64', 'fused_bias_f64'].map(
        (name) => goldenTensor(testCase.outputs, name).data,
      );
      expectRoundedOnce(model.weights.need('kernel').numbers(), kernel as readonly number[], (i) =>
        Math.abs(kernel?.[i] ?? 0),
      );
      if (model.weights.has(bias) && bias !== 'kernel') {
        expectRoundedOnce(
          model.weights.need(bias).numbers(),
          vector as readonly number[],
          biasTerms(testCase),
        );
      } else {
        expect(
          vector?.every((value) => value === 0),
          `${testCase.name} has no bias`,
        ).to.equal(true);
      }
    }
  });

  it('the fused graphs compute PyTorch’s outputs, within 2·γ(n)·Σ|w||x|', async () => {
    for (const testCase of cases) {
      const isGrouped = Number(testCase.inputs['groups'] ?? 1) > 1;
      // TensorFlow.js has no grouped convolution to run but the depthwise one.
      if (isGrouped && testCase.inputs['kind'] !== 'DepthwiseConv2d') continue;
      const { pair, output, x } = pairOf(testCase);
      const { real, size } = pair.models(output);
      const input = tf.tensor(x.values, x.shape);
      const actual = await execute(rewrite(real, [foldBatchNorm()]).model, [input]);
      const magnitudes = await execute(size, [tf.abs(input)]);
      const expected = Float32Array.from(goldenTensor(testCase.outputs, 'output_unfused_f64').data);
      expectSameSums(
        actual,
        { shape: actual.shape, values: expected },
        magnitudes,
        pair.terms,
        testCase.name,
      );
    }
  });

  it('fuseConvBatchNorm gives the same weights for layers', () => {
    let tried = 0;
    for (const testCase of cases) {
      const layers = layersOf(testCase);
      if (layers === undefined) continue;
      tried++;
      const [kernel, bias] = fuseConvBatchNorm(...layers)
        .getWeights()
        .map((weight) => weight.dataSync());
      const exact = goldenTensor(testCase.outputs, 'fused_kernel_f64').data;
      expectRoundedOnce(kernel as Float32Array, exact, (i) => Math.abs(exact[i] as number));
      expectRoundedOnce(
        bias as Float32Array,
        goldenTensor(testCase.outputs, 'fused_bias_f64').data,
        biasTerms(testCase),
      );
    }
    expect(tried).to.equal(27);
  });
});
