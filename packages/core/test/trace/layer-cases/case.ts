import * as tf from '@tensorflow/tfjs';

type LayerName = Exclude<keyof typeof tf.layers, 'Layer' | 'RNN' | 'RNNCell'>;

/** One way to use a layer class, and what becomes of it. */
export interface LayerCase {
  /** Name in `tf.layers`. */
  readonly layer: LayerName;
  /** What is special about this use. */
  readonly use?: string;
  /** Shape of one example, or of several inputs; null is an unknown size. */
  readonly inputs: readonly (readonly (number | null)[])[];
  /** A fixed batch size. */
  readonly batch?: number;
  /** Inputs are whole numbers below this. */
  readonly below?: number;
  readonly apply: (...inputs: tf.SymbolicTensor[]) => tf.SymbolicTensor;
  /** The code with which tracing refuses. */
  readonly refused?: string;
  readonly why?: string;
  /** TensorFlow.js throws as well. */
  readonly broken?: boolean;
  /** The backend that has all kernels of the layer; both by default. */
  readonly onlyOn?: 'cpu';
}

export type Symbolic = tf.SymbolicTensor;
export const on = (layer: tf.layers.Layer) => (x: Symbolic) => layer.apply(x) as Symbolic;
export const merge =
  (layer: tf.layers.Layer) =>
  (...xs: Symbolic[]) =>
    layer.apply(xs) as Symbolic;

export const image = [9, 11, 3] as const;
export const sequence = [7, 5] as const;
export const volume = [6, 6, 6, 2] as const;
export const row = [6] as const;
export const pair = [row, row] as const;
export const last = 'channelsFirst' as const;

export const tokens = { inputs: [[7]], below: 20 } as const;
export const embedded = (x: Symbolic): Symbolic =>
  on(tf.layers.embedding({ inputDim: 20, outputDim: 5, maskZero: true }))(x);
