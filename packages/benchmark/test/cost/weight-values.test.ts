import { GraphBuilder, type Model } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import { sparsityMaps, weightHistograms } from '../../src/cost/index.js';
import { HISTOGRAM, SPARSITY_MAP } from '../../src/record/cost.js';

const CONV = { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };

/** A model of one op with one weight `layer/kernel` of these values. */
function withKernel(
  op: string,
  input: number[],
  shape: number[],
  values: ArrayLike<number>,
  attrs: Parameters<GraphBuilder['op']>[2] = {},
): Model {
  const b = new GraphBuilder();
  const kernel = b.constant('layer/kernel', Float32Array.from(values), shape);
  const x = b.input('x', input);
  return b.output(b.op(op, [x, kernel], attrs, 'layer/node')).build();
}

const dense = (values: ArrayLike<number>, shape: number[]): Model =>
  withKernel('MatMul', [1, shape[0] as number], shape, values);

describe('weightHistograms', () => {
  it('counts values between the smallest and the largest, with zeros and what is not finite apart', () => {
    const model = dense([-2, -1, 0, 0, 1, 2, NaN, Infinity, 1.9, -0], [5, 2]);
    const [found] = weightHistograms(model, undefined, 4);
    expect(v.is(HISTOGRAM, found)).to.equal(true);
    expect(found).to.deep.equal({
      name: 'layer/kernel',
      layer: 'node',
      shape: [5, 2],
      low: -2,
      high: 2,
      // [-2, -1) [-1, 0) [0, 1) [1, 2], as any bin but the last holds its lower end only.
      counts: [1, 1, 0, 3],
      zeros: 3,
      notFinite: 2,
    });
  });

  it('has one bin around a single value, and none where all is zero', () => {
    const [one] = weightHistograms(dense([-4, 0, -4, 0], [2, 2]));
    expect(one).to.include({ low: -6, high: -2, zeros: 2 });
    expect(one?.counts).to.deep.equal([2]);
    const [none] = weightHistograms(dense([0, 0], [1, 2]));
    expect(none).to.include({ low: 0, high: 0, zeros: 2 });
    expect(none?.counts).to.deep.equal([]);
  });

  it('takes names of weights and of layers, and refuses others with the nearest', async () => {
    const b = new GraphBuilder();
    let x = b.input('x', [1, 2]);
    for (const name of ['first', 'second']) {
      const product = b.op(
        'MatMul',
        [x, b.constant(`net/${name}/kernel`, [1, 2, 3, 4], [2, 2])],
        {},
        `net/${name}/MatMul`,
      );
      x = b.op('AddV2', [product, b.constant(`net/${name}/bias`, [1, 1], [2])], {}, `net/${name}/Add`);
    }
    const model = b.output(x).build();
    const names = (chosen?: string[]): string[] => weightHistograms(model, chosen).map(({ name }) => name);
    expect(names()).to.deep.equal(['net/first/kernel', 'net/second/kernel']);
    expect(names(['second', 'net/first/bias'])).to.deep.equal(['net/second/kernel', 'net/first/bias']);
    const error = await expectCode('argument/invalid', () => names(['secnod']));
    expect(error.message).to.include("Did you mean 'second'?");
    for (const bins of [0, 1.5])
      await expectCode('argument/invalid', () => weightHistograms(model, [], bins));
  });
});

describe('sparsityMaps', () => {
  const map = (model: Model, rows = 64, columns = 64) => {
    const [found] = sparsityMaps(model, undefined, { rows, columns });
    expect(v.is(SPARSITY_MAP, found)).to.equal(true);
    return found as NonNullable<typeof found>;
  };
  /** Ones but for the elements at these offsets. */
  const onesBut = (size: number, ...zeros: number[]): number[] =>
    Array.from({ length: size }, (_, i) => (zeros.includes(i) ? 0 : 1));

  it('has a row for each output of a dense layer', () => {
    // [3 in, 2 out]: the second input to the first output is at offset 2.
    const found = map(dense(onesBut(6, 2), [3, 2]));
    expect([found.rows, found.columns, found.zeros]).to.deep.equal([2, 3, [0, 1, 0, 0, 0, 0]]);
    const turned = map(withKernel('MatMul', [1, 3], [2, 3], onesBut(6, 1), { transpose_b: true }));
    expect(turned).to.deep.equal({ ...found, shape: [2, 3] });
  });

  it('has a row for each output channel of convolutions, of a depthwise one for each channel', () => {
    // [1, 2, 2, 3]: offset 7 is window position 1, channel in 0, channel out 1.
    const conv = map(withKernel('Conv2D', [1, 4, 4, 2], [1, 2, 2, 3], onesBut(12, 7), CONV));
    expect([conv.rows, conv.columns]).to.deep.equal([3, 4]);
    expect(conv.zeros.indexOf(1)).to.equal(1 * 4 + 2);
    // [1, 2, 3, 2]: offset 9 is window position 1, channel 1, multiplier 1: output channel 3.
    const depthwise = map(
      withKernel('DepthwiseConv2dNative', [1, 4, 4, 3], [1, 2, 3, 2], onesBut(12, 9), CONV),
    );
    expect([depthwise.rows, depthwise.columns]).to.deep.equal([6, 2]);
    expect(depthwise.zeros.indexOf(1)).to.equal(3 * 2 + 1);
  });

  it('is the share of zeros in blocks of nearly equal size where the weight is larger than the grid', () => {
    // 5 inputs in 2 columns: 3 and 2; 4 outputs in 2 rows.
    const values = Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 0 : 1));
    const found = map(dense(values, [5, 4]), 2, 2);
    expect([found.rows, found.columns]).to.deep.equal([2, 2]);
    expect(found.zeros).to.deep.equal([0.5, 0.5, 0, 0]);
    const corner = map(dense(onesBut(20, 19), [5, 4]), 2, 2);
    expect(corner.zeros).to.deep.equal([0, 0, 0, 0.25]);
  });

  it('refuses sizes that are none', async () => {
    for (const sizes of [{ rows: 0 }, { columns: 2.5 }]) {
      await expectCode('argument/invalid', () => sparsityMaps(dense([1], [1, 1]), undefined, sizes));
    }
  });
});
