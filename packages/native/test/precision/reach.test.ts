import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { compile, explainPrecision, type PrecisionOptions } from '../../src/index.js';
import { needNode } from '../support/saved-model.js';
import { modelOf, product } from './models.js';

/** Products through values of about 1e5, which float16 does not have; x is [n, 4]. */
function loud(): Model {
  return modelOf((b, x) => {
    const w = b.constant('loud/w', [300, 1, 2, 3, 1, 300, 5, 6, 1, 2, 300, 3, 3, 2, 1, 300], [4, 4]);
    const y = b.op(
      'Relu',
      [b.op('MatMul', [x, w], { transpose_a: false, transpose_b: false }, 'loud')],
      {},
      'relu',
    );
    const down = b.op('Mul', [y, b.constant('factor', 1e-5)], {}, 'down');
    return product(b, product(b, down, [4, 4], 'quiet'), [4, 2], 'scores');
  }, 4);
}

/** Sums whose terms cancel: 60000 + 60000 - 60000 - 60000. */
function cancelling(fused: boolean): Model {
  return modelOf((b, x) => {
    const w = b.constant('w', [1, 1, -1, -1], [4, 1]);
    const attrs = { transpose_a: false, transpose_b: false };
    if (!fused) return b.op('MatMul', [x, w], attrs, 'sum');
    const bias = b.constant('bias', [1], [1]);
    return b.op(
      '_FusedMatMul',
      [x, w, bias],
      { ...attrs, num_args: 1, fused_ops: ['BiasAdd', 'Relu'], epsilon: 0 },
      'sum',
    );
  }, 4);
}

const batch = (size: number): tf.Tensor => tf.fill([2, 4], size);

describe('overflow of float16', () => {
  beforeEach(() => tf.setBackend('cpu'));

  async function keptBy(model: Model, options: PrecisionOptions): Promise<Record<string, string>> {
    const { notes } = await explainPrecision(model, { precision: 'float16', ...options });
    return Object.fromEntries(
      notes.flatMap(({ kind, subject, message }) =>
        kind === 'declined' && subject ? [[subject, message]] : [],
      ),
    );
  }

  it('is found by calibration, and the nodes are named; others are computed in float16', async () => {
    const calibration = [batch(300)];
    const { nodes, notes } = await explainPrecision(loud(), { precision: 'float16', calibration });
    tf.dispose(calibration);
    expect(nodes.map(({ op, precision }) => `${op} ${precision}`)).to.deep.equal([
      'MatMul float32',
      'Relu float32',
      'Mul float32',
      'MatMul float16',
      'MatMul float16',
    ]);
    expect(notes.map(({ message }) => message)).to.deep.equal([
      'values beyond 65504 were looked for in 1 batch',
      "node 'loud' stays float32: it makes numbers up to 9.4e+4, beyond 65504",
      "node 'relu' stays float32: it makes numbers up to 9.4e+4, beyond 65504",
      "node 'down' stays float32: it is given numbers up to 9.4e+4, beyond 65504",
    ]);
  });

  it('makes infinities without calibration, and none with it', async function () {
    await needNode(this);
    const x = batch(300);
    const y = async (options: PrecisionOptions): Promise<number[]> => {
      const compiled = await compile(loud(), options);
      const values = tf.tidy(() => Array.from((compiled.run(x)[0] as tf.Tensor).dataSync()));
      compiled.dispose();
      return values;
    };
    const exact = await y({});
    const blind = await y({ precision: 'float16' });
    expect(blind.some(Number.isFinite)).to.equal(false);
    const found = await y({ precision: 'float16', calibration: [x] });
    // Two products of four terms: (4 + 3) roundings each.
    found.forEach((value, i) => {
      expect(Math.abs(value - (exact[i] as number))).to.be.below(14 * 2 ** -11 * 4);
    });
    x.dispose();
  });

  it('is looked for in sums on their way, too, fused or not', async () => {
    const x = tf.tensor([[60_000, 60_000, 60_000, 60_000]]);
    for (const fused of [true, false]) {
      expect(await keptBy(cancelling(fused), { calibration: [x] })).to.deep.equal({
        sum: "node 'sum' stays float32: its sums may reach 2.4e+5, beyond 65504",
      });
    }
    x.dispose();
  });

  it('is looked for in all batches, from whatever gives them', async () => {
    const inputs = { quiet: batch(1), loud: batch(300) };
    const given = async function* (): AsyncGenerator<{ x: tf.Tensor }> {
      yield { x: inputs.quiet };
      await Promise.resolve();
      yield { x: inputs.loud };
    };
    expect(Object.keys(await keptBy(loud(), { calibration: given() }))).to.have.length(3);
    expect(await keptBy(loud(), { calibration: [[inputs.quiet]] })).to.deep.equal({});
    tf.dispose(inputs);
  });

  it('is looked for in models with control flow', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4]);
    const isSmall = b.op('Less', [b.op('Max', [x, b.ints([0, 1])]), b.constant('limit', 1e6)]);
    const branch = b.op('Switch', [x, isSmall], {}, 'branch');
    const w = b.constant('w', [300, 1, 2, 3, 1, 300, 5, 6, 1, 2, 300, 3, 3, 2, 1, 300], [4, 4]);
    const y = b.op('MatMul', [b.out(branch, 1), w], { transpose_a: false, transpose_b: false }, 'product');
    b.output(b.op('Merge', [b.op('Neg', [branch]), y]), 'y');
    const calibration = [batch(300)];
    expect(Object.keys(await keptBy(b.build(), { calibration }))).to.include('product');
    tf.dispose(calibration);
  });

  it('is no matter in bfloat16, which is not calibrated', async () => {
    const { notes } = await explainPrecision(loud(), { precision: 'bfloat16', calibration: [] });
    expect(notes).to.deep.equal([]);
  });

  it('leaves no tensors, whether calibration ends well or not', async () => {
    const [x, bad] = [batch(300), tf.tensor([[NaN, 1, 1, 1]])];
    await expectNoLeak(() => explainPrecision(loud(), { precision: 'float16', calibration: [x] }));
    await expectNoLeak(() =>
      expectCode('native/calibration', () =>
        explainPrecision(loud(), { precision: 'float16', calibration: [x, bad] }),
      ),
    );
    tf.dispose([x, bad]);
  });

  it('refuses data that are none, do not fit or are not finite', async () => {
    const messageOf = async (
      code: Parameters<typeof expectCode>[0],
      calibration: unknown,
    ): Promise<string> => {
      const options = { precision: 'float16', calibration } as PrecisionOptions;
      return (await expectCode(code, () => explainPrecision(loud(), options))).message;
    };
    const tensors = [tf.tensor([[Infinity, 1, 1, 1]]), tf.ones([2, 5])] as const;
    expect(await messageOf('native/calibration', [])).to.match(/at least one batch of inputs, got none/);
    expect(await messageOf('native/calibration', [tensors[0]])).to.match(
      /value 'x': expected finite numbers/,
    );
    expect(await messageOf('argument/invalid', tensors[0])).to.match(/got a tensor\. Put it into a list/);
    expect(await messageOf('argument/invalid', 3)).to.match(/calibration: expected a list of batches/);
    await messageOf('model/input', [tensors[1]]);
    const signal = AbortSignal.abort();
    await expectCode('aborted', () =>
      explainPrecision(loud(), { precision: 'float16', calibration: [tensors[1]], signal }),
    );
    tf.dispose([...tensors]);
  });
});
