import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import {
  backend,
  fit,
  loadModel,
  optimize,
  Random,
  traceLayersModel,
  type FitOptions,
  type Model,
} from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizationAware, quantizeStatic, quantizeTrained } from '@tfjs-optimize/quantization';
import { sharedDir } from '@tfjs-optimize/testing';
import '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { compareLevels } from '../test/training/levels.js';
import { digits, type Digits } from './digits.js';

type Row = ReturnType<BenchCase['run']>;

const first = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The first images to train on. */
function examples({ pixels, labels }: Digits, count: number): FitOptions['data'] {
  return {
    inputs: { values: pixels.subarray(0, 784 * count), shape: [count, 28, 28, 1], scale: 1 / 255 },
    labels: { values: Int32Array.from(labels.subarray(0, count)), shape: [count] },
  };
}

function classes(model: Model, { tensor }: Digits, count: number): number[] {
  const found: number[] = [];
  for (let start = 0; start < count; start += 250) {
    const indexes = first(Math.min(250, count - start)).map((i) => start + i);
    found.push(
      ...tf.tidy(() => tf.argMax(model.run(tensor(indexes))[0] as tf.Tensor, -1).arraySync() as number[]),
    );
  }
  model.dispose();
  return found;
}

const count = (found: readonly number[], expected: ArrayLike<number>): number =>
  found.filter((each, i) => each === expected[i]).length;

/** The network of digits, trained for int8 for a moment: what is predicted, and what the integer model gives. */
async function exact({ seed, quick, progress }: BenchContext): Row {
  const { name } = await backend.use();
  const file = path.join(sharedDir('data', 'models', 'mnist-cnn-layers') as string, 'model.json');
  const [training, test] = [digits('mnist', 'train'), digits('mnist', 't10k')];
  const sample = training.tensor(first(64));
  const aware = await quantizationAware(await loadModel(file), { data: sample });
  sample.dispose();
  const { model: trained } = await fit(aware, {
    data: examples(training, quick ? 256 : 2048),
    ...{ loss: 'crossEntropy', epochs: 1, batchSize: 32, optimizer: 'adam', learningRate: 1e-4, seed },
  });
  progress('trained');
  const { model: int8 } = quantizeTrained(trained);
  const images = quick ? 100 : 1000;
  let [values, differing, most] = [0, 0, 0];
  for (let start = 0; start < images; start += 50) {
    const x = test.tensor(first(50).map((i) => start + i));
    for (const each of (await compareLevels(trained, int8, x)).values()) {
      values += each.values;
      differing += each.differing;
      most = Math.max(most, each.most);
    }
    x.dispose();
  }
  const [predicted, found] = [classes(trained, test, images), classes(int8, test, images)];
  const changed = images - count(found, predicted);
  const note =
    `${differing} of ${values} int8 values differ, by ${most} at most; right of ${images}: predicted ` +
    `${count(predicted, test.labels)}, int8 ${count(found, test.labels)}; on ${name}`;
  const id = 'quantization/qat-mnist-answers-changed';
  return {
    ...{ id, value: changed, low: changed, high: changed, unit: 'images', n: images, note },
    target: { atMost: 0 },
  };
}

/** The spread of the scales of channels: the standard deviation of their natural logarithm. */
const SPREAD = 1.5;

/**
 * Depthwise and pointwise convolutions with batch normalization, as in MobileNet (Howard et al. 2017). Normalizations begin
 * with scales that differ much from channel to channel, as those of large MobileNets come to do; the one behind the next
 * depthwise kernel makes up for that, so that float does not mind, and the folded kernel has channels far apart (Nagel et
 * al. 2019).
 */
function mobile(seed: number): Model<'float'> {
  let next = seed;
  const initializer = () => tf.initializers.heNormal({ seed: next++ });
  const norm = (kind: string): tf.layers.Layer[] => [
    tf.layers.batchNormalization({ momentum: 0.9, name: `${kind}_norm_${next++}` }),
    tf.layers.reLU(),
  ];
  const pair = (filters: number, strides: number): tf.layers.Layer[] => [
    tf.layers.depthwiseConv2d({
      ...{ kernelSize: 3, strides, padding: 'same', useBias: false },
      depthwiseInitializer: initializer(),
    }),
    ...norm('depthwise'),
    tf.layers.conv2d({ filters, kernelSize: 1, useBias: false, kernelInitializer: initializer() }),
    ...norm('pointwise'),
  ];
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...{ filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false },
        inputShape: [28, 28, 1],
        kernelInitializer: initializer(),
      }),
      ...norm('pointwise'),
      ...pair(16, 1),
      ...pair(32, 2),
      ...pair(32, 1),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 10, kernelInitializer: initializer() }),
    ],
  });
  const random = Random.of(seed).fork('scales of channels');
  // The last one stands in front of no depthwise kernel.
  const spread = model.layers.filter(({ name }) => name.startsWith('pointwise')).slice(0, -1);
  for (const layer of spread) {
    const [gamma, ...others] = layer.getWeights() as [tf.Tensor, ...tf.Tensor[]];
    const scales = Float32Array.from({ length: gamma.size }, () => Math.exp(SPREAD * random.normal()));
    tf.tidy(() => layer.setWeights([tf.tensor1d(scales), ...others]));
  }
  const graph = traceLayersModel(model);
  model.dispose();
  return graph;
}

/** One scale for each kernel, which small channels of depthwise kernels do not survive. */
async function perTensor({ seed, quick, progress }: BenchContext): Row {
  const { name } = await backend.use();
  const images = quick ? 2000 : 6000;
  const scored = quick ? 500 : 2000;
  const [training, test] = [digits('fashion-mnist', 'train'), digits('fashion-mnist', 't10k')];
  const data = examples(training, images);
  const settings = { data, loss: 'crossEntropy', batchSize: 64, optimizer: 'adam', seed } as const;
  const epochs = quick ? 2 : 5;
  const { model: float } = await fit(mobile(seed), { ...settings, epochs, learningRate: 3e-3 });
  progress('float trained');
  const right = (model: Model): number => count(classes(model, test, scored), test.labels);
  const sample = training.tensor(first(200));
  const { model: fused } = await optimize(float, inference());
  const after = async (granularity: 'channel' | 'tensor'): Promise<number> =>
    right((await quantizeStatic(fused, { data: sample, granularity })).model);
  const [byChannel, byTensor] = [await after('channel'), await after('tensor')];
  progress(`after training: ${byChannel} by channel, ${byTensor} by tensor`);
  const more = { ...settings, epochs: quick ? 1 : 2, learningRate: 5e-4 };
  // The float model trains on, too: what more steps give is not what fake quantization gives.
  const { model: longer } = await fit(float, more);
  const further = (await optimize(longer, inference())).model;
  const later = right((await quantizeStatic(further, { data: sample, granularity: 'tensor' })).model);
  const aware = await quantizationAware(float, { data: sample, granularity: 'tensor' });
  // Batches say other things of quantized sums than the averages by which kernels are folded: these stay.
  const { model: trained } = await fit(aware, { ...more, trainsBatchNorm: false });
  sample.dispose();
  const [predicted, int8, exactly] = [right(trained), right(quantizeTrained(trained).model), right(float)];
  const points = (n: number): string => ((100 * n) / scored).toFixed(2);
  const note =
    `% right of ${scored} with a scale for each kernel: float ${points(exactly)}, int8 after training ${points(byTensor)} ` +
    `(a scale for each channel: ${points(byChannel)}); trained on for ${more.epochs} epochs: float ${points(right(longer))}, ` +
    `int8 of that ${points(later)}, with fake quantization ${points(int8)} (predicted: ${points(predicted)}); on ${name}`;
  const id = 'quantization/qat-fashion-per-tensor-gain';
  const gain = (100 * (int8 - Math.max(byTensor, later))) / scored;
  return {
    ...{ id, value: gain, low: gain, high: gain, unit: 'points', n: scored, note },
    target: { atLeast: 10 },
  };
}

const missing = (data: string, model?: string) => () =>
  sharedDir('data', data) === undefined ||
  (model !== undefined && sharedDir('data', 'models', model) === undefined)
    ? `data/${model ?? data} of the shared folder is not there`
    : undefined;

export const cases: readonly BenchCase[] = [
  {
    id: 'quantization/qat-mnist-answers-changed',
    what: 'answers of an integer model that its fake quantization did not predict',
    missing: missing('mnist', 'mnist-cnn-layers'),
    run: exact,
  },
  {
    id: 'quantization/qat-fashion-per-tensor-gain',
    what: 'points that training with fake quantization wins over int8 after training, with one scale for each kernel',
    missing: missing('fashion-mnist'),
    run: perTensor,
  },
];
