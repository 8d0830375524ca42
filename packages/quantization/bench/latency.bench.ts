import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { backend, type Model } from '@tfjs-optimize/core';
import { quantizeDynamic, quantizeStatic, quantizeWeights } from '@tfjs-optimize/quantization';
import type * as tf from '@tensorflow/tfjs';
import { calibrating, fused, mobileCase, MOBILENET, type Named, type Row } from './mobilenet.js';
import { photos } from './photos.js';

/** Float and quantized MobileNet by turns, one photo a call, on the wasm backend with its stock kernels. */
async function latency(
  { id, seed, quick, signal, progress }: Named,
  quantize: (float: Model) => Promise<Model>,
): Row {
  await backend.use('wasm');
  const float = await fused(MOBILENET);
  const quantized = await quantize(float);
  const photo = photos().tensor([0]);
  const call = (model: Model) => (): tf.Tensor => model.run(photo)[0] as tf.Tensor;
  try {
    return await race(call(float), call(quantized), {
      ...{ id, seed, names: ['float32', 'quantized'] as const, differByDesign: true as const, progress },
      ...(quick && { minRounds: 3, timeMs: 1000 }),
      ...(signal && { signal }),
    });
  } finally {
    photo.dispose();
    float.dispose();
    quantized.dispose();
  }
}

const latencyCase = (name: string, how: string, quantize: (float: Model) => Promise<Model>): BenchCase =>
  mobileCase(
    `quantization/mobilenet-v1-025-latency-${name}`,
    `how many times as fast as float MobileNet v1 0.25 one with ${how} is, by turns, one photo on wasm`,
    (context) => latency(context, quantize),
  );

export const cases: readonly BenchCase[] = [
  latencyCase(
    'float16',
    'weights in float16 (computed in float32)',
    async (float) => (await quantizeWeights(float, { scheme: 'float16' })).model,
  ),
  latencyCase(
    'dynamic',
    'dynamic int8 (reference ops)',
    async (float) =>
      (await quantizeDynamic(float, { ops: ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'] })).model,
  ),
  latencyCase('static', 'static int8 (reference ops)', async (float) => {
    const data = calibrating();
    try {
      return (await quantizeStatic(float, { data, limit: 8 })).model;
    } finally {
      data.dispose();
    }
  }),
];
