import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  annotate,
  cost,
  GraphBuilder,
  inferShapes,
  verifyGraph,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';

/** One step of a random graph: from an image [batch, height, width, channels] to another. */
type Step = (b: GraphBuilder, x: ValueId, channels: number, pick: number) => readonly [ValueId, number];

const filled = (b: GraphBuilder, name: string, shape: readonly number[]): ValueId =>
  b.constant(name, new Float32Array(shape.reduce((one, two) => one * two, 1)).fill(0.1), shape);

let names = 0;
const fresh = (): string => `c${names++}`;

const conv: Step = (b, x, channels, pick) => {
  const stride = 1 + (pick % 2);
  const attrs = { strides: [1, stride, stride, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
  const out = 1 + (pick % 4);
  return [b.op('Conv2D', [x, filled(b, fresh(), [3, 3, channels, out])], attrs), out];
};
const fused: Step = (b, x, channels, pick) => {
  const attrs = { strides: [1, 1, 1, 1], padding: 'SAME', fused_ops: ['BiasAdd', 'Relu6'], num_args: 1 };
  const out = 1 + (pick % 3);
  const weights = [filled(b, fresh(), [1, 1, channels, out]), filled(b, fresh(), [out])];
  return [b.op('_FusedConv2D', [x, ...weights], attrs), out];
};
const depthwise: Step = (b, x, channels, pick) => {
  const attrs = { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
  const multiplier = 1 + (pick % 2);
  return [
    b.op('DepthwiseConv2dNative', [x, filled(b, fresh(), [3, 3, channels, multiplier])], attrs),
    channels * multiplier,
  ];
};
const norm: Step = (b, x, channels) => {
  const weights = [1, 2, 3, 4].map(() => filled(b, fresh(), [channels]));
  return [b.op('FusedBatchNormV3', [x, ...weights], { epsilon: 0.001 }), channels];
};
const pool: Step = (b, x, channels, pick) => {
  const attrs = { ksize: [1, 2, 2, 1], strides: [1, 1 + (pick % 2), 2, 1], padding: 'SAME' };
  return [b.op(pick % 2 === 0 ? 'MaxPool' : 'AvgPool', [x], attrs), channels];
};
const pad: Step = (b, x, channels, pick) => {
  const edges = b.ints([0, 0, pick % 3, 1, 0, pick % 2, 0, 0], [4, 2]);
  return [b.op('Pad', [x, edges]), channels];
};
const branch: Step = (b, x, channels) => {
  const parts = [b.op('Relu', [x]), b.op('Mul', [x, filled(b, fresh(), [channels])]), x];
  return [b.op('ConcatV2', [...parts, b.ints(-1)], { N: 3 }), 3 * channels];
};
const turn: Step = (b, x, channels) => [b.op('Transpose', [x, b.ints([0, 2, 1, 3])]), channels];
const cut: Step = (b, x, channels) => {
  const bounds = [b.ints([0, 0, 0, 0]), b.ints([0, 1, 0, 0]), b.ints([1, 1, 1, 1])];
  return [b.op('StridedSlice', [x, ...bounds], { begin_mask: 15, end_mask: 13 }), channels];
};
const grow: Step = (b, x, channels, pick) => [
  b.op('ResizeBilinear', [x, b.ints([2 + (pick % 5), 3 + (pick % 7)])]),
  channels,
];
/** The batch computed by the graph, as Keras' flatten and reshape layers do. */
const flatAndBack: Step = (b, x, channels) => {
  const shape = b.op('Shape', [x]);
  const flat = b.op('Reshape', [
    x,
    b.op('Pack', [
      b.op('StridedSlice', [shape, b.ints([0]), b.ints([1]), b.ints([1])], { shrink_axis_mask: 1 }),
      b.ints(-1),
    ]),
  ]);
  return [b.op('Reshape', [flat, shape]), channels];
};

const STEPS = { conv, fused, depthwise, norm, pool, pad, branch, turn, cut, grow, flatAndBack };

function build(steps: readonly (readonly [keyof typeof STEPS, number])[]): Model {
  const b = new GraphBuilder();
  let at: readonly [ValueId, number] = [b.input('x', [-1, 7, 6, 2]), 2];
  for (const [step, pick] of steps) at = STEPS[step](b, at[0], at[1], pick);
  const mean = b.op('Mean', [at[0], b.ints([1, 2])], { keep_dims: false });
  return b.output(b.op('MatMul', [mean, filled(b, fresh(), [at[1], 3])])).build();
}

const randomSteps = fc.array(
  fc.tuple(fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])), fc.nat({ max: 20 })),
  { maxLength: 8 },
);

describe('random graphs', () => {
  before(() => tf.setBackend('cpu'));

  it('are sound, have the shapes that are inferred, and cost no less than nothing (property)', async () => {
    await fc.assert(
      fc.asyncProperty(randomSteps, fc.integer({ min: 1, max: 3 }), async (steps, batch) => {
        const model = build(steps);
        expect(verifyGraph(model, { strict: true, shapes: true })).to.deep.equal({
          violations: [],
          notes: [],
        });
        const sample = tf.ones([batch, 7, 6, 2]);
        const run = await annotate(model, sample);
        tf.dispose(sample);
        model.dispose();
        const dynamic = inferShapes(model.graph, model.weights);
        const fixed = inferShapes(model.graph, model.weights, new Map([['x', [batch, 7, 6, 2]]]));
        for (const [value, { shape, dtype }] of run) {
          expect([fixed.shape(value), fixed.dtype(value)], value).to.deep.equal([shape, dtype]);
          const sizes = dynamic.shape(value)?.map((size, i) => (size < 0 ? shape[i] : size));
          expect([sizes ?? shape, dynamic.dtype(value)], value).to.deep.equal([shape, dtype]);
        }
        const found = cost(model, run);
        expect(found.uncounted).to.deep.equal([]);
        expect(found.flops).to.be.at.least(2 * found.macs);
        expect(found.peak.bytes).to.be.within(batch * 84 * 4, found.activationBytes);
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);
});
