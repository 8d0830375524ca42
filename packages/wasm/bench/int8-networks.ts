import type { Model } from '@tfjs-optimize/core';
import { quantizeStatic } from '@tfjs-optimize/quantization';
import * as tf from '@tensorflow/tfjs';
import { digits } from '../../quantization/bench/digits.js';
import { fused, missing, MOBILENET } from '../../quantization/bench/mobilenet.js';
import { photos } from '../../quantization/bench/photos.js';

/** Examples of the shared data as a network takes them. */
interface Examples {
  readonly count: number;
  tensor(indexes: readonly number[]): tf.Tensor;
}

/** A trained network of the shared data, and examples to calibrate it with and to try it on. */
export interface Int8Network {
  readonly title: string;
  /** Why it is not there, or undefined. */
  readonly missing: () => string | undefined;
  readonly float: () => Promise<Model>;
  readonly calibrating: () => Examples;
  readonly trying: () => Examples;
}

/** The first numbers from 0 on. */
export const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

/** A network of images of 28 × 28 pixels, calibrated on those of its training. */
const small = (title: string, name: string, data: string): Int8Network => ({
  title,
  missing: missing(name, data),
  float: () => fused(name),
  calibrating: () => ({ count: 200, tensor: digits(data, 'train').tensor }),
  trying: () => ({ count: 10_000, tensor: digits(data, 't10k').tensor }),
});

export const INT8_NETWORKS = {
  mnist: small('the MNIST CNN', 'mnist-cnn-layers', 'mnist'),
  fashion: small('the Fashion CNN', 'fashion-cnn-keras3-layers', 'fashion-mnist'),
  mobilenet: {
    title: 'the ImageNet MobileNet',
    missing: missing(MOBILENET, 'imagenet-sample-150'),
    float: () => fused(MOBILENET),
    calibrating: () => ({ ...photos(), count: 10 }),
    trying: photos,
  },
} satisfies Readonly<Record<string, Int8Network>>;

/** Static int8 of a network up to its scores: what follows is of floats, which backends round otherwise. */
export async function int8Of({ float, calibrating }: Int8Network): Promise<Model> {
  const { count, tensor } = calibrating();
  const data = tensor(upTo(count));
  const model = await float();
  try {
    const { model: int8 } = await quantizeStatic(model, { data, correctBias: false });
    const scores = [...int8.graph].filter(({ op }) => op.endsWith('.Dequantize')).map(({ name }) => name);
    const outputs = int8.signature.outputs.map((port, i) => ({ ...port, value: scores[i] as string }));
    return int8.with({ signature: { ...int8.signature, outputs } });
  } finally {
    data.dispose();
    model.dispose();
  }
}

/** What a model gives for some examples on a backend, a batch after the other. */
export async function answersOn(
  backend: string,
  model: Model,
  { tensor }: Examples,
  indexes: readonly number[],
  batch: number,
  watch: (done: number) => void = () => undefined,
): Promise<Float32Array> {
  await tf.setBackend(backend);
  const parts: Float32Array[] = [];
  for (let i = 0; i < indexes.length; i += batch) {
    const y = tf.tidy(() => (model.run(tensor(indexes.slice(i, i + batch))) as [tf.Tensor])[0]);
    parts.push(await y.data<'float32'>());
    y.dispose();
    watch(Math.min(i + batch, indexes.length));
  }
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
