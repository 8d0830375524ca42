import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  GraphBuilder,
  modelDigest,
  optimize,
  printGraph,
  requireValid,
  toArtifacts,
  Weight,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import {
  expectCode,
  expectNoLeak,
  goldenTensor,
  maxDifference,
  needGolden,
  type GoldenFile,
} from '@tfjs-optimize/testing';
import { quantizeWeights } from '@tfjs-optimize/quantization';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import { ACTIVATIONS, type Activation } from '../../src/bert/activation.js';
import { buildBert, type BertOutput, type BuildBertOptions } from '../../src/bert/build.js';
import { inputsOf, relativeDifference, TINY, tinyState } from '../support/tiny.js';

/** What PyTorch and this may differ by, relative to the largest number, as the notes of the golden file say. */
const FLOAT32 = 1e-4;

const state = tinyState();
const OUTPUTS: readonly BertOutput[] = ['logits', 'hidden_states.1', 'last_hidden_state'];

describe('buildBert', () => {
  before(() => backend.use('cpu'));

  describe('against PyTorch', () => {
    let file: GoldenFile;
    before(function () {
      file = needGolden(this, 'a11_models');
    });
    it(`gives what transformers give, with pairs and padding, to ${FLOAT32} of the largest number`, () => {
      const model = buildBert(TINY, state, { outputs: OUTPUTS });
      const cases = file.cases.filter(({ name }) => name.startsWith('bert_tiny'));
      expect(cases.length).to.equal(2);
      for (const { inputs, outputs } of cases) {
        tf.tidy(() => {
          const [logits, first, last] = model.run(inputsOf(inputs)) as [tf.Tensor, tf.Tensor, tf.Tensor];
          const ofFirstToken = (x: tf.Tensor): ArrayLike<number> =>
            x.slice([0, 0, 0], [-1, 1, -1]).dataSync();
          expect(relativeDifference(logits.dataSync(), goldenTensor(outputs, 'logits'))).to.be.below(FLOAT32);
          const golden = goldenTensor(outputs, 'first_hidden_of_first_token');
          expect(relativeDifference(ofFirstToken(first), golden)).to.be.below(FLOAT32);
          const goldenLast = goldenTensor(outputs, 'last_hidden_of_first_token');
          expect(relativeDifference(ofFirstToken(last), goldenLast)).to.be.below(FLOAT32);
        });
      }
      model.dispose();
    });
  });

  it('does not see what stands behind padding, or how long it is', () =>
    withModel({ outputs: ['logits', 'mean', 'pooler_output'] }, (model) => {
      const short = tokens([[2, 7, 9, 3]]);
      const long = tokens([[2, 7, 9, 3, 0, 0, 0]]);
      const other = tokens([[2, 7, 9, 3, 8, 8, 8]], [[1, 1, 1, 1, 0, 0, 0]]);
      const alone = model.run(short).map((x) => Array.from(x.dataSync()));
      for (const padded of [long, other]) {
        model.run(padded).forEach((x, i) => {
          expect(maxDifference(Array.from(x.dataSync()), alone[i] as number[])).to.be.below(SUMS);
        });
      }
    }));

  it('gives each text of a batch what it gives alone', () =>
    withModel({}, (model) => {
      const [batch] = model.run(
        tokens([
          [2, 7, 9, 3],
          [2, 8, 3, 0],
        ]),
      );
      const [alone] = model.run(tokens([[2, 8, 3]]));
      expect(batch?.shape).to.deep.equal([2, 3]);
      const second = (batch as tf.Tensor).slice([1, 0], [1, 3]);
      expect(maxDifference(second.dataSync(), (alone as tf.Tensor).dataSync())).to.be.below(SUMS);
    }));

  it('takes the mean of the tokens that count, and gives it length 1', () =>
    withModel({ outputs: ['last_hidden_state', 'mean', 'sentence_embedding'] }, (model) => {
      const [hidden, mean, unit] = model.run(tokens([[2, 7, 3, 0]])) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const expected = hidden.slice([0, 0, 0], [1, 3, -1]).mean(1);
      expect(maxDifference(mean.dataSync(), expected.dataSync())).to.be.below(SUMS);
      expect(tf.norm(unit).dataSync()[0]).to.be.closeTo(1, SUMS);
      expect(maxDifference(tf.mul(unit, tf.norm(mean)).dataSync(), mean.dataSync())).to.be.below(SUMS);
    }));

  it('gives numbers for texts of which no token counts', () =>
    withModel({ outputs: ['logits', 'sentence_embedding', 'mean'] }, (model) => {
      const [logits, unit, mean] = model.run(tokens([[0, 0]])).map((x) => [...x.dataSync()]);
      expect([...(logits ?? []), ...(unit ?? [])].every(Number.isFinite)).to.equal(true);
      expect(mean?.every((value) => value === 0)).to.equal(true);
    }));

  it('stops where its outputs need no more blocks', () => {
    const whole = buildBert(TINY, state, { outputs: ['last_hidden_state'] });
    const part = buildBert(TINY, state, { outputs: ['hidden_states.0'] });
    expect([...part.graph].some(({ name }) => name.startsWith('encoder'))).to.equal(false);
    expect(part.graph.size).to.be.below(whole.graph.size / 4);
  });

  it('finds parameters under every prefix and in the older spelling', () => {
    const text = printGraph(buildBert(TINY, state).graph);
    for (const prefix of ['', 'model.', 'model.bert.', 'module.']) {
      const renamed = new Map(
        Array.from(state, ([name, weight]) => {
          const bare = name
            .replace(/^bert\./, prefix)
            .replace(/^classifier/, `${prefix.replace(/bert\.$/, '')}classifier`);
          const old = bare
            .replace('LayerNorm.weight', 'LayerNorm.gamma')
            .replace('LayerNorm.bias', 'LayerNorm.beta');
          return [old, weight] as const;
        }),
      );
      const model = buildBert(TINY, renamed);
      expect(printGraph(model.graph)).to.equal(text);
      expect(modelDigest(model)).to.equal(modelDigest(buildBert(TINY, state)));
    }
  });

  it('is a valid graph whose layer norms and activations are recognized', async () => {
    for (const hidden_act of ['gelu', 'gelu_new'] as const) {
      const model = buildBert({ ...TINY, activation: hidden_act }, state);
      requireValid(model);
      const { model: fused } = await optimize(model, [inference(), fuseNorms()]);
      const ops = [...fused.graph].map(({ op }) => op);
      const count = (ending: string): number => ops.filter((op) => op.endsWith(ending)).length;
      expect([count('LayerNorm'), count('Gelu')], ops.join()).to.deep.equal([5, 2]);
      expect(count('BiasAdd'), ops.join()).to.equal(0);
    }
  });

  it('takes every activation that it names', () => {
    const x = [-2, -0.5, 0, 3];
    const expected: Readonly<Record<Activation, (x: number) => number>> = {
      gelu: (v) => (v * (1 + erf(v / Math.SQRT2))) / 2,
      gelu_new: (v) => (v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))) / 2,
      gelu_pytorch_tanh: (v) => (v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))) / 2,
      relu: (v) => Math.max(0, v),
      silu: (v) => v / (1 + Math.exp(-v)),
      swish: (v) => v / (1 + Math.exp(-v)),
    };
    for (const [name, of] of Object.entries(expected)) {
      const b = new GraphBuilder();
      b.output(ACTIVATIONS[name as Activation](b, b.input('x', [-1]), 'act'));
      const model = b.build();
      tf.tidy(() => {
        const [y] = model.run(tf.tensor1d(x));
        expect(maxDifference((y as tf.Tensor).dataSync(), x.map(of)), name).to.be.below(SUMS);
      });
      model.dispose();
    }
  });

  it('names the tensor that is missing, with the nearest, or of another shape', async () => {
    const without = new Map(state);
    without.delete('bert.encoder.layer.1.output.dense.bias');
    const error = await expectCode('models/weight', () =>
      buildBert(TINY, without, { weightsFile: 'a.safetensors' }),
    );
    expect(error.message)
      .to.contain("a.safetensors, tensor 'encoder.layer.1.output.dense.bias': expected to be there")
      .and.to.contain("Did you mean 'encoder.layer.");
    const wide = await expectCode('models/weight', () => buildBert({ ...TINY, vocabSize: 1501 }, state));
    expect(wide.message).to.contain('expected the shape [1501,32], got [1500,32]');
    await expectCode('models/weight', () => buildBert(TINY, new Map()));
    const encoder = new Map([...state].filter(([name]) => !name.startsWith('classifier')));
    await expectCode('models/weight', () => buildBert(TINY, encoder, { outputs: ['logits'] }));
  });

  it('passes over tensors of other heads, and of places as numbers', () => {
    const one = Weight.of(new Float32Array(1), [1]);
    const more = new Map([...state, ['cls.predictions.bias', one], ['bert.embeddings.position_ids', one]]);
    expect(modelDigest(buildBert(TINY, more))).to.equal(modelDigest(buildBert(TINY, state)));
  });

  it('refuses outputs that it does not have', async () => {
    for (const outputs of [[], ['hidden_states.3'], ['logit'], ['mean', 'mean'], [3]]) {
      await expectCode('argument/invalid', () =>
        buildBert(TINY, state, { outputs: outputs as BertOutput[] }),
      );
    }
  });

  for (const name of ['cpu', 'wasm'] as const) {
    it(`refuses texts that are longer than its places, on ${name}, as it is, made fast, small and saved`, async () => {
      await backend.use(name);
      const model = buildBert(TINY, state);
      const { model: fused } = await optimize(model, [inference(), fuseNorms()]);
      const { model: small } = await quantizeWeights(fused, { scheme: 'int8' });
      const run = (each: Model, length: number): Promise<void> =>
        Promise.resolve(tf.tidy(() => void each.run(tokens([new Array<number>(length).fill(7)]))));
      for (const each of [model, fused, small]) {
        await run(each, 64);
        for (const length of [65, 66, 600]) await expectCode('model/run', () => run(each, length));
        const graph = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(each)));
        expect(() => tf.tidy(() => graph.predict(tokens([new Array<number>(65).fill(7)])))).to.throw(
          'broadcast',
        );
        graph.dispose();
        each.dispose();
      }
      await backend.use('cpu');
    });
  }

  it('holds no tensors', () =>
    expectNoLeak(() => withModel({}, (model) => void model.run(tokens([[2, 3]])))));
});

/** What sums of floats may differ by where they are taken in another order; values are about 1. */
const SUMS = 1e-5;

function withModel(options: BuildBertOptions, work: (model: Model) => void): void {
  const model = buildBert(TINY, state, options);
  tf.tidy(() => work(model));
  model.dispose();
}

/** Inputs of rows of tokens; 0 is padding unless a mask is given. */
function tokens(
  rows: number[][],
  mask = rows.map((row) => row.map((id) => Number(id !== 0))),
): Record<string, tf.Tensor> {
  const types = rows.map((row) => row.map(() => 0));
  const of = (values: number[][]): tf.Tensor => tf.tensor2d(values, undefined, 'int32');
  return { input_ids: of(rows), token_type_ids: of(types), attention_mask: of(mask) };
}

/** By its series, which converges everywhere. */
function erf(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
