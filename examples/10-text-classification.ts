// %% [markdown]
// # Text classification: a BERT of 90 MB made small and fast
//
// This notebook takes all-MiniLM-L6-v2, a BERT with six blocks that turns sentences into vectors, and
//
// 1. loads it from the files of Hugging Face and makes tokens of sentences,
// 2. trains a classifier of film reviews on its vectors, which stay as they are,
// 3. fuses it and stores it in int8: tables of embeddings by the scales of their rows, products by the ranges of each call,
// 4. holds sizes, answers and times against each other.
//
// Nothing is downloaded. Put `config.json`, `model.safetensors` and `tokenizer.json` of
// `sentence-transformers/all-MiniLM-L6-v2` into a folder and name it in `TFJS_OPTIMIZE_MINILM`. Without it the notebook
// builds the same network with random weights: **then sizes and times are true, and what it answers means nothing.**

// %%
import * as assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  bytesText,
  interleave,
  millisecondsText,
  optimize,
  Random,
  savedBytes,
  Weight,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import {
  bertParameters,
  BertTokenizer,
  buildBert,
  loadBert,
  readBertConfig,
  type Bert,
  type BertOutput,
} from '@tfjs-optimize/models';
import { quantizeDynamic, quantizeWeights } from '@tfjs-optimize/quantization';
import { registerOps } from '@tfjs-optimize/runtime';
import { setEnabled } from '@tfjs-optimize/wasm';
import '@tfjs-optimize/wasm/integer';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';

await backend.use('wasm');
registerOps();

// %% [markdown]
// ## 1. The model and its tokens
//
// `sentence_embedding` is the mean of the tokens that count, with length 1. The random network has the same sizes; its
// vocabulary is letters, so it cuts words into more tokens.

// %%
const outputs: readonly BertOutput[] = ['sentence_embedding'];

function randomBert(seed: number): Bert {
  const config = readBertConfig({
    vocab_size: 30522,
    hidden_size: 384,
    num_hidden_layers: 6,
    num_attention_heads: 12,
    intermediate_size: 1536,
    max_position_embeddings: 512,
  });
  const random = Random.of(seed);
  const state = new Map(
    Array.from(bertParameters(config, { pooler: false, classifier: false }), ([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const isScale = name.endsWith('LayerNorm.weight');
      const values = Float32Array.from({ length: size }, () => (isScale ? 1 : random.uniform(-0.05, 0.05)));
      return [name, Weight.of(values, shape)] as const;
    }),
  );
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz').flatMap((letter) => [letter, `##${letter}`]);
  const vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...letters].join('\n');
  const tokenizer = BertTokenizer.from({ vocab }, config.maxLength);
  return { model: buildBert(config, state, { outputs }), tokenizer, config };
}

const folder = process.env['TFJS_OPTIMIZE_MINILM'];
const { model, tokenizer } = folder === undefined ? randomBert(1) : await loadBert(folder, { outputs });
if (folder === undefined)
  console.log('TFJS_OPTIMIZE_MINILM is not set: random weights, answers mean nothing.');
console.log(String(model));

const batch = tokenizer.encode(['A gripping, beautifully acted film.', 'ok']);
console.log(
  `two sentences are [${batch.shape.join(', ')}] tokens; the first are ${batch.inputIds.slice(0, 6).join(' ')}`,
);

// %% [markdown]
// ## 2. A classifier on its vectors
//
// Embeddings are computed once; what is trained is 384 weights and a bias.

// %%
const REVIEWS: readonly (readonly [text: string, isGood: number])[] = [
  ['a gripping and beautifully acted film', 1],
  ['the plot makes no sense and the jokes fall flat', 0],
  ['warm , funny and wise', 1],
  ['a tedious mess from start to finish', 0],
  ['one of the best pictures of the year', 1],
  ['i wanted my two hours back', 0],
  ['moving performances and a script full of surprises', 1],
  ['lazy writing and wooden acting', 0],
  ['a delight for children and grown-ups alike', 1],
  ['dull , noisy and far too long', 0],
];
const UNSEEN: readonly (readonly [text: string, isGood: number])[] = [
  ['a charming story told with great skill', 1],
  ['boring characters in a pointless story', 0],
  ['brilliant and touching', 1],
  ['painfully bad', 0],
];

function embed(of: Model, texts: readonly string[]): tf.Tensor2D {
  return tf.tidy(() => of.run(tokenizer.encode(texts).tensors())[0] as tf.Tensor2D);
}

const x = embed(
  model,
  REVIEWS.map(([text]) => text),
);
const y = tf.tensor2d(REVIEWS.map(([, isGood]) => [isGood]));
const w = tf.variable(tf.zeros<tf.Rank.R2>([384, 1]));
const b = tf.variable(tf.zeros<tf.Rank.R1>([1]));
const logits = (of: tf.Tensor2D): tf.Tensor2D => tf.matMul(of, w).add(b);
const optimizer = tf.train.adam(0.1);
const losses: number[] = [];
for (let step = 0; step < 100; step++) {
  const cost = optimizer.minimize(() => tf.losses.sigmoidCrossEntropy(y, logits(x)).asScalar(), true);
  losses.push(cost?.dataSync()[0] ?? NaN);
  cost?.dispose();
}
console.log(`loss ${losses[0]?.toFixed(3)} at first, ${losses.at(-1)?.toFixed(3)} in the end`);
assert.ok((losses.at(-1) as number) < (losses[0] as number));

function scores(of: Model): number[] {
  return tf.tidy(() => {
    const embeddings = embed(
      of,
      UNSEEN.map(([text]) => text),
    );
    return Array.from(tf.sigmoid(logits(embeddings)).dataSync());
  });
}

// %% [markdown]
// ## 3. Fused, then int8
//
// `inference()` moves biases and factors into products, `fuseNorms()` makes one op of each layer norm and each GELU. Half
// of the bytes are the table of words, which is looked up and not multiplied by: `quantizeWeights` stores a byte for
// each of its numbers. `quantizeDynamic` does the products.

// %%
const { model: fused } = await optimize(model, [inference(), fuseNorms()]);
console.log(`${model.graph.size} nodes as loaded, ${fused.graph.size} fused`);
const tables = ['embeddings/word_embeddings', 'embeddings/position_embeddings'];
const { model: small } = await quantizeWeights(fused, { scheme: 'int8', include: tables });
const { model: int8 } = await quantizeDynamic(small);
const [before, after] = [savedBytes(model), savedBytes(int8)];
console.log(
  `${bytesText(before)} in float32, ${bytesText(after)} in int8: ${((100 * after) / before).toFixed(1)} %`,
);
assert.ok(after < 0.3 * before);

// %% [markdown]
// ## 4. The same answers, sooner

// %%
const [exact, rounded] = [scores(model), scores(int8)];
UNSEEN.forEach(([text], i) => {
  console.log(`${exact[i]?.toFixed(3)} float, ${rounded[i]?.toFixed(3)} int8: ${text}`);
});
const apart = Math.max(...exact.map((score, i) => Math.abs(score - (rounded[i] as number))));
console.log(`scores differ by ${apart.toFixed(3)} at most`);
assert.ok(apart < 0.2);

const inputs = tokenizer.encode('a '.repeat(126)).tensors();
const run = async (each: Model): Promise<void> => {
  const [output] = each.run(inputs) as [tf.Tensor];
  await output.data();
  output.dispose();
};
/** As it was loaded, on the kernels that the wasm backend came with. */
const stock = async (): Promise<void> => {
  setEnabled(false);
  await run(model);
  setEnabled(true);
};
const sides = { stock, fused: () => run(fused), int8: () => run(int8) };
const times = await interleave(sides, { seed: 1, timeMs: 3000, minRounds: 5 });
for (const [side, { median }] of Object.entries(times)) {
  const ratio = times.stock.median / median;
  console.log(
    `${side.padEnd(6)} ${millisecondsText(median)} for 128 tokens, ${ratio.toFixed(1)} times as fast`,
  );
}

tf.dispose([inputs, x, y, w, b]);
optimizer.dispose();
for (const each of [model, fused, int8]) each.dispose();
