import {
  race,
  type BenchCase,
  type BenchContext,
  type BenchRow,
  type Target,
} from '@tfjs-optimize/benchmark';
import { backend, GraphBuilder, optimize, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizeStatic } from '@tfjs-optimize/quantization';
import { opName } from '@tfjs-optimize/runtime/format';
import { nets } from '@tfjs-optimize/testing';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { relaxedOnly } from './relaxed.js';
import { ours, stock } from './sides.js';

/** What is timed, and what frees it. */
interface Sides {
  readonly float: () => tf.Tensor;
  readonly int8: () => tf.Tensor;
  dispose(): void;
}

/** Kernels that the wasm backend came with against int8 ones of ours, by turns. */
function integerCase(
  id: string,
  what: string,
  target: Target,
  make: (seed: number) => Promise<Sides>,
): BenchCase {
  return {
    ...{ id: `integer/${id}`, what: `${what}, batch 1, one thread` },
    run: async ({ seed, quick, signal, progress }: BenchContext): Promise<BenchRow> => {
      await backend.use('wasm');
      const { float, int8, dispose } = await make(seed);
      try {
        const row = await race(stock(float), ours(int8), {
          ...{ id: `integer/${id}`, seed, names: ['float32', 'int8'] as const, progress, target },
          ...{ differByDesign: true as const, timeMs: quick ? 1500 : 6000, minRounds: quick ? 5 : 20 },
          ...(signal && { signal }),
        });
        return { ...row, note: `${row.note}; int8 kernels in the ${integerForm()} form` };
      } finally {
        dispose();
      }
    },
  };
}

/** A product of m rows of k numbers with k × n weights, floats at both ends. */
async function product(m: number, k: number, n: number, seed: number): Promise<Sides> {
  const b = new GraphBuilder();
  const x = b.input('x', [m, k]);
  const params = { x_scale: 1 / 127, y_scale: Math.sqrt(k) / 127 };
  const q = b.op(opName('Quantize'), [x], { scale: 1 / 127 });
  const [rows, weights] = [nets.uniformTensor([m, k], seed), nets.uniformTensor([k, n], seed + 1)];
  const whole = Int8Array.from(await weights.data<'float32'>(), (value) => Math.round(value * 127));
  const w = b.constant('w', new Uint8Array(whole.buffer), [k, n], 'bool');
  const scales = b.constant('scales', new Float32Array(n).fill(1 / 127), [n]);
  const y = b.op(opName('MatMul'), [q, w, scales], params);
  b.output(b.op(opName('Dequantize'), [y], { scale: params.y_scale }), 'y');
  const model = b.build('integer');
  return {
    float: () => tf.matMul(rows, weights),
    int8: () => model.run(rows)[0] as tf.Tensor,
    dispose: () => {
      tf.dispose([rows, weights]);
      model.dispose();
    },
  };
}

/** A network of images: as the layers model it was, or fused, against its static int8. */
async function network(
  make: (seed: number) => tf.LayersModel,
  against: 'layers' | 'fused',
  seed: number,
): Promise<Sides> {
  const layers = make(seed);
  const traced = traceLayersModel(layers);
  const { model: fused } = await optimize(traced, inference(), { seed });
  const images = nets.uniformTensor([8, 224, 224, 3], seed);
  const { model: int8 } = await quantizeStatic(fused, { data: images });
  const x = tf.tidy(() => tf.slice(images, [0, 0, 0, 0], [1, 224, 224, 3]));
  images.dispose();
  const run = (model: Model) => (): tf.Tensor => model.run(x)[0] as tf.Tensor;
  return {
    float: against === 'layers' ? () => layers.predict(x) as tf.Tensor : run(fused),
    int8: run(int8),
    dispose: () => {
      for (const model of [layers, traced, fused, int8]) model.dispose();
      x.dispose();
    },
  };
}

const mobilenet = (seed: number): tf.LayersModel => nets.mobilenetV2({ seed });
const resnet = (seed: number): tf.LayersModel => nets.resnet18({ seed });

const PRODUCTS = [
  integerCase(
    'gemm-128x768x3072',
    'a product of 128 × 768 by 768 × 3072: stock float32 against int8, floats at both ends',
    { atLeast: 2.2 },
    (seed) => product(128, 768, 3072, seed),
  ),
  integerCase(
    'gemv-4096',
    'a vector by 4096 × 4096: stock float32 against int8, floats at both ends',
    { atLeast: 2 },
    (seed) => product(1, 4096, 4096, seed),
  ),
];

export const cases: readonly BenchCase[] = [
  ...PRODUCTS,
  ...PRODUCTS.map(relaxedOnly),
  integerCase(
    'mobilenet-v2-224',
    'MobileNetV2: its fused float graph on stock kernels against static int8',
    { atLeast: 1.6 },
    (seed) => network(mobilenet, 'fused', seed),
  ),
  integerCase(
    'mobilenet-v2-224-layers',
    'MobileNetV2: the layers model on stock kernels against static int8',
    { atLeast: 3.5 },
    (seed) => network(mobilenet, 'layers', seed),
  ),
  integerCase(
    'resnet-18-224',
    'ResNet-18: the layers model on stock kernels against static int8',
    { atLeast: 2 },
    (seed) => network(resnet, 'layers', seed),
  ),
  relaxedOnly(
    integerCase(
      'mobilenet-v2-224',
      'MobileNetV2: its fused float graph on stock kernels against static int8, relaxed',
      { atLeast: 3 },
      (seed) => network(mobilenet, 'fused', seed),
    ),
  ),
  relaxedOnly(
    integerCase(
      'resnet-18-224',
      'ResNet-18: its fused float graph on stock kernels against static int8, relaxed',
      { atLeast: 4 },
      (seed) => network(resnet, 'fused', seed),
    ),
  ),
];
