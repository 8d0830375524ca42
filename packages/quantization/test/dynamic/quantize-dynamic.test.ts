import {
  GraphBuilder,
  guard,
  loadModel,
  makeContext,
  optimize,
  Random,
  runPass,
  type JsonObject,
  type Model,
} from '@tfjs-optimize/core';
import {
  dynamicPass,
  quantizationPasses,
  quantizeDynamic,
  type DynamicOptions,
} from '@tfjs-optimize/quantization';
import { opName, packed } from '@tfjs-optimize/runtime';
import { expectCode, expectNoLeak, nets, withTempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { activations, lastAxis, run } from './exact.js';

const MATMUL = opName('DynamicMatMul');
const messages = (notes: readonly { readonly message: string }[]): string =>
  notes.map(({ message }) => message).join('\n');

/** Three products, the first two by one weight. */
function shared(tied: boolean): Model<'float'> {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 16]);
  const w = b.constant('w', lastAxis([16, 16]), [16, 16]);
  const first = b.op('MatMul', [x, w], {}, 'first');
  const second = b.op('MatMul', [first, w], {}, 'second');
  const third = b.op('MatMul', [second, w], { transpose_b: true }, 'third');
  const out = tied ? b.op('AddV2', [third, b.op('Mul', [w, b.constant('half', 0.5)])], {}, 'out') : third;
  return b.output(out).build();
}

describe('quantizeDynamic', () => {
  const layers = (): tf.LayersModel => nets.lenet({ seed: 3 });

  it('takes a layers model, gives an integer one, and tells sizes before and after as bytes of all files', async () => {
    const result = await quantizeDynamic(layers(), { ops: ['MatMul', 'Conv2D'] });
    expect(result.model.stage).to.equal('integer');
    await withTempFolder(async (folder) => {
      const { bytes } = await result.model.save(`${folder}/quantized`);
      expect(result.after).to.equal(bytes);
    });
    expect(result.after / result.before).to.be.below(0.3);
    expect(result.text()).to.match(/files +\d.* kB +\d.* kB +-7\d/);
    expect(String(result)).to.include('3 quantized, 1 left as they were');
    // The first convolution has 150 elements, the last product 840.
    expect(messages(result.notes)).to.include('fewer than 1024 elements');
    expect(messages(result.notes)).to.match(/'conv_1\/.*' multiplies whole numbers \(DynamicConv2D\)/);
  });

  it('answers as the float model does, within a hundredth of the largest output', async () => {
    const model = await loadModel(layers());
    const x = tf.randomUniform([4, 28, 28, 1], 0, 1, 'float32', 5).dataSync() as Float32Array;
    const exact = run(model, x, [4, 28, 28, 1]);
    const largest = Math.max(...exact.map(Math.abs));
    for (const mode of ['row', 'tensor'] as const) {
      for (const activation of ['uint8', 'int8', 'uint7', 'int16'] as const) {
        const { model: quantized } = await quantizeDynamic(model, { mode, activation });
        const found = run(quantized, x, [4, 28, 28, 1]);
        // 7 bits have steps of twice the size.
        const share = activation === 'uint7' ? 0.02 : 0.01;
        found.forEach((value, i) => expect(value).to.be.closeTo(exact[i] as number, share * largest));
        // What cannot fail shows nothing: something did change.
        expect(found).not.to.deep.equal(exact);
      }
    }
  });

  it('leaves the rounding of weights alone with int16: within its steps of float products with rounded weights', async () => {
    const b = new GraphBuilder();
    const [k, n] = [300, 7];
    const random = Random.of(11);
    const w = Float32Array.from({ length: k * n }, () => random.normal());
    const product = b.op('MatMul', [b.input('x', [-1, k]), b.constant('w', w, [k, n])], {}, 'product');
    const model = b.output(product).build();
    const x = Float32Array.from({ length: 2 * k }, () => random.normal());
    const largest = Math.max(...x.map(Math.abs));
    for (const [activation, steps] of [
      ['int8', 127],
      ['int16', 32767],
    ] as const) {
      const { model: quantized } = await quantizeDynamic(model, { activation, mode: 'tensor' });
      const rounded = quantized.weights.need('w').numbers();
      const scales = quantized.weights.need('w/scale').numbers();
      const found = run(quantized, x, [2, k]);
      let worst = 0;
      found.forEach((value, at) => {
        const [row, column] = [Math.floor(at / n), at % n];
        let [exact, sizes] = [0, 0];
        for (let i = 0; i < k; i++) {
          const weight = (rounded[i * n + column] as number) * (scales[column] as number);
          exact += (x[row * k + i] as number) * weight;
          sizes += Math.abs(weight);
        }
        // Half a step of each activation, and float32 where the sum is scaled back (sum, factor and product).
        const bound = (largest / steps / 2) * sizes + 3 * 2 ** -24 * Math.abs(exact);
        expect(Math.abs(value - exact)).to.be.at.most(1.0001 * bound);
        worst = Math.max(worst, Math.abs(value - exact) / sizes);
      });
      // What int8 is off by, int16 could not be: the test tells them apart.
      if (activation === 'int8') expect(worst).to.be.above(largest / 32767);
    }
  });

  it('gives an example the same answer in any batch, bit for bit, by rows', async () => {
    const { model } = await quantizeDynamic(layers());
    const x = tf.randomUniform([3, 28, 28, 1], 0, 1, 'float32', 6).dataSync() as Float32Array;
    x.subarray(784).forEach((value, i, rest) => (rest[i] = 50 * value));
    const batch = run(model, x, [3, 28, 28, 1]);
    const alone = run(model, x.subarray(0, 784), [1, 28, 28, 1]);
    expect(batch.slice(0, 10)).to.deep.equal(alone);
  });

  it('survives its file: the same bits from loadModel and from packed(), with weights as bytes or numbers', async () => {
    const { model } = await quantizeDynamic(layers(), { mode: 'tensor', activation: 'int16' });
    const x = activations([2, 28, 28, 1], 28);
    const exact = run(model, x, [2, 28, 28, 1]);
    await withTempFolder(async (folder) => {
      await model.save(`${folder}/model`);
      const loaded = await loadModel(`${folder}/model`);
      expect(loaded.stage).to.equal('integer');
      expect(run(loaded, x, [2, 28, 28, 1])).to.deep.equal(exact);
      for (const weights of ['bytes', 'int32'] as const) {
        const graph = await tf.loadGraphModel(packed(`${folder}/model/`, { weights }));
        const found = tf.tidy(() => (graph.predict(tf.tensor(x, [2, 28, 28, 1])) as tf.Tensor).dataSync());
        expect([...found]).to.deep.equal(exact);
        graph.dispose();
      }
    });
  });

  it('quantizes a weight that several products share once for each way it lies', async () => {
    const { model } = await quantizeDynamic(shared(false), { leastElements: 0 });
    const constants = [...model.weights].map(
      ([name, { encoding, shape }]) => `${name} ${encoding.kind} [${shape.join()}]`,
    );
    expect(constants.sort()).to.deep.equal([
      'w int8 [16,16]',
      'w/scale plain [16]',
      'w/scale_1 plain [16]',
      'w_1 int8 [16,16]',
    ]);
    expect(model.graph.need('first').inputs.slice(1)).to.deep.equal(
      model.graph.need('second').inputs.slice(1),
    );
  });

  it('leaves products alone whose weight is read as floats, too, unless they are named', async () => {
    const plain = await quantizeDynamic(shared(true), { leastElements: 0 });
    expect(plain.model.stage).to.equal('float');
    expect(messages(plain.notes)).to.include('has a weight that is read as floats, too');
    const named = await quantizeDynamic(shared(true), { leastElements: 0, include: ['second'] });
    expect(named.model.graph.need('second').op).to.equal(MATMUL);
    expect(named.model.graph.need('first').op).to.equal('MatMul');
    expect(named.model.weights.need('w').dtype).to.equal('float32');
  });

  it('takes names and functions to choose by', async () => {
    const ops = async (options: DynamicOptions): Promise<string[]> => {
      const { model } = await quantizeDynamic(layers(), options);
      return [...model.graph]
        .filter(({ op }) => op === MATMUL)
        .map(({ name }) => name.split('/')[0] as string);
    };
    expect(await ops({ exclude: ['dense_0'] })).to.deep.equal(['dense_1']);
    expect(await ops({ include: ['dense_0'] })).to.deep.equal(['dense_0']);
    expect(await ops({ include: (_, layer) => layer === 'dense_1' })).to.deep.equal(['dense_1']);
    expect(await ops({ exclude: ({ op }) => op.includes('MatMul') })).to.deep.equal([]);
  });

  it('gives NaN, not a number, for examples with NaN, and leaves others as they are', async () => {
    const { model } = await quantizeDynamic(layers());
    const x = activations([2, 28, 28, 1], 28);
    const clean = run(model, x, [2, 28, 28, 1]);
    x[5] = NaN;
    const found = run(model, x, [2, 28, 28, 1]);
    expect(found.slice(0, 10).every(Number.isNaN)).to.equal(true);
    expect(found.slice(10)).to.deep.equal(clean.slice(10));
  });

  it('runs as a recipe: the same bytes again', async () => {
    const model = await loadModel(layers());
    const pass = dynamicPass({ ops: ['MatMul'], mode: 'tensor', activation: 'int16', exclude: ['dense_1'] });
    const { model: first, recipe } = await optimize(model, pass);
    expect(recipe.passes).to.deep.equal([
      {
        name: 'quantization/dynamic',
        options: { ops: ['MatMul'], mode: 'tensor', activation: 'int16', exclude: ['dense_1'] },
      },
    ]);
    const { model: second } = await optimize(model, recipe, { factories: quantizationPasses });
    expect([...second.graph]).to.deep.equal([...first.graph]);
  });

  it('backs off under guard, product by product', async () => {
    const model = await loadModel(layers());
    const counts = (one: Model): number => [...one.graph].filter(({ op }) => op === MATMUL).length;
    // As if dense_0 were the one that must stay.
    const evaluate = (one: Model): number => (one.graph.get('dense_0/FusedMatMul')?.op === MATMUL ? 0 : 1);
    const candidates = dynamicPass().narrow?.candidates(model) ?? [];
    expect(candidates).to.have.length(3);
    const guarded = guard(dynamicPass(), { maxDrop: 0 });
    const { model: kept } = await runPass(guarded, model, makeContext({ evaluate }));
    expect(counts(kept)).to.equal(1);
    expect(evaluate(kept)).to.equal(1);
  });

  it('leaves no tensors behind', async () => {
    const model = await loadModel(layers());
    await expectNoLeak(async () => {
      const { model: quantized } = await quantizeDynamic(model);
      run(quantized, new Float32Array(784), [1, 28, 28, 1]);
    });
  });

  describe('refuses, or tells that there was nothing to do', () => {
    const refusals: readonly {
      readonly what: string;
      readonly code: string;
      readonly says: string;
      readonly options: object;
    }[] = [
      {
        ...{ what: 'an op that it does not know', options: { ops: ['MatMull'] }, code: 'argument/invalid' },
        says: "quantizeDynamic: ops: expected one of MatMul, Conv2D, DepthwiseConv2dNative, BatchMatMulV2, got 'MatMull'. Did you mean 'MatMul'?",
      },
      {
        ...{ what: 'ops that are no list', options: { ops: 'MatMul' }, code: 'argument/invalid' },
        says: 'ops: expected a list of MatMul',
      },
      {
        ...{ what: 'another mode', options: { mode: 'rows' }, code: 'argument/invalid' },
        says: "mode: expected one of row, tensor, got 'rows'. Did you mean 'row'?",
      },
      {
        ...{ what: 'another activation', options: { activation: 'int4' }, code: 'argument/invalid' },
        says: 'activation: expected one of uint8, uint7, int8, int16',
      },
      {
        ...{ what: 'a size below 0', options: { leastElements: -1 }, code: 'argument/invalid' },
        says: 'leastElements: expected a number of 0 or more, got -1.',
      },
      {
        ...{ what: 'an option of another name', options: { op: ['MatMul'] }, code: 'argument/invalid' },
        says: "Did you mean 'ops'?",
      },
      {
        ...{ what: 'a layer that is not there', options: { exclude: ['dense_9'] } },
        ...{ code: 'quantization/layer', says: "the nearest is 'dense_" },
      },
    ];
    for (const { what, code, says, options } of refusals) {
      it(what, async () => {
        const error = await expectCode(code, () => quantizeDynamic(layers(), options));
        expect(error.message).to.include(says);
      });
    }

    it('an integer model, with a way out', async () => {
      const { model } = await quantizeDynamic(layers());
      const error = await expectCode('model/stage', () => quantizeDynamic(model));
      expect(error.message).to.include('Quantize the float model that it was made of');
    });

    it('a weight that is not finite, naming it', async () => {
      const b = new GraphBuilder();
      const w = lastAxis([16, 16]);
      w[20] = Infinity;
      const model = b.output(b.op('MatMul', [b.input('x', [-1, 16]), b.constant('w', w, [16, 16])])).build();
      const error = await expectCode('quantization/weight', () =>
        quantizeDynamic(model, { leastElements: 0 }),
      );
      expect(error.message).to.include('w, channel 4');
    });

    it('options of recipes that are none', async () => {
      const make = (options: JsonObject): unknown =>
        quantizationPasses['quantization/dynamic']?.(options, () => []);
      const error = await expectCode('argument/invalid', () => make({ modes: 'row' }));
      expect(error.message).to.include("Did you mean 'mode'?");
      await expectCode('argument/invalid', () => make({ exclude: [3] }));
      await expectCode('argument/invalid', () => make({ ops: ['Conv3D'] }));
    });

    for (const [what, options] of [
      ['everything left out', { exclude: ['conv_1', 'dense_0', 'dense_1'] }],
      ['no op asked for', { ops: [] }],
      ['weights all small', { leastElements: 1e6 }],
    ] as const) {
      it(`${what}: the very model given, and a note`, async () => {
        const model = await loadModel(layers());
        const result = await quantizeDynamic(model, options);
        expect(result.model).to.equal(model);
        expect(result.after).to.equal(result.before);
        expect(messages(result.notes)).to.include('nothing was quantized');
      });
    }
  });
});
