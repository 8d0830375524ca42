import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Interval } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { bfloat16, float16, type HalfOptions, type HalfRow } from '../../src/index.js';
import { halfText, verdictOf } from '../../src/half/text.js';
import { modelOf, product } from '../precision/models.js';
import { needNode } from '../support/saved-model.js';

/** As few calls as can be: what is tested is no speed. */
const timing = { warmUpMs: 1, maxWarmUpMs: 1, timeMs: 1, minRounds: 2, maxRounds: 2, minSampleMs: 0 };

const scores = modelOf((b, x) =>
  b.op('Softmax', [product(b, product(b, x, [16, 64], 'wide'), [64, 4], 'scores')]),
);

/** Values of 1e6 on the way to small ones. */
const loud = modelOf((b, x) => {
  const up = product(b, b.op('Mul', [x, b.constant('up', 1e4)]), [16, 32], 'up/product');
  return product(b, b.op('Mul', [up, up], {}, 'square'), [32, 4], 'out');
});

describe('float16', () => {
  beforeEach(() => tf.setBackend('cpu'));

  const on = (...backends: NonNullable<HalfOptions['backends']>): HalfOptions => ({ backends, timing });

  it('tells sizes, differences and times where TensorFlow is not, and that it is not', async () => {
    const x = tf.randomUniform([5, 16], -1, 1, 'float32', 1);
    const report = await float16(scores, x, on('cpu', 'wasm', 'webgl'));
    x.dispose();
    expect(report.rows.map(({ where, use }) => `${where} ${use}`)).to.deep.equal([
      'cpu storage',
      'wasm storage',
    ]);
    for (const { difference, agreement, float32, half } of report.rows) {
      // Weights of 11 bits, sums of 16 and 64 of them, and a softmax, which makes errors no larger.
      expect(difference.relative).to.be.within(2 ** -20, 16 * 2 ** -11);
      expect(agreement).to.deep.equal({ same: 5, of: 5 });
      expect([float32.n, half.n]).to.deep.equal([2, 2]);
    }
    const weights = 4 * (16 * 64 + 64 * 4);
    expect(report.web.float32 - report.web.storage).to.be.within(0.4 * weights, 0.5 * weights);
    const { float32, storage, computation } = report.savedModel;
    expect(float32 - storage).to.be.within(0.4 * weights, 0.5 * weights);
    expect(float32 - computation).to.be.within(0.4 * weights, 0.5 * weights);
    expect(report.skipped.map(({ where }) => where)).to.deep.equal(['webgl']);
    expect(String(report)).to.match(
      /computation in float16 was not measured: it needs a session of TensorFlow/,
    );
    expect(String(report)).to.match(/not measured:\n {2}webgl: it needs a browser$/);
    expect(report.precision.nodes.filter(({ precision }) => precision === 'float16')).to.have.length(2);
    expect(tf.getBackend()).to.equal('cpu');
  });

  it('measures storage and computation in sessions, in both formats', async function () {
    await needNode(this);
    await tf.setBackend('cpu');
    const x = tf.randomUniform([5, 16], -1, 1, 'float32', 1);
    for (const measure of [float16, bfloat16]) {
      const report = await measure(scores, x, on('tfjs-node', 'tfjs-node-gpu'));
      const [storage, computation, ...more] = report.rows;
      expect(more).to.deep.equal([]);
      expect([storage?.where, storage?.use, computation?.use]).to.deep.equal([
        'session',
        'storage',
        'computation',
      ]);
      expect(storage?.difference.relative).to.be.above(0);
      expect(computation?.difference.max).not.to.equal(storage?.difference.max);
      expect(report.text()).to.match(/\nso: (compute in|store in) b?float16/);
    }
    expect(tf.getBackend()).to.equal('cpu');
    x.dispose();
  });

  it('says that computation overflows, and with calibration what stays float32', async function () {
    await needNode(this);
    const x = tf.ones([2, 16]);
    const blind = await float16(loud, x, on('tfjs-node'));
    expect(blind.rows[1]?.difference.incomparable).to.equal(8);
    expect(blind.text()).to.match(/computation overflows: 8 numbers of the outputs .*Give \{calibration\}/);
    const found = await float16(loud, x, { ...on('tfjs-node'), calibration: [x] });
    expect(found.rows[1]?.difference.incomparable).to.equal(0);
    expect(found.text()).to.match(/warning: node 'square' stays float32: it makes numbers up to/);
    x.dispose();
  });

  it('leaves no tensors, and the backend as it was, also where it fails', async () => {
    const x = tf.ones([2, 16]);
    await expectNoLeak(() => float16(scores, x, on('cpu')));
    await expectNoLeak(() =>
      expectCode('aborted', () => float16(scores, x, { ...on('cpu'), signal: AbortSignal.abort() })),
    );
    expect(tf.getBackend()).to.equal('cpu');
    x.dispose();
  });

  it('refuses what does not fit before any work', async () => {
    const [x, wrong] = [tf.ones([2, 16]), tf.ones([2, 3])];
    const refused = (code: Parameters<typeof expectCode>[0], options: object, inputs = x): Promise<Error> =>
      expectCode(code, () => float16(scores, inputs, { timing, ...options }));
    await refused('model/input', {}, wrong);
    await refused('argument/missing', { backends: [] });
    expect((await refused('argument/invalid', { backends: ['cuda'] })).message).to.match(/got 'cuda'/);
    expect((await refused('argument/invalid', { precision: 'float16' })).message).to.match(
      /options keep, calib/,
    );
    await refused('native/layer', { keep: ['nothing'] });
    expect((await refused('argument/invalid', { timing: { timeMS: 4 } })).message).to.match(/'timeMs'/);
    expect((await refused('argument/invalid', { timing: { minRounds: 0 } })).message).to.match(/minRounds/);
    expect((await refused('argument/invalid', { seed: 'x' })).message).to.match(/seed/);
    await expectCode('model/input', () => float16(scores, undefined as unknown as tf.Tensor));
    tf.dispose([x, wrong]);
  });
});

describe('verdicts', () => {
  const spread = { n: 2, median: 1, low: 1, high: 1, min: 1, mad: 0 };
  const row = (
    speedup: Omit<Interval, 'level'>,
    use: HalfRow['use'] = 'computation',
    gpu = false,
  ): HalfRow => ({
    ...{ where: 'session', gpu, use, float32: spread, half: spread },
    speedup: { ...speedup },
    difference: { max: 0, mean: 0, relative: 0, incomparable: 0, outputs: [] },
  });
  const slow = row({ value: 0.027, low: 0.02, high: 0.03 });
  const fast = row({ value: 1.6, low: 1.5, high: 1.7 }, 'computation', true);
  const even = row({ value: 1.03, low: 0.98, high: 1.05 }, 'storage');
  const hardly = row({ value: 0.985, low: 0.98, high: 0.99 }, 'storage');
  const unclear = row({ value: 1.26, low: 0.659, high: 2.59 });

  it('do not call even what an interval leaves open', () => {
    expect(verdictOf(unclear, 'bfloat16')).to.match(
      /^bfloat16 computation .* could not be told from float32: 0\.659 to 2\.59 times as fast; measure longer/,
    );
    expect(verdictOf(row({ value: 1, low: 0.89, high: 1.01 }), 'float16')).to.match(/could not be told/);
    expect(verdictOf(row({ value: 1, low: 0.91, high: 1.09 }), 'float16')).to.match(/is as fast as float32$/);
  });

  it('say plainly when half is slower, faster, or neither', () => {
    expect(
      [slow, fast, even, hardly, { ...even, where: 'wasm' }].map((each) => verdictOf(each, 'float16')),
    ).to.deep.equal([
      'float16 computation in sessions of TensorFlow on this CPU is 37 times slower than float32 (33.3 to 50)',
      'float16 computation in sessions of TensorFlow on this GPU is 1.6 times as fast as float32',
      'float16 storage in sessions of TensorFlow on this CPU is as fast as float32',
      'float16 storage in sessions of TensorFlow on this CPU is as fast as float32',
      'float16 storage on wasm is as fast as float32',
    ]);
  });

  it('end in what to do', () => {
    const savedModel = { float32: 4, storage: 2, computation: 2 };
    const precision = {
      precision: 'float16',
      nodes: [],
      notes: [],
      casts: 0,
      text: String,
      toString: String,
    } as const;
    const adviceOn = (...rows: HalfRow[]): string | undefined =>
      halfText({ format: 'float16', savedModel, web: savedModel, rows, skipped: [], precision })
        .split('\n')
        .at(-1);
    expect(adviceOn(even, slow)).to.equal('so: store in float16, compute in float32 here');
    expect(adviceOn(even, fast)).to.equal('so: compute in float16 here');
    expect(adviceOn(even)).to.match(/was not measured/);
  });
});
