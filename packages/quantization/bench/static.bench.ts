import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import { backend, type Model } from '@tfjs-optimize/core';
import {
  observers,
  quantizeStatic,
  quantizeWeights,
  type Quantized,
  type QuantizeStaticOptions,
} from '@tfjs-optimize/quantization';
import { sharedDir } from '@tfjs-optimize/testing';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { digits } from './digits.js';
import {
  agreeing,
  calibrating,
  classes,
  fused,
  missing,
  mobileCase,
  MOBILENET,
  right,
  row,
  STEP,
  type Named,
  type Row,
} from './mobilenet.js';
import { photos } from './photos.js';

interface Converted {
  readonly model: Model;
  readonly quantized: Quantized;
  readonly seconds: number;
  readonly backend: string;
}

async function convertMobile({ progress }: BenchContext): Promise<Converted> {
  const { name } = await backend.use();
  const model = await fused(MOBILENET);
  const data = calibrating();
  const start = performance.now();
  const quantized = await quantizeStatic(model, { data });
  const seconds = (performance.now() - start) / 1000;
  data.dispose();
  progress(`calibrated and converted in ${seconds.toFixed(1)} s`);
  return { model, quantized, seconds, backend: name };
}

/** Classes of all photos by the float model, static int8 and the stock scheme. */
interface Answers {
  readonly float: readonly number[];
  readonly int8: readonly number[];
  readonly stock: readonly number[];
  readonly backend: string;
}

async function mobileNet(context: BenchContext): Promise<Answers> {
  const { model, quantized, backend: name } = await convertMobile(context);
  const { count, tensor } = photos();
  const stock = (await quantizeWeights(model, { scheme: 'uint8' })).model;
  const answer = (each: Model): number[] => classes(each, count, 10, tensor);
  return { float: answer(model), stock: answer(stock), int8: answer(quantized.model), backend: name };
}

async function topDrop(context: Named): Row {
  const { float, int8, stock, backend: name } = await mobileNet(context);
  const { count } = photos();
  const unseen = float.map((_, i) => i).filter((i) => i % STEP !== 0);
  const note =
    `right of ${count}: float ${right(float)}, int8 ${right(int8)}, stock uint8 weights ${right(stock)}; of the ` +
    `${unseen.length} that do not calibrate: ${right(float, unseen)}, ${right(int8, unseen)}, ${right(stock, unseen)}; float on ${name}`;
  return row(context.id, (100 * (right(float) - right(int8))) / count, 'points', count, note, 3);
}

async function agreement(context: Named): Row {
  const { float, int8, stock } = await mobileNet(context);
  const { count } = photos();
  const note = `stock uint8 weights: ${((100 * agreeing(float, stock)) / count).toFixed(1)} %`;
  const value = (100 * agreeing(float, int8)) / count;
  return { ...row(context.id, value, '%', count, note, 100), target: { atLeast: 80 } };
}

/** Ways to choose ranges and scales, without correction of biases and with it; the first is what it is held against. */
const WAYS: Readonly<Record<string, Omit<QuantizeStaticOptions, 'data'>>> = {
  'biases corrected': {},
  minMax: { correctBias: false },
  percentile: { correctBias: false, observer: observers.percentile() },
  mse: { correctBias: false, observer: observers.mse() },
  entropy: { correctBias: false, observer: observers.entropy() },
  'one scale for each tensor': { correctBias: false, granularity: 'tensor' },
};

async function ways({ id, progress, quick }: Named): Row {
  const { name } = await backend.use();
  const model = await fused(MOBILENET);
  const { count, tensor } = photos();
  const data = calibrating();
  const float = classes(model, count, 10, tensor);
  const told: string[] = [];
  let drop = 0;
  for (const [what, options] of Object.entries(WAYS).slice(0, quick ? 2 : undefined)) {
    const { model: int8 } = await quantizeStatic(model, { ...options, data });
    const found = classes(int8, count, 10, tensor);
    if (told.length === 0) drop = (100 * (right(float) - right(found))) / count;
    told.push(`${what} ${right(found)} (${((100 * agreeing(float, found)) / count).toFixed(1)} %)`);
    progress(told.at(-1) as string);
  }
  data.dispose();
  const note = `right of ${count}, and agreeing with float, which has ${right(float)}: ${told.join(', ')}; float on ${name}`;
  return row(id, drop, 'points', count, note, 3);
}

async function size(context: Named): Row {
  const { quantized } = await convertMobile(context);
  const folder = sharedDir('data', 'models', MOBILENET) as string;
  const own = fs
    .readdirSync(folder)
    .filter((file) => file === 'model.json' || file.startsWith('group'))
    .reduce((sum, file) => sum + fs.statSync(path.join(folder, file)).size, 0);
  const note = `${quantized.after} of ${own} bytes of all files (${quantized.before} fused); 2 KB are not counted`;
  return row(context.id, (100 * (quantized.after - 2048)) / own, '%', 1, note, 26);
}

async function calibrateTime(context: Named): Row {
  const { seconds, backend: name } = await convertMobile(context);
  const note = `50 photos on ${name}: ranges, bias correction and conversion`;
  return row(context.id, seconds, 's', 1, note, 60);
}

const digitsDrop =
  (id: string, name: string, data: string) =>
  async ({ quick }: BenchContext): Row => {
    await backend.use();
    const model = await fused(name);
    const training = digits(data, 'train');
    const sample = training.tensor(Array.from({ length: 200 }, (_, i) => i));
    const { model: int8 } = await quantizeStatic(model, { data: sample });
    sample.dispose();
    const { tensor, labels } = digits(data, 't10k');
    const count = quick ? 1000 : 10_000;
    const [before, after] = [model, int8].map((each) => classes(each, count, 500, tensor)) as [
      number[],
      number[],
    ];
    const [a, b] = [before, after].map((found) => found.filter((each, i) => each === labels[i]).length) as [
      number,
      number,
    ];
    const note = `right of ${count}: float ${a}, int8 ${b}; 200 images of the training set calibrate`;
    return row(id, (100 * (a - b)) / count, 'points', count, note, 0.1);
  };

export const cases: readonly BenchCase[] = [
  mobileCase(
    'quantization/mobilenet-v1-025-top1-drop',
    'points of top 1 that static int8 loses on 150 photos',
    topDrop,
  ),
  mobileCase(
    'quantization/mobilenet-v1-025-agreement',
    'photos that static int8 puts into the class that float does',
    agreement,
  ),
  mobileCase(
    'quantization/mobilenet-v1-025-ways',
    'points of top 1 that static int8 loses, by how ranges are chosen and biases corrected',
    ways,
  ),
  mobileCase(
    'quantization/mobilenet-v1-025-size',
    'bytes of all files of static int8 against those of float32',
    size,
  ),
  mobileCase(
    'quantization/mobilenet-v1-025-calibrate',
    'time to calibrate and convert with 50 photos',
    calibrateTime,
  ),
  ...(
    [
      ['quantization/mnist-cnn-drop', 'mnist-cnn-layers', 'mnist'],
      ['quantization/fashion-cnn-drop', 'fashion-cnn-keras3-layers', 'fashion-mnist'],
    ] as const
  ).map(([id, name, data]) => ({
    id,
    what: `points of accuracy that static int8 loses on 10 000 images of ${data}`,
    missing: missing(name, data),
    run: digitsDrop(id, name, data),
  })),
];
