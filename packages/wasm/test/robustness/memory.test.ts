import '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { StockBackend, StockModule } from '../../src/engine/stock.js';
import { KERNELS } from '../../src/kernels/index.js';
import { Meter } from '../support/meter.js';
import { kernelOf, normal, useEngine } from '../support/tester.js';

interface Call {
  readonly inputs: tf.NamedTensorMap;
  readonly attrs?: object;
}

function tensor(shape: readonly number[], seed = 1): tf.Tensor {
  return tf.tensor(Float32Array.from(normal(shape, seed).data), [...shape]);
}

const SAME = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
const POOL = { filterSize: 2, strides: 2, pad: 'valid' };

/** Calls of each kernel, in more than one size: what they keep must not depend on which came last. */
const CALLS: Readonly<Record<string, () => readonly Call[]>> = {
  BatchMatMul: () => [
    { inputs: { a: tensor([3, 9, 12]), b: tensor([3, 12, 10]) } },
    { inputs: { a: tensor([1, 1, 40]), b: tensor([1, 40, 9]) } },
    {
      inputs: { a: tensor([2, 12, 9]), b: tensor([1, 10, 12]) },
      attrs: { transposeA: true, transposeB: true },
    },
  ],
  _FusedMatMul: () => [
    {
      inputs: { a: tensor([1, 9, 12]), b: tensor([1, 11, 12]), bias: tensor([11]) },
      attrs: { transposeB: true, activation: 'elu' },
    },
  ],
  Conv2D: () => [
    { inputs: { x: tensor([2, 7, 7, 3]), filter: tensor([3, 3, 3, 8]) }, attrs: SAME },
    { inputs: { x: tensor([1, 9, 9, 16]), filter: tensor([3, 3, 16, 16]) }, attrs: SAME },
  ],
  FusedConv2D: () => [
    {
      inputs: { x: tensor([1, 9, 9, 16]), filter: tensor([3, 3, 16, 20]), bias: tensor([20]) },
      attrs: { ...SAME, activation: 'relu' },
    },
  ],
  Conv2DBackpropFilter: () => [
    {
      inputs: { x: tensor([2, 7, 7, 3]), dy: tensor([2, 7, 7, 5]) },
      attrs: { ...SAME, filterShape: [3, 3, 3, 5] },
    },
  ],
  Conv2DBackpropInput: () => [
    {
      inputs: { dy: tensor([2, 7, 7, 5]), filter: tensor([3, 3, 3, 5]) },
      attrs: { ...SAME, inputShape: [2, 7, 7, 3] },
    },
  ],
  // Sizes that the backend gets wrong: the others are its own.
  MaxPool: () => [
    {
      inputs: { x: tensor([2, 6, 6, 5]) },
      attrs: { ...POOL, filterSize: 3, pad: 0, dimRoundingMode: 'ceil' },
    },
  ],
  AvgPool: () => [
    {
      inputs: { x: tensor([2, 6, 6, 5]) },
      attrs: { ...POOL, filterSize: 3, pad: 0, dimRoundingMode: 'ceil' },
    },
  ],
  MaxPoolGrad: () => [
    {
      inputs: { dy: tensor([2, 3, 3, 5]), input: tensor([2, 6, 7, 5]), output: tensor([2, 3, 3, 5]) },
      attrs: POOL,
    },
  ],
  AvgPoolGrad: () => [{ inputs: { dy: tensor([2, 3, 3, 5]), input: tensor([2, 6, 7, 5]) }, attrs: POOL }],
  DepthwiseConv2dNativeBackpropFilter: () => [
    {
      inputs: { x: tensor([2, 7, 7, 3]), dy: tensor([2, 7, 7, 6]) },
      attrs: { ...SAME, filterShape: [3, 3, 3, 2] },
    },
  ],
  DepthwiseConv2dNativeBackpropInput: () => [
    {
      inputs: { dy: tensor([2, 7, 7, 6]), filter: tensor([3, 3, 3, 2]) },
      attrs: { ...SAME, inputShape: [2, 7, 7, 3] },
    },
  ],
  DepthwiseConv2dNative: () => [
    { inputs: { x: tensor([2, 7, 7, 8]), filter: tensor([3, 3, 8, 1]) }, attrs: SAME },
  ],
  FusedDepthwiseConv2D: () => [
    {
      inputs: { x: tensor([2, 7, 7, 8]), filter: tensor([3, 3, 8, 1]), bias: tensor([8]) },
      attrs: { ...SAME, activation: 'relu' },
    },
  ],
  ...Object.fromEntries(
    ['Exp', 'Log', 'Tanh', 'Erf', 'Sqrt', 'Rsqrt'].map((name) => [
      name,
      () => [{ inputs: { x: tensor([9]) }, attrs: {} }],
    ]),
  ),
  ...Object.fromEntries(
    ['Maximum', 'Minimum'].map((name) => [
      name,
      () => [{ inputs: { a: tensor([9]), b: tensor([9]) }, attrs: {} }],
    ]),
  ),
  FusedBatchNorm: () => [
    {
      inputs: { x: tensor([2, 3, 3, 5]), mean: tensor([5]), variance: tensor([5]) },
      attrs: { varianceEpsilon: 1 },
    },
  ],
  TfjsOptimizeLayerNorm: () => [
    { inputs: { x: tensor([4, 9]), scale: tensor([9]), offset: tensor([9]) }, attrs: { epsilon: 1 } },
  ],
  TfjsOptimizeBatchNormSums: () => [
    { inputs: { dy: tensor([4, 9]), x: tensor([4, 9]), mean: tensor([9]) }, attrs: {} },
  ],
  TfjsOptimizeGelu: () => [{ inputs: { x: tensor([9]) }, attrs: { approximate: false } }],
  Tile: () => [{ inputs: { x: tensor([4, 5]) }, attrs: { reps: [2, 3] } }],
  TfjsOptimizeAdamStep: () => [
    {
      inputs: { value: tensor([9]), gradient: tensor([9]), first: tensor([9]), second: tensor([9]) },
      attrs: { beta1: 0.9, beta2: 0.99, correction1: 1, correction2: 1, epsilon: 1e-7, rate: 0.1 },
    },
  ],
  TfjsOptimizeDescentStep: () => [
    { inputs: { value: tensor([9]), gradient: tensor([9]) }, attrs: { rate: 0.1 } },
  ],
  Sum: () => [
    { inputs: { x: tensor([5, 40, 6]) }, attrs: { axis: [1] } },
    { inputs: { x: tensor([500]) }, attrs: { axis: [0] } },
  ],
  Mean: () => [{ inputs: { x: tensor([5, 40, 6]) }, attrs: { axis: [0, 1] } }],
  UnsortedSegmentSum: () => [
    {
      inputs: { x: tensor([9, 5]), segmentIds: tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3, 9], 'int32') },
      attrs: { numSegments: 4 },
    },
  ],
};

describe('memory of the wasm backend', () => {
  let meter: Meter;

  beforeEach(async () => {
    await useEngine();
    meter = new Meter(tf.backend() as unknown as StockBackend);
  });
  afterEach(() => meter.stop());

  const run = (name: string, { inputs, attrs = {} }: Call): void =>
    tf.dispose(tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap));

  it('is measured for every kernel', () => {
    expect(Object.keys(CALLS).sort()).to.deep.equal(KERNELS.map(({ name }) => name).sort());
  });

  for (const [name, calls] of Object.entries(CALLS)) {
    it(`does not grow over 1 000 calls: ${name}`, async () => {
      const engine = await useEngine();
      const before = tf.memory().numTensors;
      const all = calls();
      for (const { inputs, attrs } of all) {
        const result = kernelOf(name).run(engine, inputs, (attrs ?? {}) as tf.NamedAttrMap);
        expect(result, 'ours takes it').not.to.equal(undefined);
        for (const { dataId } of [result as tf.TensorInfo].flat()) tf.backend().disposeData(dataId);
      }
      for (let i = 0; i < 3; i++) all.forEach((call) => run(name, call));
      const [bytes, heap] = [meter.bytes, meter.heap];
      for (let i = 0; i < 1000; i++) run(name, all[i % all.length] as Call);
      expect(meter.bytes, 'bytes').to.equal(bytes);
      expect(meter.heap, 'size of the heap').to.equal(heap);
      tf.dispose(all.map(({ inputs }) => inputs));
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('does not grow over 1 000 new inputs and new weights', () => {
    const step = (i: number): void =>
      tf.tidy(() => {
        const x = tensor([1 + (i % 5), 6, 6, 16], i);
        const y = tf.conv2d(x as tf.Tensor4D, tensor([3, 3, 16, 16], i) as tf.Tensor4D, 1, 'same');
        const rows = y.reshape([-1, 16]);
        const weights = tensor([16, 9], i);
        for (let use = 0; use < 3; use++) tf.matMul(rows, weights);
      });
    for (let i = 0; i < 10; i++) step(i);
    const [bytes, heap] = [meter.bytes, meter.heap];
    for (let i = 0; i < 1000; i++) step(i);
    expect(meter.bytes, 'bytes').to.equal(bytes);
    expect(meter.heap, 'size of the heap').to.equal(heap);
  });

  it('holds no more for a call than the largest one needed', () => {
    const [bytes, largest] = [meter.bytes, 400];
    for (let n = 8; n <= largest; n += 8) {
      tf.tidy(() => void tf.matMul(tensor([2, n]) as tf.Tensor2D, tensor([n, n]) as tf.Tensor2D));
    }
    // Panels of the largest, and the quarter by which they grow at least.
    expect(meter.bytes - bytes).to.be.at.most(1.25 * 4 * largest * largest);
  });

  it('holds no packed weights where the backend multiplies and convolves on several threads', async () => {
    const engine = await useEngine();
    const x = tensor([1, 9, 9, 16]) as tf.Tensor4D;
    const filter = tensor([3, 3, 16, 16]) as tf.Tensor4D;
    const [rows, weights] = [tensor([4, 30]), tensor([30, 16])] as [tf.Tensor2D, tf.Tensor2D];
    const kept = (use: () => void): boolean => {
      const bytes = meter.bytes;
      for (let i = 0; i < 3; i++) tf.tidy(use);
      return meter.bytes > bytes;
    };
    const turned = weights.transpose();
    try {
      Object.assign(engine, { threads: 2 });
      expect(kept(() => void tf.conv2d(x, filter, 1, 'same'))).to.equal(false);
      expect(kept(() => void tf.matMul(rows, weights))).to.equal(false);
      expect(
        kept(() => void tf.matMul(rows, turned, false, true)),
        'transposed',
      ).to.equal(true);
    } finally {
      Object.assign(engine, { threads: 1 });
    }
    expect(kept(() => void tf.conv2d(x, filter, 1, 'same'))).to.equal(true);
    expect(kept(() => void tf.matMul(rows, weights))).to.equal(true);
    tf.dispose([x, filter, rows, weights, turned]);
  });

  it('holds packed weights once, from their second use on, until they are disposed of or assigned', () => {
    const x = tensor([4, 30]);
    const use = (weights: tf.Tensor): void => tf.tidy(() => void tf.matMul(x as tf.Tensor2D, weights));
    const [first, second] = [tensor([30, 16], 1), tensor([30, 16], 2)] as [tf.Tensor, tf.Tensor];
    use(first);
    const [tensors, panels] = [4 * 30 * 16, 4 * 30 * 16];
    const bytes = meter.bytes;
    use(first);
    expect(meter.bytes - bytes, 'second use').to.equal(panels);
    for (let i = 0; i < 5; i++) use(first);
    expect(meter.bytes - bytes, 'further uses').to.equal(panels);
    const view = first.reshape([16, 30]);
    tf.tidy(() => use(view.reshape([30, 16])));
    expect(meter.bytes - bytes, 'another tensor of the same values').to.equal(panels);
    first.dispose();
    expect(meter.bytes - bytes, 'one of them is left').to.equal(panels);
    view.dispose();
    expect(meter.bytes - bytes, 'disposed of').to.equal(-tensors);
    const variable = tf.variable(second);
    second.dispose();
    const base = meter.bytes;
    for (let i = 0; i < 3; i++) use(variable);
    expect(meter.bytes - base, 'a variable').to.equal(panels);
    const next = tensor([30, 16], 3);
    variable.assign(next);
    next.dispose();
    expect(meter.bytes - base, 'assigned').to.equal(0);
    variable.dispose();
    expect(meter.bytes - base, 'gone').to.equal(-tensors);
    x.dispose();
  });
});

describe('a wasm backend whose memory is full', () => {
  let warnings: string[] = [];
  const { console } = globalThis;
  const { warn } = console;
  let wasm: StockModule;
  let malloc: StockModule['_malloc'];
  let a: tf.Tensor;

  beforeEach(async () => {
    await useEngine();
    wasm = (tf.backend() as unknown as StockBackend).wasm;
    malloc = wasm._malloc;
    a = tensor([3, 40]);
    warnings = [];
    console.warn = (text: string) => warnings.push(text);
  });
  afterEach(() => {
    console.warn = warn;
    Object.assign(wasm, { _malloc: malloc });
    a.dispose();
  });

  /** Panels of 56 columns: no tensor of these tests is as large. */
  const PANELS = 4 * 40 * 56;
  const product = (weights: tf.Tensor): number[] =>
    tf.tidy(() => Array.from(tf.matMul(a as tf.Tensor2D, weights as tf.Tensor2D).dataSync()));

  it('gives back what was kept for speed', () => {
    const [b, c] = [tensor([40, 50], 1), tensor([40, 50], 2)];
    const right = [b, c].map(product);
    const held = new Set<number>();
    const { _free: free } = wasm;
    let hasRoom = true;
    Object.assign(wasm, {
      _free: (address: number) => {
        hasRoom ||= held.delete(address);
        free(address);
      },
      _malloc: (bytes: number) => {
        const address = hasRoom || bytes < PANELS ? malloc(bytes) : 0;
        if (bytes >= PANELS) held.add(address);
        return address;
      },
    });
    product(b);
    expect(held.size, 'packed weights').to.equal(1);
    hasRoom = false;
    const got = [c, c, c, b].map(product);
    Object.assign(wasm, { _free: free });
    expect(hasRoom, 'given back').to.equal(true);
    got.forEach((values, at) => expectClose(values, right[at === 3 ? 0 : 1]));
    expect(warnings).to.deep.equal([]);
    tf.dispose([b, c]);
  });

  it('runs its own kernels and says so once', () => {
    const b = tensor([40, 50]);
    const right = product(b);
    const tensors = tf.memory().numTensors;
    // Room for the result only.
    Object.assign(wasm, { _malloc: (bytes: number) => (bytes === 4 * 3 * 50 ? malloc(bytes) : 0) });
    for (let i = 0; i < 4; i++) expectClose(product(b), right);
    Object.assign(wasm, { _malloc: malloc });
    expect(warnings.length).to.equal(1);
    expect(warnings[0]).to.include('memory of the wasm backend is full');
    expect(tf.memory().numTensors).to.equal(tensors);
    expect(product(b)).to.deep.equal(right);
    tf.dispose(b);
  });
});

function expectClose(values: readonly number[], wanted: readonly number[] | undefined): void {
  expect(values.length).to.equal(wanted?.length);
  // Sums of 40 products below 10 each, in two orders.
  values.forEach((value, at) => expect(value).to.be.closeTo(wanted?.[at] as number, 1e-4));
}
