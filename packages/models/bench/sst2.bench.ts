import * as fs from 'node:fs';
import { type BenchCase, type BenchContext, type BenchRow } from '@tfjs-optimize/benchmark';
import { backend, bytesText, savedBytes, throwIfAborted, type Model } from '@tfjs-optimize/core';
import type { BertTokenizer } from '@tfjs-optimize/models';
import { registerOps } from '@tfjs-optimize/runtime';
import { sharedDir } from '@tfjs-optimize/testing';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { fusedBert, int8Bert, minilm, missingMinilm } from './minilm.js';

/** Sentences of film reviews and whether they are favourable (Socher et al. 2013). */
interface Sentences {
  readonly texts: readonly string[];
  readonly labels: readonly number[];
}

function sentences(file: string, most = Infinity): Sentences {
  const lines = fs
    .readFileSync(sharedDir('data', 'sst2', file) as string, 'utf8')
    .trimEnd()
    .split('\n');
  const rows = lines.slice(0, most).map((line) => line.split('\t') as [string, string]);
  return { texts: rows.map(([text]) => text), labels: rows.map(([, label]) => Number(label)) };
}

const BATCH = 16;

/** An embedding for each text, in order; texts of like length go through the model together. */
function embed(
  model: Model,
  tokenizer: BertTokenizer,
  { texts }: Sentences,
  context: BenchContext,
): tf.Tensor2D {
  const order = texts.map((_, i) => i).sort((a, b) => (texts[a]?.length ?? 0) - (texts[b]?.length ?? 0));
  const rows = new Array<Float32Array>(texts.length);
  for (let at = 0; at < order.length; at += BATCH) {
    throwIfAborted(context.signal, 'embedding sentences');
    const chosen = order.slice(at, at + BATCH);
    tf.tidy(() => {
      const batch = tokenizer.encode(
        chosen.map((i) => texts[i] as string),
        { maxLength: 128, truncation: true },
      );
      const [embeddings] = model.run(batch.tensors()) as [tf.Tensor2D];
      const [, size] = embeddings.shape;
      const values = embeddings.dataSync<'float32'>();
      chosen.forEach((i, row) => (rows[i] = values.slice(row * size, (row + 1) * size)));
    });
    if (at % (64 * BATCH) === 0) context.progress(`${at} of ${texts.length} sentences`);
  }
  return tf.tidy(() => tf.stack(rows.map((row) => tf.tensor1d(row))) as tf.Tensor2D);
}

/** Logistic regression on embeddings, which stay as they are. */
function trainHead(x: tf.Tensor2D, labels: readonly number[]): (x: tf.Tensor2D) => number[] {
  const y = tf.tensor2d(labels as number[], [labels.length, 1]);
  const w = tf.variable(tf.zeros<tf.Rank.R2>([x.shape[1], 1]));
  const b = tf.variable(tf.zeros<tf.Rank.R1>([1]));
  const logits = (of: tf.Tensor2D): tf.Tensor2D => tf.matMul(of, w).add(b);
  const optimizer = tf.train.adam(0.05);
  for (let step = 0; step < 300; step++) {
    optimizer.minimize(() => {
      const decay = w.square().sum().mul(1e-5);
      return tf.losses.sigmoidCrossEntropy(y, logits(x)).asScalar().add(decay);
    });
  }
  optimizer.dispose();
  y.dispose();
  return (of) => tf.tidy(() => Array.from(logits(of).dataSync(), (value) => Number(value > 0)));
}

const rightOf = (told: readonly number[], { labels }: Sentences): number =>
  told.filter((label, i) => label === labels[i]).length;

async function drop(context: BenchContext): Promise<BenchRow> {
  await backend.use('wasm');
  registerOps();
  const { seed, quick, progress } = context;
  const { model, tokenizer } = await minilm(['mean']);
  const float = await fusedBert(model, seed);
  const int8 = await int8Bert(float);
  const train = sentences('train.tsv', quick ? 1000 : Infinity);
  const dev = sentences('dev.tsv');
  const x = embed(float, tokenizer, train, context);
  const classify = trainHead(x, train.labels);
  const [exact, rounded] = [float, int8].map((each) => {
    const embeddings = embed(each, tokenizer, dev, context);
    const told = classify(embeddings);
    embeddings.dispose();
    return told;
  }) as [number[], number[]];
  const [before, after] = [rightOf(exact, dev), rightOf(rounded, dev)];
  progress(`float ${before}, int8 ${after} of ${dev.texts.length}`);
  const agreed = exact.filter((label, i) => label === rounded[i]).length;
  for (const each of [model, float, int8]) each.dispose();
  x.dispose();
  const count = dev.texts.length;
  const note =
    `right of ${count}: float ${before}, int8 ${after}, agreeing on ${((100 * agreed) / count).toFixed(1)} %; ` +
    `head trained on ${train.texts.length} sentences; ${integerForm()} integers`;
  const value = (100 * (before - after)) / count;
  return {
    ...{ id: 'models/minilm-sst2-drop', value, unit: 'points', low: value, high: value, n: count },
    ...{ note, target: { atMost: 0.5 } },
  };
}

/** Bytes of weights that belong to the embeddings, or of all others. */
function weightBytes({ weights }: Model, ofEmbeddings: boolean): number {
  let sum = 0;
  for (const [name, weight] of weights) {
    if (name.startsWith('embeddings/') === ofEmbeddings) sum += weight.storedBytes;
  }
  return sum;
}

async function sizes({ seed }: BenchContext): Promise<BenchRow[]> {
  await backend.use('wasm');
  registerOps();
  const { model } = await minilm(['sentence_embedding']);
  const int8 = await int8Bert(await fusedBert(model, seed));
  const row = (id: string, before: number, after: number, what: string, atMost: number): BenchRow => {
    const value = (100 * after) / before;
    const note = `${what}: ${bytesText(before)} before, ${bytesText(after)} after`;
    return { id, value, unit: '%', low: value, high: value, n: 1, note, target: { atMost } };
  };
  return [
    row('models/minilm-size', savedBytes(model), savedBytes(int8), 'all files', 30),
    row(
      'models/minilm-size-blocks',
      weightBytes(model, false),
      weightBytes(int8, false),
      'weights outside the embeddings',
      27,
    ),
  ];
}

const missing = (): string | undefined =>
  missingMinilm() ??
  (sharedDir('data', 'sst2') === undefined ? 'the sentences of SST-2 are not there' : undefined);

export const cases: readonly BenchCase[] = [
  {
    id: 'models/minilm-sst2-drop',
    what: 'accuracy that MiniLM loses to int8 on film reviews, by a head trained on its float embeddings',
    missing,
    run: drop,
  },
  {
    id: 'models/minilm-size',
    what: 'bytes of MiniLM in int8, of those in float32',
    missing: missingMinilm,
    run: sizes,
  },
];
