import {
  optimize,
  parseRecipe,
  recipeOf,
  stringifyRecipe,
  traceLayersModel,
  traceFunction,
  Weight,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  l1Unstructured,
  masksFact,
  pruningPasses,
  sparsity,
  wanda,
  wandaPass,
  wandaScores,
  type Amount,
  type WandaOptions,
} from '../src/index.js';

/** A dense layer of four inputs and two outputs, [in, out]. */
const KERNEL = [
  [1, -2],
  [3, 1],
  [-2, 4],
  [5, 0.5],
];
/** Columns of L2 norms 5, 2, 1 and 0. */
const INPUTS = [
  [3, 2, 0, 0],
  [-4, 0, 1, 0],
];

function dense(kernel = KERNEL): Model<'float'> {
  const layers = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [4], name: 'dense', useBias: false })],
  });
  tf.tidy(() => layers.setWeights([tf.tensor2d(kernel)]));
  const model = traceLayersModel(layers);
  layers.dispose();
  return model;
}

const numbersOf = (model: Model, name: string): number[] => [...model.weights.need(name).numbers()];
const DATA = { inputs: { values: Float32Array.from(INPUTS.flat()), shape: [2, 4] } };

describe('wanda', function () {
  this.timeout(30_000);
  before(() => tf.setBackend('cpu'));

  it('prunes the least |w| · ‖x‖ of each output, computed by hand', async () => {
    // Scores: [5, 10], [6, 2], [2, 4], [0, 0]. Of the first output the last two go, of the second the second and last.
    const given = dense();
    const { model, masks, sparsity: found } = await wanda(given, 0.5, { data: DATA });
    expect(numbersOf(model, 'dense/kernel')).to.deep.equal([1, -2, 3, 0, 0, 4, 0, 0]);
    expect([...(masks.get('dense/kernel')?.kept ?? [])]).to.deep.equal([1, 1, 1, 0, 0, 1, 0, 0]);
    expect(masksFact.check(model, model.facts.need(masksFact))).to.deep.equal([]);
    expect(found).to.include({ zeros: 4, pruned: 4 });
    expect(numbersOf(given, 'dense/kernel')).to.deep.equal(KERNEL.flat());
    const one = await wanda(given, { count: 1 }, { data: DATA });
    expect(numbersOf(one.model, 'dense/kernel')).to.deep.equal([1, -2, 3, 1, -2, 4, 0, 0]);
    const two = await wanda(one.model, { count: 1 }, { data: DATA });
    expect(numbersOf(two.model, 'dense/kernel'), 'stacked').to.deep.equal([1, -2, 3, 0, 0, 4, 0, 0]);
  });

  it('takes a layers model, with its sizes and the masks of its layers', async () => {
    const layers = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [4], name: 'dense', useBias: false })],
    });
    tf.tidy(() => layers.setWeights([tf.tensor2d(KERNEL)]));
    l1Unstructured(layers.getLayer('dense'), { count: 1 });
    const inputShapes = { [layers.inputNames[0] as string]: [null, 4] };
    const { model } = await wanda(layers, { count: 1 }, { data: DATA, inputShapes });
    // The last weight was pruned before; then the last of the first output goes, and the second of the second.
    expect(numbersOf(model, 'dense/kernel')).to.deep.equal([1, -2, 3, 0, -2, 4, 0, 0]);
    layers.dispose();
  });

  it('keeps n of m along input channels by the same scores', async () => {
    const { model } = await wanda(dense(), '1:2', { data: DATA });
    expect(numbersOf(model, 'dense/kernel')).to.deep.equal([0, -2, 3, 0, -2, 4, 0, 0]);
    const { model: same } = await wanda(dense(), { keep: 1, of: 2 }, { data: DATA });
    expect(numbersOf(same, 'dense/kernel')).to.deep.equal([0, -2, 3, 0, -2, 4, 0, 0]);
  });

  it('adds up batches, and takes what training takes, a tensor, and as many examples as it is told', async () => {
    await expectNoLeak(async () => {
      const tensor = tf.tensor2d(INPUTS);
      const expected = [1, -2, 3, 0, 0, 4, 0, 0];
      for (const options of [
        { data: tensor },
        { data: { inputs: tensor, labels: tf.keep(tensor) }, batchSize: 1 },
        {
          data: function* () {
            yield { inputs: tf.tensor2d(INPUTS) };
          },
          seed: 4,
        },
        {
          data: function* () {
            for (const row of INPUTS) yield { inputs: tf.tensor2d([row]) };
          },
        },
      ] as readonly WandaOptions[]) {
        const { model } = await wanda(dense(), 0.5, options);
        expect(numbersOf(model, 'dense/kernel')).to.deep.equal(expected);
      }
      // Of the first example alone the norms are 3, 2, 0 and 0.
      const first = function* () {
        for (const row of INPUTS) yield { inputs: tf.tensor2d([row]) };
      };
      const seen: string[] = [];
      const progress = ({ done }: { done?: number }): void => void seen.push(String(done));
      const { model } = await wanda(dense(), { count: 2 }, { data: first, limit: 1, progress });
      expect(numbersOf(model, 'dense/kernel')).to.deep.equal([1, -2, 3, 1, 0, 0, 0, 0]);
      expect(seen).to.deep.equal(['1']);
      tensor.dispose();
    });
  });

  it('takes for a convolution the norm of an input channel over examples and positions', async () => {
    const layers = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 2], name: 'conv', useBias: false }),
        tf.layers.depthwiseConv2d({ kernelSize: 2, name: 'depthwise' }),
      ],
    });
    nets.seedWeights(layers, 2);
    const model = traceLayersModel(layers);
    layers.dispose();
    // The first channel is 1 everywhere, the second 0.1: norms are as 10 to 1.
    const data = {
      values: Float32Array.from({ length: 36 }, (_, i) => (i % 2 === 0 ? 1 : 0.1)),
      shape: [2, 3, 3, 2],
    };
    const { model: pruned, notes, masks } = await wanda(model, 0.5, { data: { inputs: data } });
    const kernel = numbersOf(model, 'conv/kernel');
    const scores = kernel.map((value, i) => Math.abs(value) * (Math.floor(i / 2) % 2 === 0 ? 10 : 1));
    for (const output of [0, 1]) {
      const own = scores.flatMap((score, i) => (i % 2 === output ? [{ score, i }] : []));
      own.sort((a, b) => a.score - b.score);
      own.forEach(({ i }, rank) => {
        expect(numbersOf(pruned, 'conv/kernel')[i], `${output}, ${rank}`).to.equal(rank < 4 ? 0 : kernel[i]);
      });
    }
    expect([...masks.keys()]).to.deep.equal(['conv/kernel']);
    expect(notes.map(({ message }) => message).join()).to.include(
      "weight 'depthwise/depthwise_kernel' stays whole: none of its axes is known to count input channels alone",
    );
  });

  it('adds up what several nodes see of a kernel, where they all sum along the same axis of it', async () => {
    const kernel = tf.tensor2d([
      [1, 1],
      [1.2, 3],
    ]);
    const trace = (again: (first: tf.Tensor2D) => tf.Tensor): Model<'float'> =>
      traceFunction((x) => again(tf.matMul(x as tf.Tensor2D, kernel)), [{ shape: [null, 2] }]);
    const same = trace((first) => tf.matMul(kernel, first, true, true));
    const other = trace((first) => tf.matMul(first, kernel, false, true));
    kernel.dispose();
    const [name = ''] = [...same.weights.names()];
    // Columns of x have the norms 3 and 0, those of its product 3 and 3: together √18 and 3. Scores: [√18, √18], [3.6, 9].
    const data = { inputs: { values: Float32Array.of(3, 0, 0, 0), shape: [2, 2] } };
    const { model } = await wanda(same, { count: 1 }, { data });
    expect(numbersOf(model, name)).to.deep.equal([1, 0, 0, 3]);
    const { masks, notes } = await wanda(other, { count: 1 }, { data });
    expect(masks.size).to.equal(0);
    expect(notes[0]?.message).to.include('sum along different axes of it');
  });

  it('is a pass for recipes, with data by name', async () => {
    const recipe = parseRecipe(stringifyRecipe(recipeOf([wandaPass({ amount: 0.5, data: 'examples' })], 3)));
    const run = () => optimize(dense(), recipe, { factories: pruningPasses, inputs: { examples: DATA } });
    const { model } = await run();
    expect(numbersOf(model, 'dense/kernel')).to.deep.equal([1, -2, 3, 0, 0, 4, 0, 0]);
    expect(sparsity(model).pruned).to.equal(4);
    const pass = wandaPass({ amount: '2:4' });
    expect(pass.asks).to.deep.equal(['data']);
    expect(pass.narrow?.candidates(dense())).to.deep.equal(['dense']);
    await expectCode('context/missing', () => optimize(dense(), pass));
  });

  it('refuses bad input before any work, and tells', async () => {
    const model = dense();
    const bad = (amount: unknown, options: object = {}): Promise<unknown> =>
      wanda(model, amount as Amount, { data: DATA, ...options });
    await expectCode('pruning/amount', () => bad(1));
    await expectCode('pruning/amount', () => bad('4:2'));
    await expectCode('pruning/amount', () => bad({ keep: 1 }));
    const many = await expectCode('pruning/amount', () => bad(5));
    expect(many.message).to.include("'dense/kernel'").and.include('at most the 4 weights that are left');
    await expectCode('argument/invalid', () => bad(0.5, { data: undefined }));
    await expectCode('argument/invalid', () => bad(0.5, { batchsize: 4 }));
    await expectCode('argument/invalid', () => bad(0.5, { limit: 0 }));
    await expectCode('pruning/data', () => bad(0.5, { data: { inputs: 'images' } }));
    await expectCode('pruning/data', () => bad(0.5, { data: () => [] }));
    await expectCode('model/input', () =>
      bad(0.5, { data: { inputs: { values: new Float32Array(6), shape: [2, 3] } } }),
    );
    const nan = { inputs: { values: Float32Array.of(1, NaN, 1, 1), shape: [1, 4] } };
    await expectCode('pruning/data', () => bad(0.5, { data: nan }));
    await expectCode('aborted', () => bad(0.5, { signal: AbortSignal.abort() }));
    await expectCode('pruning/layer', () => bad(0.5, { layers: ['dens'] }));
    await expectCode('argument/invalid', () => wandaPass({ amount: 0.5, date: 'x' } as never));
    await expectCode('pruning/amount', () => wandaPass({ amount: 2.5 }));
    await expectCode('argument/invalid', () =>
      wanda(Weight.of(new Float32Array(4), [2, 2]) as never, 0.5, { data: DATA }),
    );
    await expectCode('pruning/data', () => wandaScores(new Float32Array(4), [2, 2], [1]));
  });
});
