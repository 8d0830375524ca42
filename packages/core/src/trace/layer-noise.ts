import type * as tf from '@tensorflow/tfjs';
import type { Noise } from '../graph/training-attrs.js';

/** What layers of noise keep, beyond what TensorFlow.js documents. */
interface NoisyLayer {
  readonly rate?: number;
  readonly stddev?: number;
  readonly noiseShape?: readonly (number | null)[];
}

const BY_RATE: Readonly<Record<string, Noise['kind']>> = {
  Dropout: 'dropout',
  SpatialDropout1D: 'dropout',
  GaussianDropout: 'gaussian-dropout',
  AlphaDropout: 'alpha-dropout',
};

/** The noise that a layer adds in training, by its class; undefined for layers that add none. */
export function noiseOfLayer(layer: tf.layers.Layer): Noise | undefined {
  const name = layer.getClassName();
  const { rate = 0, stddev = 0, noiseShape } = layer as unknown as NoisyLayer;
  if (name === 'GaussianNoise') return stddev > 0 ? { kind: 'gaussian-noise', amount: stddev } : undefined;
  const kind = Object.hasOwn(BY_RATE, name) ? BY_RATE[name] : undefined;
  if (kind === undefined || rate <= 0 || rate >= 1) return undefined;
  const shape = name === 'SpatialDropout1D' ? [-1, 1, -1] : noiseShape?.map((size) => size ?? -1);
  return { kind, amount: rate, ...(shape === undefined ? {} : { shape }) };
}
