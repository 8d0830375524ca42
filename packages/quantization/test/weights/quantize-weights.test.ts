import * as tf from '@tensorflow/tfjs';
import {
  GraphBuilder,
  guard,
  makeContext,
  optimize,
  parseRecipe,
  passesOf,
  Random,
  saveModel,
  stringifyRecipe,
  type Weight,
  type Model,
  type Shape,
} from '@tfjs-optimize/core';
import {
  quantizeWeights,
  quantizeWeightsPass,
  WEIGHT_SCHEMES,
  quantizationPasses,
  type QuantizeWeightsOptions,
} from '@tfjs-optimize/quantization';
import { expectCode, runStock, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';

const random = Random.of(5);
const normal = (count: number, size = 1): Float32Array =>
  Float32Array.from({ length: count }, () => size * random.normal());

/** Two dense layers, [20] → [24] → [20], and a bias. */
function twoLayers(first = normal(480), second = normal(480)): Model<'float'> {
  const graph = new GraphBuilder();
  const x = graph.input('x', [-1, 20]);
  const a = graph.constant('first/kernel', first, [20, 24]);
  const hidden = graph.op('MatMul', [x, a], {}, 'first/MatMul');
  const b = graph.constant('second/kernel', second, [24, 20]);
  const product = graph.op('MatMul', [hidden, b], {}, 'second/MatMul');
  const bias = graph.constant('second/bias', normal(20), [20]);
  graph.output(graph.op('AddV2', [product, bias], {}, 'second/Add'), 'y');
  return graph.build();
}

/** A model in which one op reads a weight of this shape, as its second input. */
function reading(op: string, shape: Shape, attrs: Record<string, boolean> = {}): Model<'float'> {
  const graph = new GraphBuilder();
  const x = graph.input('x', [-1, 4]);
  const kernel = graph.constant('kernel', normal(shape.reduce((a, b) => a * b, 1)), shape);
  const inputs = op.startsWith('Gather') ? [kernel, x] : [x, kernel];
  graph.output(graph.op(op, inputs, attrs, 'node'), 'y');
  return graph.build();
}

async function encodingOf(
  model: Model,
  options: Partial<QuantizeWeightsOptions> = {},
  name = 'kernel',
): Promise<Weight['encoding']> {
  const result = await quantizeWeights(model, { scheme: 'int8', leastElements: 1, ...options });
  return result.model.weights.need(name).encoding;
}

describe('quantizeWeights', () => {
  it('counts channels of int8 as the op does that reads them', async () => {
    const cases: readonly [
      op: string,
      shape: Shape,
      axis: number,
      count: number,
      attrs?: Record<string, boolean>,
    ][] = [
      ['Conv2D', [3, 3, 8, 16], 3, 16],
      ['_FusedConv2D', [3, 3, 8, 16], 3, 16],
      ['DepthwiseConv2dNative', [3, 3, 8, 1], 2, 8],
      ['DepthwiseConv2dNative', [3, 3, 8, 2], 2, 16],
      ['FusedDepthwiseConv2dNative', [3, 3, 8, 2], 2, 16],
      ['Conv2DBackpropInput', [3, 3, 8, 16], 2, 8],
      ['MatMul', [30, 20], 1, 20],
      ['MatMul', [30, 20], 0, 30, { transpose_b: true }],
      ['_FusedMatMul', [30, 20], 1, 20],
      ['BatchMatMulV2', [4, 30, 20], 2, 20],
      ['BatchMatMulV2', [4, 30, 20], 1, 30, { adj_y: true }],
      ['GatherV2', [100, 16], 0, 100],
      ['AddV2', [100, 16], 1, 16],
    ];
    for (const [op, shape, axis, count, attrs] of cases) {
      const encoding = await encodingOf(reading(op, shape, attrs));
      const found = encoding.kind === 'channels' ? [encoding.axis, encoding.scales.length] : encoding;
      expect(found, `${op} [${shape.join()}]`).to.deep.equal([axis, count]);
    }
  });

  it('keeps int8 within half a step of max|w| / 127 of its channel, and zeros zeros', async () => {
    const values = normal(480);
    values.forEach((_, i) => {
      if (i % 24 === 3) values[i] = 0;
      if (i % 24 === 5) values[i] = (values[i] as number) * 1e-30;
      if (i % 7 === 0) values[i] = 0;
    });
    const { model } = await quantizeWeights(twoLayers(values), { scheme: 'int8' });
    const weight = model.weights.need('first/kernel');
    const decoded = weight.numbers();
    for (let channel = 0; channel < 24; channel++) {
      const own = values.filter((_, i) => i % 24 === channel);
      const step = Math.max(...own.map(Math.abs)) / 127;
      own.forEach((value, row) => {
        const is = decoded[24 * row + channel] as number;
        // Scale and product are rounded to float32: two times 2^-24 of at most 127 steps.
        expect(Math.abs(is - value)).to.be.at.most(step * (0.5 + 127 * 2 ** -23));
        if (value === 0) expect(is).to.equal(0);
      });
    }
  });

  for (const [scheme, most] of [
    ['uint8', 255],
    ['uint16', 65535],
  ] as const) {
    it(`keeps ${scheme} within half a step of (max - min) / ${most}, zeros zeros, and constants exact`, async () => {
      const kinds: Readonly<Record<string, Float32Array>> = {
        around: normal(480).map((value, i) => (i % 7 === 0 ? 0 : value)),
        positive: normal(480).map((value, i) => (i % 7 === 0 ? 0 : Math.abs(value))),
        above: normal(480).map((value) => 5 + Math.abs(value)),
        negative: normal(480).map((value) => -Math.abs(value)),
        constant: new Float32Array(480).fill(0.3),
        zeros: new Float32Array(480),
      };
      for (const [kind, values] of Object.entries(kinds)) {
        const { model } = await quantizeWeights(twoLayers(values), { scheme });
        const weight = model.weights.need('first/kernel');
        expect(weight.encoding.kind).to.equal('affine');
        const [min, max] = [Math.min(...values), Math.max(...values)];
        const half = (max - min) / most / 2;
        weight.numbers().forEach((is, i) => {
          const value = values[i] as number;
          // Rounded to float32 once.
          const slack = 2 ** -23 * Math.max(Math.abs(min), Math.abs(max));
          expect(Math.abs(is - value), kind).to.be.at.most(half === 0 ? 0 : half + slack);
          if (value === 0) expect(is, kind).to.equal(0);
        });
      }
    });
  }

  it('leaves weights as they are that a scheme has no room for, with a warning that names them', async () => {
    const large = normal(480);
    large[7] = 65520;
    const masked = normal(480);
    masked[0] = -Infinity;
    const cases: readonly [QuantizeWeightsOptions['scheme'], Float32Array, string | undefined][] = [
      ['float16', large, '65520 is too large for float16'],
      ['bfloat16', large, undefined],
      [
        'bfloat16',
        Float32Array.from(large, () => 3.4e38),
        '3.3999999521443642e+38 is too large for bfloat16',
      ],
      ['float16', masked, undefined],
      ['uint8', masked, 'it holds infinite values'],
      ['int8', masked, 'it holds infinite values'],
    ];
    for (const [scheme, values, why] of cases) {
      const { model, notes, text } = await quantizeWeights(twoLayers(values), { scheme });
      const warnings = notes.filter(({ level }) => level === 'warning');
      if (why === undefined) expect(warnings).to.deep.equal([]);
      else {
        expect(warnings.map(({ subject }) => subject)).to.deep.equal(['first/kernel']);
        expect(warnings[0]?.message).to.contain(why);
        expect(text()).to.contain(`warning: weight 'first/kernel' stays float32: ${why}`);
        expect(model.weights.need('first/kernel').encoding.kind).to.equal('plain');
      }
      expect(model.weights.need('second/kernel').encoding.kind).not.to.equal('plain');
    }
  });

  it('refuses NaN, integer models, unknown schemes and names, telling the nearest', async () => {
    const spoilt = normal(480);
    spoilt[11] = NaN;
    const error = await expectCode('quantization/weight', () =>
      quantizeWeights(twoLayers(spoilt), { scheme: 'int8' }),
    );
    expect(error.message).to.contain("'first/kernel'").and.to.contain('NaN at element 11');
    await quantizeWeights(twoLayers(spoilt), { scheme: 'int8', exclude: ['first'] });
    const integer = twoLayers().with({ stage: 'integer' });
    await expectCode('model/stage', () => quantizeWeights(integer, { scheme: 'int8' }));
    const scheme = 'int9' as 'int8';
    expect(
      (await expectCode('quantization/scheme', () => quantizeWeights(twoLayers(), { scheme }))).message,
    ).to.contain("'int8'");
    await expectCode('argument/invalid', () =>
      quantizeWeights(twoLayers(), { scheme: 'int8', leastElements: -1 }),
    );
    await expectCode('argument/invalid', () =>
      quantizeWeights(twoLayers(), { scheme: 'int8', excludes: ['first'] } as never),
    );
    for (const names of [{ include: ['fist'] }, { exclude: ['fist'] }]) {
      const unknown = await expectCode('quantization/layer', () =>
        quantizeWeights(twoLayers(), { scheme: 'int8', ...names }),
      );
      expect(unknown.message).to.contain("the nearest is 'first'");
    }
  });

  it('takes and leaves layers by the names of layers, nodes and weights, or as a function says', async () => {
    const kinds = async (selection: Partial<QuantizeWeightsOptions>): Promise<string[]> => {
      const { model } = await quantizeWeights(twoLayers(), { scheme: 'float16', ...selection });
      return [...model.weights].filter(([, { encoding }]) => encoding.kind !== 'plain').map(([name]) => name);
    };
    const [first, second] = ['first/kernel', 'second/kernel'];
    expect(await kinds({})).to.deep.equal([first, second]);
    for (const name of ['first', 'first/MatMul', 'first/kernel']) {
      expect(await kinds({ include: [name] }), name).to.deep.equal([first]);
      expect(await kinds({ exclude: [name] }), name).to.deep.equal([second]);
    }
    expect(await kinds({ include: ['first', 'second'], exclude: ['second'] })).to.deep.equal([first]);
    expect(await kinds({ include: (_, layer) => layer === 'second' })).to.deep.equal([second]);
    expect(await kinds({ exclude: ({ op }) => op === 'MatMul' })).to.deep.equal([]);
    expect(await kinds({ leastElements: 20 })).to.deep.equal([first, second, 'second/bias']);
    expect(await kinds({ leastElements: 481 })).to.deep.equal([]);
  });

  it('leaves alone what is stored in few bits already, and gives the model itself where nothing is to do', async () => {
    const { model } = await quantizeWeights(twoLayers(), { scheme: 'float16' });
    const again = await quantizeWeights(model, { scheme: 'int8' });
    expect(again.model).to.equal(model);
    expect([again.before, again.after]).to.deep.equal([again.after, again.before]);
    expect(again.text()).to.include(
      'warning: nothing was quantized: no float32 weight of at least 256 elements',
    );
  });

  it('takes layers models and tells sizes in words', async () => {
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 40, inputShape: [40] })] });
    const result = await quantizeWeights(layers, { scheme: 'int8' });
    layers.dispose();
    expect(result.after).to.be.below(result.before);
    expect(result.text()).to.match(/files .* kB .* kB +-\d+(\.\d)? %\n1 quantized$/);
    expect(String(result)).to.equal(result.text());
  });

  it('makes models that stock TensorFlow.js runs to the same bits: all schemes but bfloat16', async function () {
    this.timeout(60_000);
    const x = [...normal(40)];
    for (const scheme of WEIGHT_SCHEMES.filter((each) => each !== 'bfloat16')) {
      await withTempFolder(async (temp) => {
        const { model } = await quantizeWeights(twoLayers(), { scheme });
        const folder = path.join(temp, 'model');
        await saveModel(model, folder);
        const { runs } = await runStock({
          model: path.join(folder, 'model.json'),
          runs: [[{ dtype: 'float32', shape: [2, 20], data: x }]],
        });
        await tf.setBackend('cpu');
        const input = tf.tensor2d(x, [2, 20]);
        const [output] = model.run(input);
        expect([...(runs[0]?.[0]?.data as Float32Array)], scheme).to.deep.equal([
          ...(output?.dataSync() as Float32Array),
        ]);
        tf.dispose([input, output]);
        model.dispose();
      });
    }
  });
});

describe('the pass quantization/weights', () => {
  it('goes through recipes', async () => {
    const options = { scheme: 'int8', exclude: ['second'] } as const;
    const model = twoLayers();
    const first = await optimize(model, quantizeWeightsPass(options));
    const recipe = parseRecipe(stringifyRecipe(first.recipe));
    const again = await optimize(model, passesOf(recipe, quantizationPasses));
    expect(again.model.weights.need('first/kernel')).to.deep.equal(first.model.weights.need('first/kernel'));
    expect(again.model.weights.need('second/kernel').encoding.kind).to.equal('plain');
    const unknown = { ...recipe, passes: [{ name: 'quantization/weights', options: { shceme: 'int8' } }] };
    expect(
      (await expectCode('argument/invalid', () => passesOf(unknown, quantizationPasses))).message,
    ).to.contain("'scheme'");
  });

  it('backs off inside guard from the layer that loses most', async () => {
    // A row of numbers of very different size loses all its small ones in uint8.
    const wide = Float32Array.from({ length: 480 }, (_, i) => (i === 0 ? 1000 : 1e-3 * ((i % 5) - 2)));
    const model = twoLayers(normal(480), wide);
    const expected = wide[8] as number;
    const evaluate = (given: Model): number =>
      -Math.abs((given.weights.need('second/kernel').numbers()[8] as number) - expected);
    const guarded = guard(quantizeWeightsPass({ scheme: 'uint8' }), { maxDrop: 1e-6 });
    const { model: kept, notes } = await guarded.run(model, makeContext({ evaluate }));
    expect(kept.weights.need('first/kernel').encoding.kind).to.equal('affine');
    expect(kept.weights.need('second/kernel').encoding.kind).to.equal('plain');
    expect(notes.map(({ message }) => message).join('\n')).to.contain('left out second');
  });

  it('refuses integer models and unknown names by their codes', async () => {
    const pass = quantizeWeightsPass({ scheme: 'int8', include: ['fist'] });
    await expectCode('quantization/layer', () => optimize(twoLayers(), pass));
    await expectCode('model/stage', () => optimize(twoLayers().with({ stage: 'integer' }), pass));
  });
});
