import * as tf from '@tensorflow/tfjs';
import { backend, GraphBuilder, makeReport, reportText, type Model, type Report } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** y = x · w + b with w of shape [4, 2], half of it zeros, and z = y - y, which is 0, or NaN where y is infinite. */
function dense(bias: readonly number[] = [1, 2]): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 4]);
  const w = b.constant('w', Float32Array.of(1, 0, 2, 0, 3, 0, 4, 0), [4, 2]);
  const product = b.op('MatMul', [x, w], { transpose_a: false, transpose_b: false });
  const y = b.op('AddV2', [product, b.constant('b', Float32Array.from(bias), [2])], {}, { name: 'y' });
  b.output(y);
  b.output(b.op('Sub', [y, y], {}, { name: 'z' }));
  return b.build();
}

describe('makeReport', () => {
  let x: tf.Tensor2D;
  before(async () => {
    await backend.use('cpu');
    x = tf.ones([3, 4]);
  });
  after(() => x.dispose());

  it('counts sizes and nodes without running anything', async () => {
    const model = dense();
    const { before, after, difference, speedup } = await makeReport(model, model);
    expect(before).to.deep.equal(after);
    const { fileBytes, nodesByOp, ...counted } = before;
    expect(fileBytes).to.be.greaterThan(40);
    expect(Object.entries(nodesByOp)).to.deep.equal([
      ['Const', 2],
      ['AddV2', 1],
      ['MatMul', 1],
      ['Placeholder', 1],
      ['Sub', 1],
    ]);
    expect(counted).to.deep.equal({
      stage: 'float',
      weightBytes: { stored: 40, memory: 40 },
      parameters: 10,
      nonZeroParameters: 6,
      nodes: 6,
    });
    expect([difference, speedup]).to.deep.equal([undefined, undefined]);
  });

  it('counts the arithmetic of a run on the sample', async () => {
    const { before } = await makeReport(dense(), dense(), { sample: x });
    // 3 × 4 × 2 products; two operations each, then one addition and one subtraction an output element.
    // Held at once at most: x, y and z; or x, product and y.
    expect(before.work).to.deep.equal({
      macs: 24,
      flops: 48 + 6 + 6,
      peakActivationBytes: (12 + 6 + 6) * 4,
      uncounted: [],
    });
  });

  it('measures how far outputs lie apart, output by output', async () => {
    const { difference } = await makeReport(dense([1, 2]), dense([1, 2.5]), { sample: x });
    expect(difference).to.deep.equal({
      max: 0.5,
      mean: (3 * 0.5) / 12,
      relative: 0.5 / 11,
      incomparable: 0,
      outputs: [
        { key: 'y', shape: [3, 2], max: 0.5, mean: 0.25, relative: 0.5 / 11, incomparable: 0 },
        { key: 'z', shape: [3, 2], max: 0, mean: 0, relative: 0, incomparable: 0 },
      ],
    });
  });

  it('takes NaN for equal to nothing, and an infinity for equal to itself', async () => {
    const same = await makeReport(dense([Infinity, 2]), dense([Infinity, 2]), { sample: x });
    expect(same.difference?.outputs.map(({ incomparable }) => incomparable)).to.deep.equal([0, 3]);
    const other = await makeReport(dense([1, 2]), dense([Infinity, 2]), { sample: x });
    expect(other.difference?.outputs.map(({ incomparable }) => incomparable)).to.deep.equal([3, 3]);
    expect(other.difference?.max).to.equal(0);
    expect(reportText(other)).to.include('6 output elements are NaN or infinite');
  });

  it('refuses models whose outputs have other shapes', async () => {
    const b = new GraphBuilder();
    b.output(b.op('Neg', [b.input('x', [-1, 4])], {}, { name: 'y' }));
    const other = b.build();
    await expectCode('model/structure', () => makeReport(dense(), other, { sample: x }));
  });

  it('evaluates and times both, and is plain JSON', async () => {
    const scored: Model[] = [];
    const report = await makeReport(dense(), dense(), {
      sample: x,
      metricName: 'accuracy',
      evaluate: (model) => scored.push(model) / 2,
      latency: { warmUpMs: 5, timeMs: 20, minRounds: 5 },
      seed: 7,
    });
    expect([report.before.metric, report.after.metric]).to.deep.equal([0.5, 1]);
    expect(report.before.latency?.n).to.be.at.least(5);
    expect(report.speedup?.value).to.be.greaterThan(0);
    expect(report.seed).to.equal(7);
    expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
  });

  it('asks for a sample where latency is to be measured', () =>
    expectCode('argument/missing', () => makeReport(dense(), dense(), { latency: true })));

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    await expectCode('aborted', () => makeReport(dense(), dense(), { sample: x, signal }));
  });

  it('leaves no tensors behind', () =>
    expectNoLeak(async () => {
      const [before, after] = [dense(), dense()];
      await makeReport(before, after, { sample: x, latency: { warmUpMs: 1, timeMs: 1, minRounds: 2 } });
      before.dispose();
      after.dispose();
    }));
});

describe('reportText', () => {
  const figures = {
    stage: 'float',
    fileBytes: 14_000_000,
    weightBytes: { stored: 13_900_000, memory: 13_900_000 },
    parameters: 3_470_000,
    nonZeroParameters: 3_470_000,
    nodes: 155,
    nodesByOp: { Conv2D: 52, Relu6: 35 },
    work: { macs: 3e8, flops: 6e8, peakActivationBytes: 9_600_000, uncounted: [] },
    metric: 0.9805,
    latency: { n: 10, median: 105, low: 101, high: 110, min: 100, mad: 1 },
  } as const;
  const report: Report = {
    version: 1,
    before: figures,
    after: {
      ...figures,
      fileBytes: 3_500_000,
      nodes: 67,
      nodesByOp: { _FusedConv2D: 52 },
      metric: 0.9795,
      latency: { ...figures.latency, median: 48.1, low: 47, high: 50.5 },
    },
    difference: { max: 1.23e-6, mean: 2e-7, relative: 1e-6, incomparable: 0, outputs: [] },
    speedup: { value: 2.183, low: 2.1, high: 2.25 },
    metricName: 'accuracy',
    backend: {
      name: 'wasm',
      tfjs: '4.22.0',
      attempts: [
        { name: 'tfjs-node', outcome: 'missing', reason: '@tensorflow/tfjs-node is not installed' },
        { name: 'wasm', outcome: 'used', reason: 'it runs on the CPU' },
      ],
    },
    seed: 1,
  };

  it('prints an aligned table, what ops changed, and the backend with its reasons', () => {
    expect(reportText(report)).to.equal(
      [
        '                                        before                after             change',
        'size on disk                           14.0 MB              3.50 MB            -75.0 %',
        'weights, stored                        13.9 MB              13.9 MB                0 %',
        'weights, in memory                     13.9 MB              13.9 MB                0 %',
        'parameters                              3.47 M               3.47 M                0 %',
        'parameters not zero                     3.47 M               3.47 M                0 %',
        'nodes                                      155                   67            -56.8 %',
        'multiply-accumulates                     300 M                300 M                0 %',
        'FLOPs                                    600 M                600 M                0 %',
        'peak activations                       9.60 MB              9.60 MB                0 %',
        'accuracy                                0.9805               0.9795            -0.0010',
        'latency                       105 ms (101-110)  48.1 ms (47.0-50.5)  2.18x (2.10-2.25)',
        'outputs differ by at most                                    1.2e-6',
        'outputs differ on average by                                 2.0e-7',
        'ops: Conv2D 52 -> 0, Relu6 35 -> 0, _FusedConv2D 0 -> 52',
        'backend: wasm, TensorFlow.js 4.22.0',
        '  not tfjs-node: @tensorflow/tfjs-node is not installed',
      ].join('\n'),
    );
  });
});
