import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  GraphBuilder,
  Weight,
  makeContext,
  optimize,
  parseRecipe,
  passesOf,
  printGraph,
  recipeOf,
  runPass,
  stringifyRecipe,
  toArtifacts,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, maxDifference, nets } from '@tfjs-optimize/testing';
import { fusionPasses, inference, ruleByName, rulePass, rules, type QuantizedWeights } from '../src/index.js';
import {
  addAffine,
  addLinear,
  affine,
  inputShape,
  linear,
  outputChannels,
  randoms,
  rankOf,
} from './support/arbitraries.js';
import { useBackend } from './support/backend.js';
import { opsOf } from './support/check.js';
import { execute } from './support/execute.js';
import { Pair } from './support/pair.js';
import { roundingBounds } from './support/sensitivity.js';
import { expectSameSums } from './support/tolerance.js';

async function fused(model: Model, options: { quantizedWeights?: QuantizedWeights } = {}): Promise<Model> {
  return (await runPass(inference(options), model, makeContext())).model;
}

/** The same model with its kernel stored in eight bits. */
function withStoredKernel(model: Model, name: string): Model {
  const { shape, size } = model.weights.need(name);
  const bytes = Uint8Array.from(randoms(size, 5), (value) => 128 + 60 * value);
  const encoding = { kind: 'affine', dtype: 'uint8', scale: 1 / 64, min: -2 } as const;
  const stored = Weight.stored('float32', shape, encoding, bytes);
  return model.with({ weights: model.weights.with(new Map([[name, stored]])) });
}

describe('inference', () => {
  before(() => useBackend('cpu'));

  it('leaves of a residual network nothing but fused ops and what joins them', async () => {
    const net = nets.residual({ seed: 1 });
    const model = traceLayersModel(net);
    const next = await fused(model);
    const ops = opsOf(next).filter((op) => !['Shape', 'StridedSlice', 'Pack'].includes(op));
    expect(ops).to.deep.equal([
      '_FusedConv2D',
      'FusedDepthwiseConv2dNative',
      '_FusedConv2D',
      'AddV2',
      'Conv2DBackpropInput',
      'BiasAdd',
      'Relu',
      'Mean',
      '_FusedMatMul',
      '_FusedMatMul',
      'Softmax',
    ]);
    const x = tf.randomNormal([2, 16, 16, 3], 0, 1, 'float32', 4);
    const [bound] = await roundingBounds(model, [x]);
    const [actual] = next.run(x) as [tf.Tensor];
    const expected = net.predict(x) as tf.Tensor;
    expect(maxDifference(actual.dataSync(), expected.dataSync())).to.be.at.most(bound as number);
    tf.dispose([x, actual, expected]);
    model.dispose();
    next.dispose();
  });

  it('fuses a network of more than 150 layers in less than a second', async () => {
    const net = nets.mobilenetV2({ seed: 1, size: 32 });
    expect(net.layers.length).to.be.greaterThan(150);
    const model = traceLayersModel(net);
    const times: number[] = [];
    for (let run = 0; run < 3; run++) {
      const start = performance.now();
      await fused(model);
      times.push(performance.now() - start);
    }
    expect(Math.min(...times)).to.be.lessThan(1000);
  });

  it('changes nothing the second time, and the same model gives the same bytes', async () => {
    const model = traceLayersModel(nets.residual({ seed: 2 }));
    const next = await fused(model);
    expect(await fused(next)).to.equal(next);
    const again = await fused(model);
    expect(printGraph(again.graph, { weights: again.weights })).to.equal(
      printGraph(next.graph, { weights: next.weights }),
    );
    expect(toArtifacts(again)).to.deep.equal(toArtifacts(next));
  });

  it('keeps names of outputs and inputs', async () => {
    const b = new GraphBuilder();
    const kernel = b.constant('w', randoms(6, 1), [2, 3]);
    const product = b.op('MatMul', [b.input('in', [-1, 2]), kernel], {
      transpose_a: false,
      transpose_b: false,
    });
    b.output(b.op('Relu', [b.op('AddV2', [product, b.constant('b', randoms(3, 2))])], {}, 'out'));
    const next = await fused(b.build());
    expect(next.graph.outputs).to.deep.equal(['out']);
    expect(next.graph.need('out').op).to.equal('_FusedMatMul');
  });

  it('keeps unknown ops and what feeds them', async () => {
    const b = new GraphBuilder();
    b.output(b.op('MyOp', [b.op('MyOther', [b.input('x', [-1])], { level: 3 })], {}, 'y'));
    const model = b.build();
    expect(await fused(model)).to.equal(model);
  });

  it('notes what it did and what it declined', async () => {
    const b = new GraphBuilder();
    const conv = { padding: 'SAME', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], data_format: 'NHWC' };
    const shifted = b.op(
      'AddV2',
      [b.op('Relu', [b.input('x', [-1, 4, 4, 2])]), b.constant('t', [1, 2])],
      {},
      'shift',
    );
    b.output(b.op('Conv2D', [shifted, b.constant('w', randoms(54, 1), [3, 3, 2, 3])], conv, 'y'));
    const { notes } = await runPass(inference(), b.build(), makeContext());
    expect(notes.map(({ kind, message }) => `${kind} ${message}`)).to.deep.equal([
      'declined fold-before at y (Conv2D): pads with zeros, which the shift of shift does not reach',
    ]);
  });

  it('stops when asked to', async () => {
    const model = traceLayersModel(nets.lenet({ seed: 1 }));
    await expectCode('aborted', () =>
      runPass(inference(), model, makeContext({ signal: AbortSignal.abort() })),
    );
  });
});

describe('kernels stored in few bits', () => {
  for (const backend of ['cpu', 'wasm'] as const) {
    for (const quantizedWeights of ['keep', 'expand'] as const) {
      it(`${quantizedWeights} is exact on ${backend}, within 2·γ(n)·Σ|w||x|`, async () => {
        await useBackend(backend);
        await fc.assert(
          fc.asyncProperty(
            linear('conv2d', 'depthwise', 'matmul', 'transposed'),
            affine(),
            affine('mul', 'neg', 'div'),
            async (spec, form, front) => {
              fc.pre(spec.kind !== 'matmul' || !form.form.startsWith('Fused'));
              const pair = new Pair();
              const shape = inputShape(spec);
              const x = addAffine(pair, pair.input('x', shape), spec.inputs, rankOf(spec), front);
              const y = addAffine(pair, addLinear(pair, x, spec), outputChannels(spec), rankOf(spec), form);
              const { real, size } = pair.models(y);
              const stored = withStoredKernel(real, 'linear/kernel');
              const kernel = stored.weights.need('linear/kernel');
              const next = await fused(stored, { quantizedWeights });
              const same = [...next.weights].some(([, weight]) => weight.bytes === kernel.bytes);
              // Up to 256 bytes, constants are folded whatever they are made of.
              if (quantizedWeights === 'expand' || kernel.size > 64) {
                expect(same, 'the stored bytes are there').to.equal(quantizedWeights === 'keep');
              }
              const magnitudeKernel = Weight.of(Float32Array.from(kernel.numbers(), Math.abs), kernel.shape);
              const sizes = size.with({
                weights: size.weights.with(new Map([['linear/kernel', magnitudeKernel]])),
              });
              const input = tf.tensor(
                randoms(
                  shape.reduce((a, b) => a * b, 1),
                  spec.seed,
                ),
                shape,
              );
              const magnitude = tf.abs(input);
              const [actual, expected, magnitudes] = [
                await execute(next, [input]),
                await execute(stored, [input]),
                await execute(sizes, [magnitude]),
              ];
              tf.dispose([input, magnitude]);
              expectSameSums(actual, expected, magnitudes, pair.terms);
            },
          ),
          { numRuns: 40 },
        );
        await useBackend('cpu');
      });
    }
  }

  it('multiplies them by one vector however much is folded behind them', async () => {
    const b = new GraphBuilder();
    const kernel = b.constant('k/kernel', new Float32Array(80), [8, 10]);
    let y = b.op('MatMul', [b.input('x', [-1, 8]), kernel], { transpose_a: false, transpose_b: false });
    for (const seed of [1, 2, 3]) y = b.op('Mul', [y, b.constant(`s${seed}`, randoms(10, seed))]);
    const next = await fused(withStoredKernel(b.output(y).build(), 'k/kernel'));
    expect(opsOf(next)).to.deep.equal(['Mul', 'MatMul']);
    expect([...next.weights.names()].sort()).to.deep.equal(['k/kernel', 'k/kernel/scale']);
  });
});

describe('single rules by name', () => {
  it('each rule has a unique kebab-case name, an identity, and a pass of its own', () => {
    const made = Object.values(rules).map((make) => make());
    expect(new Set(made.map(({ name }) => name)).size).to.equal(made.length);
    for (const rule of made) {
      expect(rule.name).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(rule.identity).to.contain('=');
      expect(ruleByName(rule.name).name).to.equal(rule.name);
      expect(Object.keys(fusionPasses)).to.include(`fusion/${rule.name}`);
    }
  });

  it('a wrong name is refused with the nearest one', async () => {
    const error = await expectCode('argument/invalid', () => ruleByName('fold-batchnorm'));
    expect(error.message).to.contain("Did you mean 'fold-batch-norm'?");
  });

  it('passes go through recipes and replay to the same bytes', async () => {
    const model = traceLayersModel(nets.residual({ seed: 3 }));
    const passes = [rulePass('fold-batch-norm'), inference({ quantizedWeights: 'expand' })];
    const recipe = parseRecipe(stringifyRecipe(recipeOf(passes, 5)));
    const replayed = passesOf(recipe, fusionPasses);
    const [first, second] = [await optimize(model, passes), await optimize(model, replayed)];
    expect(toArtifacts(second.model)).to.deep.equal(toArtifacts(first.model));
  });

  it('every pass runs alone on a network and is told by its name', async () => {
    const model = traceLayersModel(nets.residual({ seed: 4 }));
    for (const [name, make] of Object.entries(fusionPasses)) {
      const pass = make({}, () => []);
      expect(pass.name).to.equal(name);
      await runPass(pass, model, makeContext());
    }
  });

  it('refuses options that no pass has', async () => {
    const recipe = parseRecipe({
      version: 1,
      seed: 0,
      passes: [{ name: 'fusion/inference', options: { fast: true } }],
    });
    await expectCode('recipe/schema', () => passesOf(recipe, fusionPasses));
  });
});
