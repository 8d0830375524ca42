import type { BenchCase, BenchContext, BenchRow } from '@tfjs-optimize/benchmark';
import { backend, optimize, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizeDynamic, quantizeStatic } from '@tfjs-optimize/quantization';
import { nets } from '@tfjs-optimize/testing';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { engineOf } from '../src/engine/engine.js';
import { Meter } from '../test/support/meter.js';

interface Network {
  readonly id: string;
  readonly what: string;
  readonly shape: readonly number[];
  readonly layers: (seed: number) => tf.LayersModel;
  readonly int8: (float: Model, x: tf.Tensor) => Promise<Model>;
  readonly atMost?: number;
}

/** Bytes of the wasm heap that a model holds between its calls, without what all models share for a call. */
function heldBy(model: Model, x: tf.Tensor): number {
  const engine = engineOf(tf.backend());
  if (engine === undefined) throw new Error('expected kernels of our own on the wasm backend');
  engine.scratch.clear();
  const meter = new Meter(engine.backend);
  // Weights of floats are packed at their second use.
  for (let i = 0; i < 3; i++) tf.dispose(model.run(x));
  engine.scratch.clear();
  const { bytes } = meter;
  meter.stop();
  model.dispose();
  return bytes;
}

/** What an int8 model's weights take of the wasm heap, of what the same network's take as stock tensors of float32. */
function weightsCase({ id, what, shape, layers, int8, atMost }: Network): BenchCase {
  return {
    ...{ id, what },
    run: async ({ seed }: BenchContext): Promise<BenchRow> => {
      await backend.use('wasm');
      const made = layers(seed);
      const { model: float } = await optimize(traceLayersModel(made), inference(), { seed });
      const x = nets.uniformTensor(shape, seed);
      const model = await int8(float, x);
      const floats = [...float.weights].reduce((sum, [, { bytes }]) => sum + bytes.byteLength, 0);
      const [ours, packed] = [heldBy(model, x), heldBy(float, x)];
      tf.dispose(x);
      made.dispose();
      const value = (100 * ours) / floats;
      const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
      const note = `${mib(ours)} of ${mib(floats)}; float32 with our kernels, which keep packed copies, ${mib(packed)}; ${integerForm()} int8 kernels`;
      return {
        ...{ id, value, low: value, high: value, unit: '%', n: 1, note },
        ...(atMost === undefined ? {} : { target: { atMost } }),
      };
    },
  };
}

const IMAGES = [1, 224, 224, 3];
const asStatic = async (float: Model, data: tf.Tensor): Promise<Model> =>
  (await quantizeStatic(float, { data, correctBias: false })).model;

export const cases: readonly BenchCase[] = [
  weightsCase({
    id: 'integer/weights-heap-mobilenet-v2',
    what: 'bytes of the wasm heap that weights of MobileNetV2 take in static int8, of those of float32',
    ...{ shape: IMAGES, layers: (seed) => nets.mobilenetV2({ seed }), int8: asStatic, atMost: 30 },
  }),
  weightsCase({
    id: 'integer/weights-heap-resnet-18',
    what: 'the same of ResNet-18',
    ...{ shape: IMAGES, layers: (seed) => nets.resnet18({ seed }), int8: asStatic, atMost: 30 },
  }),
  weightsCase({
    id: 'integer/weights-heap-bert-base',
    what: 'the same of four blocks of BERT in dynamic int8',
    ...{ shape: [1, 128, 768], atMost: 30 },
    layers: (seed) => nets.bert({ hidden: 768, heads: 12, blocks: 4, norms: 'layer', seed }),
    int8: async (float) => (await quantizeDynamic(float)).model,
  }),
];
