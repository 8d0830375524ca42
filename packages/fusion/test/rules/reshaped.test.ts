import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { GraphBuilder, Weight, optimize, rewrite, traceLayersModel, type ValueId } from '@tfjs-optimize/core';
import { maxDifference } from '@tfjs-optimize/testing';
import { fusingRules, inference } from '../../src/index.js';
import { foldBefore } from '../../src/rules/fold-before.js';
import { addAffine, affine, factors, randoms } from '../support/arbitraries.js';
import { BACKENDS, useBackend } from '../support/backend.js';
import { checkRules, opsOf } from '../support/check.js';
import { Pair } from '../support/pair.js';
import { roundingBounds } from '../support/sensitivity.js';

/** A convolution of rows: sequences as images of height 1. */
const ROWS = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 3, max: 9 }),
  taps: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom('SAME', 'VALID'),
  inputs: fc.constantFrom(1, 3, 50),
  outputs: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer(),
});
type Rows = typeof ROWS extends fc.Arbitrary<infer T> ? T : never;

const ACTIVATIONS = ['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu', 'Prelu'] as const;

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Conv2D of rows in [batch, 1, length, inputs]; its output length comes with it. */
function addRows(pair: Pair, x: ValueId, rows: Rows): { y: ValueId; length: number } {
  const { length, taps, stride, padding, inputs, outputs, seed } = rows;
  const kernel = pair.constant(
    randoms(taps * inputs * outputs, seed + 1),
    [1, taps, inputs, outputs],
    'linear/kernel',
  );
  pair.terms += taps * inputs;
  const attrs = { strides: [1, 1, stride, 1], dilations: [1, 1, 1, 1], padding, data_format: 'NHWC' };
  const steps = padding === 'SAME' ? length : length - taps + 1;
  return { y: pair.op('Conv2D', [x, kernel], attrs, 'linear'), length: Math.ceil(steps / stride) };
}

/** The image as a sequence, in one of the ways that models have. */
function addReshape(
  pair: Pair,
  y: ValueId,
  how: 'Reshape' | 'Squeeze' | 'both',
  shape: readonly number[],
): ValueId {
  if (how === 'Reshape') return pair.op('Reshape', [y, pair.ints(shape)]);
  const squeezed = pair.op('Squeeze', [y], { squeeze_dims: [1] });
  if (how === 'Squeeze') return squeezed;
  return pair.op('ExpandDims', [squeezed, pair.ints([0])]);
}

for (const backend of BACKENDS) {
  describe(`reshapes between linear ops and what they take, on ${backend}`, () => {
    before(() => useBackend(backend));
    after(() => useBackend('cpu'));

    it('a convolution of rows takes bias, batch norm and activation behind its reshape, within 2·γ(n)·Σ|w||x|', async () => {
      await fc.assert(
        fc.asyncProperty(
          ROWS,
          affine(),
          fc.constantFrom(...ACTIVATIONS),
          fc.constantFrom('Reshape' as const, 'Squeeze' as const, 'both' as const),
          fc.constantFrom('vector', 'row', 'number'),
          async (rows, form, activation, how, slopes) => {
            const { batch, outputs, inputs, length, seed } = rows;
            const pair = new Pair();
            const shape = [batch, 1, length, inputs];
            const made = addRows(pair, pair.input('x', shape), rows);
            const fourD = form.form.startsWith('Fused');
            const to = fourD ? [1, batch, made.length, outputs] : [batch, made.length, outputs];
            const reshaped = addReshape(pair, made.y, fourD && how !== 'both' ? 'Reshape' : how, to);
            const rank = fourD || how === 'both' ? 4 : 3;
            const y = addAffine(pair, reshaped, outputs, rank, form);
            const slope = {
              vector: [outputs],
              row: [1, outputs],
              number: [1, 1],
            }[slopes];
            const args =
              activation === 'Prelu'
                ? [
                    pair.constant(
                      randoms(sizeOf(slope), 77).map((a) => a / 2),
                      slope,
                    ),
                  ]
                : [];
            const attrs = activation === 'LeakyRelu' ? { alpha: 0.3 } : {};
            const z = pair.different(activation, [y, ...args], { op: 'Identity', inputs: [y] }, attrs);
            const values = randoms(sizeOf(shape), seed);
            const { model } = await checkRules(pair, z, fusingRules(), { values, shape });
            expect(
              opsOf(model).filter((op) => !['Reshape', 'Squeeze', 'ExpandDims'].includes(op)),
            ).to.deep.equal(['_FusedConv2D']);
          },
        ),
        { numRuns: 80 },
      );
    });

    it('what stands in front of a reshape folds into the product behind it, channels repeated', async () => {
      await fc.assert(
        fc.asyncProperty(
          ROWS,
          affine(),
          fc.constantFrom('flatten', 'rows', 'image', 'padded'),
          async ({ batch, inputs, outputs, seed }, form, way) => {
            // A shift in front of padded zeros leaves its own rounding where they were.
            fc.pre(way !== 'padded' || ['mul', 'div', 'neg'].includes(form.form));
            const pair = new Pair();
            const shape = [batch, 2, 2, inputs];
            const y = addAffine(pair, pair.input('x', shape), inputs, 4, form);
            const channels = { flatten: 4 * inputs, rows: inputs, image: 2 * inputs, padded: 2 * inputs }[
              way
            ];
            const isMatrix = way === 'flatten' || way === 'rows';
            const to = isMatrix ? [-1, channels] : [batch, 2, 1, channels];
            const reshaped = pair.op('Reshape', [y, pair.ints(to)]);
            const kernelShape = isMatrix ? [channels, outputs] : [1, 1, channels, outputs];
            const kernel = pair.constant(randoms(sizeOf(kernelShape), seed + 1), kernelShape, 'w');
            pair.terms = channels;
            const attrs = {
              strides: [1, 1, 1, 1],
              dilations: [1, 1, 1, 1],
              padding: 'VALID',
              data_format: 'NHWC',
            };
            const front = way === 'padded' ? pair.op('Pad', [reshaped, paddings(pair)]) : reshaped;
            const z = isMatrix
              ? pair.op('MatMul', [front, kernel], { transpose_a: false, transpose_b: false })
              : pair.op('Conv2D', [front, kernel], attrs);
            const values = randoms(sizeOf(shape), seed);
            const { model } = await checkRules(pair, z, [foldBefore()], { values, shape });
            const left = opsOf(model).filter((op) => op !== 'BiasAdd');
            const linear = isMatrix ? 'MatMul' : 'Conv2D';
            expect(left).to.deep.equal(way === 'padded' ? ['Reshape', 'Pad', linear] : ['Reshape', linear]);
          },
        ),
        { numRuns: 80 },
      );
    });
  });
}

function paddings(pair: Pair): string {
  pair.size.constant('paddings', [0, 0, 1, 0, 2, 1, 0, 0], [4, 2], 'int32');
  return pair.real.constant('paddings', [0, 0, 1, 0, 2, 1, 0, 0], [4, 2], 'int32');
}

describe('fold-before', () => {
  const attrs = { padding: 'VALID', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], data_format: 'NHWC' };

  it('leaves constants that make a grey image one of three channels', () => {
    for (const shape of [
      [-1, 4, 4, 1],
      [-1, 4, 4, -1],
      [4, 4, 3],
    ]) {
      const b = new GraphBuilder();
      const x = b.op('Mul', [b.input('x', shape), b.constant('s', [1, 2, 3], [1, 1, 1, 3])], {}, 'rgb');
      b.output(b.op('Conv2D', [x, b.constant('w', randoms(54, 1), [3, 3, 3, 2])], attrs, 'y'));
      const { changed, notes } = rewrite(b.build(), [foldBefore()]);
      expect(changed, String(shape)).to.equal(false);
      expect(notes[0]?.message).to.contain('rgb (Mul): makes its input larger, or may do so');
    }
  });

  it('leaves what a pad adds channels to behind the reshape', () => {
    const b = new GraphBuilder();
    const x = b.op('Mul', [b.input('x', [-1, 4, 2, 2]), b.constant('s', [2, 3])], {}, 'scaled');
    const reshaped = b.op('Reshape', [x, b.ints([-1, 2, 4, 2])]);
    const padded = b.op('Pad', [reshaped, b.ints([0, 0, 0, 0, 0, 0, 1, 1], [4, 2])]);
    b.output(b.op('Conv2D', [padded, b.constant('w', randoms(8, 1), [1, 1, 4, 2])], attrs, 'y'));
    expect(rewrite(b.build(), [foldBefore()]).changed).to.equal(false);
  });

  it('leaves channels that do not make up the last axis', () => {
    const b = new GraphBuilder();
    const x = b.op('Mul', [b.input('x', [-1, 2, 3]), b.constant('s', [1, 2, 3])], {}, 'scaled');
    const reshaped = b.op('Reshape', [x, b.ints([-1, 2])]);
    b.output(b.op('MatMul', [reshaped, b.constant('w', randoms(8, 1), [2, 4])], {}, 'y'));
    const { changed, notes } = rewrite(b.build(), [foldBefore()]);
    expect(changed).to.equal(false);
    expect(notes[0]?.message).to.contain('works on 3 channels, which do not make up 2');
  });

  it('multiplies no stored matrix in each run, unless it may become float32', () => {
    const b = new GraphBuilder();
    const x = b.op('Mul', [b.input('x', [-1, 8]), b.constant('s', factors(8, 1))], {}, 'scaled');
    const y = b.op('AddV2', [x, b.constant('t', factors(8, 2))], {}, 'shifted');
    b.output(b.op('MatMul', [y, b.constant('w', new Float32Array(80), [8, 10])], {}, 'y'));
    const made = b.build();
    const encoding = { kind: 'affine', dtype: 'uint8', scale: 1 / 64, min: -2 } as const;
    const kernel = Weight.stored('float32', [8, 10], encoding, new Uint8Array(80).fill(99));
    const stored = made.with({ weights: made.weights.with(new Map([['w', kernel]])) });
    const kept = rewrite(stored, [foldBefore()]);
    expect(opsOf(kept.model)).to.deep.equal(['Mul', 'MatMul', 'BiasAdd']);
    expect(kept.model.weights.need('w').bytes).to.equal(kernel.bytes);
    expect(kept.notes.at(-1)?.message).to.contain("(quantizedWeights: 'expand' folds it)");
    const expanded = rewrite(stored, [foldBefore({ quantizedWeights: 'expand' })]);
    expect(opsOf(expanded.model)).to.deep.equal(['MatMul', 'BiasAdd']);
  });
});

describe('what a convolution of rows does not take', () => {
  const attrs = { padding: 'VALID', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], data_format: 'NHWC' };

  /** A convolution, with or without an activation, and slopes of a shape behind its reshape. */
  function declined(activated: boolean, slopes: readonly number[]): string {
    const b = new GraphBuilder();
    const inputs = [b.input('x', [-1, 1, 5, 3]), b.constant('w', randoms(12, 1), [1, 1, 3, 4])];
    const bias = b.constant('b', randoms(4, 2), [4]);
    const fused = { ...attrs, num_args: 1, fused_ops: activated ? ['BiasAdd', 'Elu'] : ['BiasAdd'] };
    const rows = b.op('Reshape', [
      b.op('_FusedConv2D', [...inputs, bias], fused, 'conv'),
      b.ints([-1, 5, 4]),
    ]);
    b.output(b.op('Prelu', [rows, b.constant('slopes', randoms(sizeOf(slopes), 3), slopes)], {}, 'y'));
    const { model, changed, notes } = rewrite(b.build(), fusingRules());
    expect(opsOf(model)).to.deep.equal(
      changed ? ['_FusedConv2D', 'Reshape'] : ['_FusedConv2D', 'Reshape', 'Prelu'],
    );
    return changed ? 'fused' : (notes[0]?.message ?? 'no match');
  }

  it('slopes that differ along the sequence, and what follows an activation', () => {
    expect(declined(false, [1, 4])).to.equal('fused');
    expect(declined(false, [5, 4])).to.equal(
      'sink-reshape at y (Prelu): has slopes that are not one a channel',
    );
    expect(declined(true, [1, 4])).to.equal('no match');
  });

  it('slopes that differ over an image', () => {
    const b = new GraphBuilder();
    const conv = b.op(
      'Conv2D',
      [b.input('x', [-1, 2, 2, 3]), b.constant('w', randoms(12, 1), [1, 1, 3, 4])],
      attrs,
    );
    b.output(b.op('Prelu', [conv, b.constant('slopes', randoms(16, 3), [2, 2, 4])], {}, 'y'));
    const { changed, notes } = rewrite(b.build(), fusingRules());
    expect(changed).to.equal(false);
    expect(notes[0]?.message).to.equal(
      'fuse-activation at y (Prelu): has slopes of shape [2,2,4], not one a channel',
    );
  });
});

describe('layers models', () => {
  before(() => useBackend('cpu'));
  const { layers } = tf;
  const random = { gammaInitializer: 'randomUniform', movingMeanInitializer: 'randomNormal' } as const;
  const flat = ['Reshape', 'Squeeze', 'ExpandDims', 'Shape', 'StridedSlice', 'Pack'];
  const nets: Record<string, { make: () => tf.Sequential; shape: number[]; ops: string[] }> = {
    'Conv1D, batch norm, relu': {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same', inputShape: [12, 3] }),
            layers.batchNormalization(random),
            layers.reLU(),
            layers.conv1d({ filters: 5, kernelSize: 3, activation: 'relu', biasInitializer: 'randomNormal' }),
          ],
        }),
      shape: [2, 12, 3],
      ops: ['_FusedConv2D', '_FusedConv2D'],
    },
    'Conv1D of any length, batch norm, relu': {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv1d({ filters: 4, kernelSize: 3, useBias: false, inputShape: [null, 3] }),
            layers.batchNormalization(random),
            layers.activation({ activation: 'relu' }),
          ],
        }),
      shape: [3, 9, 3],
      ops: ['_FusedConv2D'],
    },
    'batch norm, Conv1D, PReLU': {
      make: () =>
        tf.sequential({
          layers: [
            layers.batchNormalization({ ...random, inputShape: [12, 3] }),
            layers.conv1d({ filters: 4, kernelSize: 3 }),
            layers.prelu({ sharedAxes: [1], alphaInitializer: 'randomNormal' }),
          ],
        }),
      shape: [2, 12, 3],
      ops: ['_FusedConv2D'],
    },
    'Conv2D, PReLU with shared axes': {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 3] }),
            layers.batchNormalization(random),
            layers.prelu({ sharedAxes: [1, 2], alphaInitializer: 'randomNormal' }),
            layers.depthwiseConv2d({ kernelSize: 2 }),
            layers.prelu({ sharedAxes: [1, 2, 3], alphaInitializer: 'randomNormal' }),
          ],
        }),
      shape: [2, 6, 6, 3],
      ops: ['_FusedConv2D', 'FusedDepthwiseConv2dNative'],
    },
    'Conv2D, Flatten, batch norm, Dense': {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 3] }),
            layers.flatten(),
            layers.batchNormalization(random),
            layers.dense({ units: 5, activation: 'relu' }),
          ],
        }),
      shape: [2, 6, 6, 3],
      ops: ['_FusedConv2D', '_FusedMatMul'],
    },
    'Conv2D, relu, batch norm, Flatten, Dense': {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 3] }),
            layers.batchNormalization(random),
            layers.flatten(),
            layers.dense({ units: 5 }),
            layers.batchNormalization(random),
            layers.dense({ units: 2 }),
          ],
        }),
      shape: [2, 6, 6, 3],
      ops: ['_FusedConv2D', '_FusedMatMul', '_FusedMatMul'],
    },
    'Flatten, batch norm, relu, Dense: the relu is a barrier': {
      make: () =>
        tf.sequential({
          layers: [
            layers.flatten({ inputShape: [6, 3] }),
            layers.batchNormalization(random),
            layers.reLU(),
            layers.dense({ units: 5 }),
          ],
        }),
      shape: [2, 6, 3],
      ops: ['Mul', 'AddV2', 'Relu', '_FusedMatMul'],
    },
  };

  for (const [name, { make, shape, ops }] of Object.entries(nets)) {
    it(`${name}: ${ops.join(', ')}`, async () => {
      const net = make();
      const model = traceLayersModel(net);
      const { model: next } = await optimize(model, inference());
      expect(opsOf(next).filter((op) => !flat.includes(op))).to.deep.equal(ops);
      const x = tf.randomNormal(shape, 0, 1, 'float32', 5);
      const [bound] = await roundingBounds(model, [x]);
      const expected = net.predict(x) as tf.Tensor;
      const [actual] = next.run(x) as [tf.Tensor];
      expect(actual.shape).to.deep.equal(expected.shape);
      expect(maxDifference(actual.dataSync(), expected.dataSync())).to.be.at.most(bound as number);
      tf.dispose([x, expected, actual]);
      model.dispose();
      next.dispose();
    });
  }
});
