import type { BenchCase, BenchContext, BenchRow, Target } from '@tfjs-optimize/benchmark';
import { backend, optimize, savedBytes, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizeDynamic, type DynamicOp, type DynamicOptions } from '@tfjs-optimize/quantization';
import '@tfjs-optimize/wasm';
import { photos } from './photos.js';
import { answersOf, classesOf, missing, nextTokens, sharedModel, sums } from './real-models.js';

const LSTM = 'lstm-seq2seq-layers';
const TRANSFORMER = 'transformer-lm-uint8-graph';
const MOBILENET = 'mobilenet-v1-025-imagenet-layers';

/** Tokens of the language model. */
const TOKENS = 2502;

const count = <T>(a: readonly T[], b: readonly T[], same: boolean): number =>
  a.filter((value, i) => (value === b[i]) === same).length;

/** A count is exact: its ends are itself. */
function row(id: string, value: number, unit: string, n: number, note: string, target?: Target): BenchRow {
  return { id, value, low: value, high: value, unit, n, note, ...(target && { target }) };
}

async function lstm({ seed, quick }: BenchContext): Promise<BenchRow> {
  const { name } = await backend.use();
  const model = await sharedModel(LSTM);
  const questions = quick ? 200 : 1000;
  const { x, answers } = sums(questions, seed);
  const exact = answersOf(model, x);
  const others: string[] = [];
  let changed = 0;
  for (const [mode, activation] of [
    ['row', 'uint8'],
    ['row', 'int8'],
    ['tensor', 'uint8'],
    ['tensor', 'uint7'],
  ] as const) {
    const { model: quantized } = await quantizeDynamic(model, { mode, activation });
    const found = answersOf(quantized, x);
    quantized.dispose();
    const differ = count(found, exact, false);
    if (others.length === 0) changed = differ;
    others.push(`${mode} ${activation} ${differ} (right ${count(found, answers, true)})`);
  }
  x.dispose();
  model.dispose();
  const note = `answers changed of ${questions}: ${others.join(', ')}; float right ${count(exact, answers, true)}; on ${name}`;
  return row('quantization/lstm-answers-changed', (100 * changed) / questions, '%', questions, note, {
    atMost: 0.5,
  });
}

/** Next tokens that the first of some ways changes, of all of them or of every eighth; the note tells those of others. */
function transformer(id: string, ways: Readonly<Record<string, DynamicOptions>>): BenchCase['run'] {
  return async ({ quick, progress }) => {
    const { name } = await backend.use();
    const model = await sharedModel(TRANSFORMER);
    const all = Array.from({ length: TOKENS }, (_, token) => token);
    const tokens = all.filter((token) => !quick || token % 8 === 0);
    const exact = nextTokens(model, tokens);
    const found: string[] = [];
    const changed: number[] = [];
    for (const [way, options] of Object.entries(ways)) {
      const { model: quantized } = await quantizeDynamic(model, options);
      const differ = count(nextTokens(quantized, tokens), exact, false);
      quantized.dispose();
      changed.push(differ);
      found.push(`${way} ${differ}`);
      progress(found.at(-1) as string);
    }
    model.dispose();
    const note = `likeliest next tokens changed of ${tokens.length}: ${found.join(', ')}; on ${name}`;
    const value = (100 * (changed[0] as number)) / tokens.length;
    return row(id, value, '%', tokens.length, note, { atMost: 0.5 });
  };
}

const WAYS: Readonly<Record<string, Readonly<Record<string, DynamicOptions>>>> = {
  'quantization/transformer-answers-changed': {
    'activations of 8 bits': {},
    'those of attention, too': { ops: ['MatMul', 'BatchMatMulV2'] },
  },
  'quantization/transformer-int16-answers-changed': {
    'activations of 16 bits': { activation: 'int16' },
  },
};

async function mobileNet({ quick, progress }: BenchContext): Promise<BenchRow> {
  const { name } = await backend.use();
  const { model } = await optimize(await sharedModel(MOBILENET), inference());
  const known = photos().labels;
  // All of them, or every fifth.
  const all = known.map((_, i) => i).filter((i) => !quick || i % 5 === 0);
  const labels = all.map((i) => known[i]);
  const exact = classesOf(model, all);
  const right = count(exact, labels, true);
  const others: string[] = [];
  let drop = 0;
  const choices: readonly (readonly DynamicOp[])[] = [['Conv2D'], ['Conv2D', 'DepthwiseConv2dNative']];
  for (const ops of choices) {
    const { model: quantized } = await quantizeDynamic(model, { ops });
    const found = classesOf(quantized, all);
    quantized.dispose();
    const kept = count(found, labels, true);
    if (others.length === 0) drop = (100 * (right - kept)) / all.length;
    const agreement = (100 * count(found, exact, true)) / all.length;
    others.push(`${ops.join(' and ')} ${kept}, agreeing on ${agreement.toFixed(1)} %`);
    progress(others.at(-1) as string);
  }
  model.dispose();
  const note = `right of ${all.length}: float ${right}, ${others.join('; ')}; TensorFlow Lite lost 3.75 and agreed on 85 %; on ${name}`;
  return row('quantization/mobilenet-v1-025-dynamic-drop', drop, 'points', all.length, note, {
    atMost: 3.75,
  });
}

function size(id: string, model: () => Promise<Model>, atMost: number): BenchCase {
  return {
    id,
    what: 'bytes of all files after dynamic quantization, of those of the float model',
    missing: () => missing('data', 'models', MOBILENET) ?? missing('data', 'models', LSTM),
    run: async () => {
      await backend.use();
      const float = await model();
      const ops: readonly DynamicOp[] = ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'];
      const { model: quantized } = await quantizeDynamic(float, { ops, leastElements: 0 });
      const [before, after] = [savedBytes(float), savedBytes(quantized)];
      return row(id, (100 * after) / before, '%', 1, `${before} B before, ${after} B after`, { atMost });
    },
  };
}

export const cases: readonly BenchCase[] = [
  {
    id: 'quantization/lstm-answers-changed',
    what: 'sums of a network of LSTMs that dynamic int8 changes',
    missing: () => missing('data', 'models', LSTM),
    run: lstm,
  },
  ...Object.entries(WAYS).map(([id, ways]) => ({
    id,
    what: `next tokens of a language model that int8 weights change, with ${Object.keys(ways)[0]}`,
    missing: () => missing('data', 'models', TRANSFORMER),
    run: transformer(id, ways),
  })),
  {
    id: 'quantization/mobilenet-v1-025-dynamic-drop',
    what: 'top-1 accuracy on photos that dynamic int8 costs',
    missing: () => missing('data', 'models', MOBILENET) ?? missing('data', 'imagenet-sample-150'),
    run: mobileNet,
  },
  size('quantization/lstm-dynamic-size', () => sharedModel(LSTM), 31),
  size(
    'quantization/mobilenet-v1-025-dynamic-size',
    async () => (await optimize(await sharedModel(MOBILENET), inference())).model,
    30,
  ),
];
