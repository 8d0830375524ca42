// %% [markdown]
// # Text classification: a BERT of 90 MB made small and fast
//
// This notebook takes all-MiniLM-L6-v2, a BERT with six blocks that turns sentences into vectors, and
//
// 1. loads it from the files of Hugging Face and makes tokens of sentences,
// 2. trains a classifier of film reviews on its vectors, which stay as they are,
// 3. fuses it and stores it in int8: tables of embeddings by the scales of their rows, products by the ranges of each call,
// 4. counts what both read right,
// 5. holds sizes, and times by the length of a sentence, against each other.
//
// Nothing is downloaded. Put `config.json`, `model.safetensors` and `tokenizer.json` of
// `sentence-transformers/all-MiniLM-L6-v2` into a folder and name it in `TFJS_OPTIMIZE_MINILM`. Without it the notebook
// builds the same network with random weights: **then sizes and times are true, and what it answers means nothing.**
//
// The reviews are sentences of SST-2 (Socher et al. 2013), which may not be published here: they are read where they lie
// beside the repository. Elsewhere a few made-up ones stand for them, which tell nothing of a classifier either.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  backend,
  bytesText,
  interleave,
  millisecondsText,
  optimize,
  Random,
  savedBytes,
  textTable,
  Weight,
  type Model,
} from '@tfjs-optimize/core';
import { csv, loader } from '@tfjs-optimize/data';
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

const folder = process.env['TFJS_OPTIMIZE_MINILM'] ?? '';
const isTrained = folder !== '' && fs.existsSync(path.join(folder, 'config.json'));
const { model, tokenizer } = isTrained ? await loadBert(folder, { outputs }) : randomBert(1);
if (!isTrained) {
  const reason = folder === '' ? 'is not set' : `names ${folder}, which has no config.json`;
  console.log(`TFJS_OPTIMIZE_MINILM ${reason}: random weights, answers mean nothing.`);
}
console.log(String(model));

const batch = tokenizer.encode(['A gripping, beautifully acted film.', 'ok']);
console.log(
  `two sentences are [${batch.shape.join(', ')}] tokens; the first are ${batch.inputIds.slice(0, 6).join(' ')}`,
);

// %% [markdown]
// ## 2. A classifier on its vectors
//
// Embeddings are computed once, by the fused model, which answers the same sooner; what is trained is 384 weights and a
// bias, by sentences of one file, and judged by those of another.

// %%
const { model: fused } = await optimize(model, [inference(), fuseNorms()]);
console.log(`${model.graph.size} nodes as loaded, ${fused.graph.size} fused`);

interface Reviews {
  readonly texts: readonly string[];
  readonly isGood: readonly number[];
}
const shared = process.env['TFJS_OPTIMIZE_SHARED'] ?? path.join(import.meta.dirname, '../../shared');
const sst2 = path.resolve(shared, 'data/sst2');
const hasReviews = fs.existsSync(sst2);

const MADE_UP: readonly (readonly [text: string, isGood: number])[] = [
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

/** Reviews of a file with one on each line, drawn by seed. */
async function reviews(file: string, count: number): Promise<Reviews> {
  if (!hasReviews) return { texts: MADE_UP.map(([text]) => text), isGood: MADE_UP.map(([, good]) => good) };
  const table = await csv(path.join(sst2, file), {
    ...{ columns: ['text', 'isGood'], text: ['text'], label: 'isGood', features: [], quotes: false },
  });
  const { value: batch } = await loader(table, { batchSize: count, shuffle: true, seed: 1 }).epoch(0).next();
  const { text, label } = batch?.fields ?? {};
  return { texts: (text?.values ?? []) as string[], isGood: Array.from(label?.values ?? [], Number) };
}
// Letter by letter a sentence has four times as many tokens, so that fewer have to do.
const lessons = await reviews('train.tsv', isTrained ? 1500 : 50);
const unseen = await reviews('dev.tsv', isTrained ? 400 : 50);
console.log(
  hasReviews
    ? `${lessons.texts.length} reviews of SST-2 to learn from, ${unseen.texts.length} others to judge by`
    : `${sst2} is not there: ${lessons.texts.length} made-up reviews to learn from and to judge by`,
);

/** One vector for each text, [texts, 384]; texts of about the same length go together, which saves padding. */
function embed(of: Model, texts: readonly string[]): tf.Tensor2D {
  const order = [...texts.keys()].sort((i, j) => (texts[i]?.length ?? 0) - (texts[j]?.length ?? 0));
  const back = new Int32Array(texts.length);
  order.forEach((i, at) => (back[i] = at));
  return tf.tidy(() => {
    const parts: tf.Tensor2D[] = [];
    for (let at = 0; at < order.length; at += 16) {
      const some = order.slice(at, at + 16).map((i) => texts[i] ?? '');
      parts.push(tf.tidy(() => of.run(tokenizer.encode(some).tensors())[0] as tf.Tensor2D));
    }
    return tf.gather(tf.concat(parts), tf.tensor1d(back, 'int32'));
  });
}

const x = embed(fused, lessons.texts);
const y = tf.tensor2d([...lessons.isGood], [lessons.isGood.length, 1]);
const w = tf.variable(tf.zeros<tf.Rank.R2>([384, 1]));
const b = tf.variable(tf.zeros<tf.Rank.R1>([1]));
const logits = (of: tf.Tensor2D): tf.Tensor2D => tf.matMul(of, w).add(b);
const optimizer = tf.train.adam(0.1);
const losses: number[] = [];
/** Keeps weights small, so that they learn reviews in general. */
const DECAY = 3e-4;
for (let step = 0; step < 100; step++) {
  const cost = optimizer.minimize(
    () =>
      tf.losses
        .sigmoidCrossEntropy(y, logits(x))
        .add(tf.mul(DECAY, tf.sum(tf.square(w))))
        .asScalar(),
    true,
  );
  losses.push(cost?.dataSync()[0] ?? NaN);
  cost?.dispose();
}
console.log(`loss ${losses[0]?.toFixed(3)} at first, ${losses.at(-1)?.toFixed(3)} in the end`);
assert.ok((losses.at(-1) as number) < (losses[0] as number));

// %% [markdown]
// ## 3. In int8
//
// `inference()` moved biases and factors into products, `fuseNorms()` made one op of each layer norm and each GELU. Half
// of the bytes are the table of words, which is looked up and not multiplied by: `quantizeWeights` stores a byte for
// each of its numbers. `quantizeDynamic` does the products.

// %%
const tables = ['embeddings/word_embeddings', 'embeddings/position_embeddings'];
const { model: small } = await quantizeWeights(fused, { scheme: 'int8', include: tables });
const { model: int8 } = await quantizeDynamic(small);
const [before, after] = [savedBytes(model), savedBytes(int8)];
console.log(
  `${bytesText(before)} in float32, ${bytesText(after)} in int8: ${((100 * after) / before).toFixed(1)} %`,
);
assert.ok(after < 0.3 * before);

// %% [markdown]
// ## 4. What is read right
//
// Of a few hundred sentences a point is a few: a difference of less than that is none.

// %%
/** How probable it is that each review is good. */
function scores(of: Model): number[] {
  return tf.tidy(() => Array.from(tf.sigmoid(logits(embed(of, unseen.texts))).dataSync()));
}
const rightOf = (found: readonly number[]): number =>
  found.filter((score, i) => score > 0.5 === (unseen.isGood[i] === 1)).length / found.length;
const [exact, rounded] = [scores(fused), scores(int8)];
const [asFloat, asInt8] = [rightOf(exact), rightOf(rounded)];
const agree = exact.filter((score, i) => score > 0.5 === (rounded[i] ?? NaN) > 0.5).length / exact.length;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
console.log(
  `right: ${percent(asFloat)} in float32, ${percent(asInt8)} in int8; both say the same of ${percent(agree)}`,
);
unseen.texts.slice(0, 4).forEach((text, i) => {
  console.log(`  ${exact[i]?.toFixed(3)} float, ${rounded[i]?.toFixed(3)} int8: ${text}`);
});
const apart = Math.max(...exact.map((score, i) => Math.abs(score - (rounded[i] ?? NaN))));
console.log(`scores differ by ${apart.toFixed(3)} at most`);
assert.ok(apart < 0.3);
if (isTrained && hasReviews) {
  assert.ok(asFloat > 0.7, 'vectors of MiniLM tell good reviews from bad ones');
  assert.ok(asInt8 > asFloat - 0.02, 'int8 reads no worse, but for a few sentences');
}

// %% [markdown]
// ## 5. Time by length
//
// As it was loaded on the kernels that the wasm backend came with, fused on ours, and in int8. The three take turns.

// %%
const lines = [['tokens', 'stock', 'fused', 'int8', 'faster']];
for (const length of [16, 64, 128]) {
  const inputs = tokenizer.encode('a '.repeat(length - 2)).tensors();
  assert.deepEqual(inputs['input_ids']?.shape, [1, length]);
  const side = (each: Model, isOurs: boolean) => async (): Promise<void> => {
    setEnabled(isOurs);
    const [output] = each.run(inputs) as [tf.Tensor];
    await output.data();
    output.dispose();
  };
  const sides = { stock: side(model, false), fused: side(fused, true), int8: side(int8, true) };
  const times = await interleave(sides, {
    ...{ seed: 1, warmUpMs: 300, maxWarmUpMs: 600, timeMs: 600, minRounds: 5 },
  });
  const medians = [times.stock.median, times.fused.median, times.int8.median] as const;
  lines.push([String(length), ...medians.map(millisecondsText), `${(medians[0] / medians[2]).toFixed(1)} ×`]);
  tf.dispose(inputs);
}
setEnabled(true);
console.log(textTable(lines, ['right', 'right', 'right', 'right', 'right']));

tf.dispose([x, y, w, b]);
optimizer.dispose();
for (const each of [model, fused, int8]) each.dispose();
