import { distill, layerMap } from '@tfjs-optimize/distillation';
import { Random, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

/** Widths of teacher and student: projections go from one to the other. */
const [WIDE, NARROW] = [16, 8];
const [LENGTH, VOCABULARY, EXAMPLES] = [6, 12, 20];
const [TEMPERATURE, RATE, STEPS, SEED] = [2, 0.05, 3, 5];

/** Embeddings of token numbers, blocks of attention, a softmax of three classes. */
function bertLike(hidden: number, count: number, seed: number): tf.LayersModel {
  const tokens = tf.input({ shape: [LENGTH], dtype: 'int32', name: 'tokens' });
  const embeddingsInitializer = tf.initializers.randomUniform({ minval: -1, maxval: 1, seed });
  const embedding = tf.layers.embedding({
    inputDim: VOCABULARY,
    outputDim: hidden,
    embeddingsInitializer,
    name: 'embedding',
  });
  const encoder = nets.transformer({ hidden, length: LENGTH, blocks: count, seed });
  return tf.model({ inputs: tokens, outputs: encoder.apply(embedding.apply(tokens)) as tf.SymbolicTensor });
}

const blocks = (count: number): string[] => Array.from({ length: count }, (_, i) => `block_${i}_norm_1`);
const HIDDEN = layerMap(blocks(2), blocks(4));

/** Logits and hidden states of such a model, by its layers and not by a graph. */
function insidesOf(model: tf.LayersModel, names: readonly string[]): (tokens: tf.Tensor) => tf.Tensor[] {
  const encoder = model.getLayer('transformer') as tf.LayersModel;
  const inner = tf.model({
    inputs: encoder.inputs,
    outputs: ['pool', ...names].map((name) => encoder.getLayer(name).output as tf.SymbolicTensor),
  });
  const read = (layer: tf.layers.Layer): tf.Tensor[] => layer.weights.map((weight) => weight.read());
  return (tokens) => {
    const [table] = read(model.getLayer('embedding')) as [tf.Tensor];
    const [kernel, bias] = read(encoder.getLayer('scores')) as [tf.Tensor2D, tf.Tensor];
    const [pooled, ...hidden] = inner.apply(tf.gather(table, tokens)) as [tf.Tensor2D, ...tf.Tensor[]];
    return [tf.add(tf.matMul(pooled, kernel), bias), ...hidden];
  };
}

interface Projection {
  readonly kernel: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable;
}

/** A projection as distill begins with it: Glorot's, of a seed that the name of the match makes its own. */
function projectionOf(name: string): Projection {
  const random = Random.of(SEED).fork(`match ${name}`);
  const limit = Math.sqrt(6 / (NARROW + WIDE));
  const values = Float32Array.from({ length: NARROW * WIDE }, () => random.uniform(-limit, limit));
  return {
    kernel: tf.tidy(() => tf.variable(tf.tensor2d(values, [NARROW, WIDE]))),
    bias: tf.tidy(() => tf.variable(tf.zeros([WIDE]))),
  };
}

describe('hidden states of transformers of four and two blocks, by a layer map', function () {
  this.timeout(60_000);
  let large: tf.LayersModel;
  let teacher: Model;
  let data: { readonly inputs: tf.Tensor };
  const small = (): tf.LayersModel => bertLike(NARROW, 2, 2);
  before(async () => {
    await tf.setBackend('cpu');
    large = bertLike(WIDE, 4, 1);
    teacher = traceLayersModel(large);
    const random = Random.of(1);
    const tokens = Int32Array.from({ length: EXAMPLES * LENGTH }, () =>
      Math.floor(random.uniform(0, VOCABULARY)),
    );
    data = { inputs: tf.tensor2d(tokens, [EXAMPLES, LENGTH], 'int32') };
  });
  after(() => {
    large.dispose();
    teacher.dispose();
    tf.dispose(data);
  });

  it('become alike through a projection for each of them', async () => {
    expect(HIDDEN).to.deep.equal([
      { student: 'block_0_norm_1', teacher: 'block_1_norm_1' },
      { student: 'block_1_norm_1', teacher: 'block_3_norm_1' },
    ]);
    const student = small();
    const settings = { data, epochs: 15, learningRate: 0.02, match: HIDDEN };
    const { history } = await distill(student, teacher, settings);
    for (const { student: name } of HIDDEN) {
      const [first, last] = [history[0], history.at(-1)].map(
        (each) => each?.numbers[`loss/match ${name}`],
      ) as [number, number];
      expect(last, name).to.be.below(0.5 * first);
    }
    student.dispose();
  });

  it(`have the gradients of a computation by hand: ${STEPS} steps of sgd agree within 1e-5 of the change`, async () => {
    const weights = [1, 0.25];
    const match = HIDDEN.map((pair, i) => ({ ...pair, weight: weights[i] as number }));
    const [byHand, student] = [small(), small()];
    const began = byHand.trainableWeights.map((weight) => weight.read().dataSync().slice());
    const names = HIDDEN.map((pair) => pair.student);
    const ours = insidesOf(byHand, names);
    const theirs = tf.tidy(() =>
      insidesOf(
        large,
        HIDDEN.map((pair) => pair.teacher),
      )(data.inputs),
    );
    const projections = names.map(projectionOf);
    const loss = (): tf.Scalar => {
      const [logits, ...hidden] = ours(data.inputs) as [tf.Tensor, ...tf.Tensor[]];
      const [wanted, ...targets] = theirs as [tf.Tensor, ...tf.Tensor[]];
      const p = tf.softmax(tf.div(wanted, TEMPERATURE));
      const q = tf.softmax(tf.div(logits, TEMPERATURE));
      const divergence = tf.sum(tf.mul(p, tf.sub(tf.log(p), tf.log(q))));
      const apart = hidden.map((state, i) => {
        const { kernel, bias } = projections[i] as Projection;
        const rows = tf.matMul(tf.reshape(state, [-1, NARROW]), kernel);
        const difference = tf.sub(
          tf.reshape(tf.add(rows, bias), [-1, LENGTH, WIDE]),
          targets[i] as tf.Tensor,
        );
        return tf.mul(tf.mean(tf.square(difference)), weights[i] as number);
      });
      const soft = tf.mul(divergence, TEMPERATURE ** 2 / EXAMPLES);
      return [soft, ...apart].reduce((sum, each) => tf.add(sum, each)) as tf.Scalar;
    };
    const variables = [
      ...byHand.trainableWeights.map((weight) => weight.read() as tf.Variable),
      ...projections.flatMap(({ kernel, bias }) => [kernel, bias]),
    ];
    const sgd = tf.train.sgd(RATE);
    for (let step = 0; step < STEPS; step++) sgd.minimize(loss, false, variables);

    await distill(student, teacher, {
      ...{ data, epochs: STEPS, batchSize: EXAMPLES, optimizer: 'sgd', learningRate: RATE, seed: SEED },
      ...{ temperature: TEMPERATURE, match },
    });
    const [wanted, found] = [byHand, student].map((model) =>
      model.trainableWeights.map((weight) => weight.read().dataSync()),
    ) as [Float32Array[], Float32Array[]];
    let [largest, apart] = [0, 0];
    wanted.forEach((values, i) =>
      values.forEach((value, k) => {
        largest = Math.max(largest, Math.abs(value - (began[i]?.[k] as number)));
        apart = Math.max(apart, Math.abs(value - (found[i]?.[k] as number)));
      }),
    );
    expect(largest).to.be.above(1e-3);
    expect(apart).to.be.at.most(1e-5 * largest);
    tf.dispose([theirs, projections.flatMap(({ kernel, bias }) => [kernel, bias])]);
    [byHand, student].forEach((model) => model.dispose());
  });
});
