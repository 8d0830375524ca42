import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  annotate,
  backend,
  cost,
  GraphBuilder,
  loadModel,
  type Cost,
  type Model,
  type PlainAttrs,
} from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';

async function costOf(model: Model, ...shapes: readonly (readonly number[])[]): Promise<Cost> {
  const sample = shapes.map((shape) => tf.ones([...shape]));
  const found = cost(model, await annotate(model, sample));
  tf.dispose(sample);
  model.dispose();
  return found;
}

/** The cost of one op of a single input [1, 4, 6, 2] and constants of these shapes. */
async function opCost(op: string, constants: readonly number[][], attrs: PlainAttrs): Promise<Cost> {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 4, 6, 2]);
  const inputs = constants.map((shape, i) => {
    const size = shape.reduce((one, two) => one * two, 1);
    return b.constant(`c${i}`, new Float32Array(size).fill(1), shape);
  });
  return costOf(b.output(b.op(op, [x, ...inputs], attrs, 'y')).build(), [1, 4, 6, 2]);
}

const CONV = { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };

describe('cost', () => {
  before(() => tf.setBackend('cpu'));

  // Output 4 × 6 × 5, window 3 × 3 over 2 channels.
  const macs = 4 * 6 * 5 * 9 * 2;
  const cases: readonly {
    op: string;
    constants: number[][];
    attrs: PlainAttrs;
    macs: number;
    flops: number;
  }[] = [
    { op: 'Conv2D', constants: [[3, 3, 2, 5]], attrs: CONV, macs, flops: 2 * macs },
    {
      op: '_FusedConv2D',
      constants: [[3, 3, 2, 5], [5]],
      attrs: { ...CONV, fused_ops: ['BiasAdd', 'Relu'], num_args: 1 },
      macs,
      flops: 2 * macs + 2 * 4 * 6 * 5,
    },
    {
      op: 'DepthwiseConv2dNative',
      constants: [[3, 3, 2, 2]],
      attrs: CONV,
      macs: 4 * 6 * 4 * 9,
      flops: 2 * 4 * 6 * 4 * 9,
    },
    {
      op: 'MaxPool',
      constants: [],
      attrs: { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' },
      macs: 0,
      flops: 2 * 3 * 2 * 4,
    },
    { op: 'FusedBatchNormV3', constants: [[2], [2], [2], [2]], attrs: {}, macs: 0, flops: 2 * 48 },
    { op: 'Softmax', constants: [], attrs: {}, macs: 0, flops: 5 * 48 },
    { op: 'Relu', constants: [], attrs: {}, macs: 0, flops: 48 },
    { op: 'Shape', constants: [], attrs: {}, macs: 0, flops: 0 },
  ];
  for (const { op, constants, attrs, macs: wantedMacs, flops } of cases) {
    it(`counts ${wantedMacs} MACs and ${flops} FLOPs for ${op}`, async () => {
      const found = await opCost(op, constants, attrs);
      expect([found.macs, found.flops]).to.deep.equal([wantedMacs, flops]);
      expect(found.uncounted).to.deep.equal([]);
    });
  }

  it('counts a matrix product, its parameters and its zeros', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 3]);
    const w = b.constant('w', [0, 1, 2, 0, 0, 5], [3, 2]);
    const y = b.op('Mul', [b.op('MatMul', [x, w], {}, 'product'), b.constant('half', 0.5)]);
    const found = await costOf(b.output(b.op('Reshape', [y, b.ints([-1])], {}, 'flat')).build(), [7, 3]);
    expect([found.macs, found.flops]).to.deep.equal([7 * 3 * 2, 2 * 7 * 3 * 2 + 7 * 2]);
    expect([found.parameters, found.nonZeroParameters]).to.deep.equal([6, 3]);
    expect(found.nodes.find(({ name }) => name === 'product')?.parameters).to.equal(6);
    expect(found.weightBytes).to.deep.equal({ stored: 32, memory: 32 });
  });

  it('counts shared weights once, means and variances not at all, and dead weights only as bytes', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 2, 2, 3]);
    const shared = b.constant('shared', [1, 2, 3]);
    const norm = b.op('FusedBatchNormV3', [
      x,
      shared,
      shared,
      b.constant('m', [0, 0, 0]),
      b.constant('v', [1, 1, 1]),
    ]);
    b.op('Mul', [x, b.constant('unread', [4, 5, 6])], {}, 'dead');
    const found = await costOf(b.output(b.op('Mul', [norm, shared])).build(), [1, 2, 2, 3]);
    expect(found.parameters).to.equal(3);
    expect(found.weightBytes.stored).to.equal(4 * 3 * 4);
  });

  it('estimates the peak by when values are last read', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [100]);
    const one = b.op('Relu', [x], {}, 'one');
    const view = b.op('Reshape', [one, b.ints([10, 10])], {}, 'view');
    const two = b.op('Tanh', [view], {}, 'two');
    const three = b.op('Sum', [two, b.ints([0])], {}, 'three');
    const found = await costOf(b.output(b.op('Relu', [three], {}, 'y')).build(), [100]);
    // The input stays; `one` lives on in `view` while `two` is made, then goes.
    expect(found.peak).to.deep.equal({ bytes: 3 * 400, node: 'two' });
    expect(found.activationBytes).to.equal(4 * 400 + 40 + 40);
  });

  it('counts no memory for a weight that is shown in another shape', async () => {
    const layers = tf.sequential({
      layers: [tf.layers.conv1d({ inputShape: [10, 4], filters: 6, kernelSize: 3, useBias: false })],
    });
    const { peak } = await costOf(await loadModel(layers), [1, 10, 4]);
    // 10 × 4 numbers go in and 8 × 6 come out; the kernel of 72 is a weight.
    expect(peak.bytes).to.equal(4 * (40 + 48));
    layers.dispose();
  });

  it('names what it cannot count', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [4]);
    const found = await costOf(b.output(b.op('Unique', [x], {}, 'u')).build(), [4]);
    expect(found.uncounted.map(({ name }) => name)).to.deep.equal(['u']);
  });

  it('counts ResNet-18 and MobileNetV2 as the literature does', async () => {
    await backend.use('wasm');
    const image = [1, 224, 224, 3];
    const residual = nets.resnet18({ seed: 1 });
    const found = await costOf(await loadModel(residual), image);
    residual.dispose();
    // He et al. 2015, table 1, and torchvision's parameter count.
    expect([found.parameters, found.macs]).to.deep.equal([11_689_512, 1_814_073_344]);
    const mobile = nets.mobilenetV2({ seed: 1 });
    const other = await costOf(await loadModel(mobile), image);
    mobile.dispose();
    // Sandler et al. 2018, table 4: 3.4 M parameters and 300 M MACs; torchvision's parameter count.
    expect([other.parameters, other.macs]).to.deep.equal([3_504_872, 300_774_272]);
    expect(other.uncounted).to.deep.equal([]);
    await tf.setBackend('cpu');
  }).timeout(120_000);
});
