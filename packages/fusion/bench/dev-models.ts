import { nets, sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';

/** A model of the shared test data with inputs that it takes. */
export interface DevModel {
  /** Folder under `data/models`. */
  readonly name: string;
  readonly format: 'layers' | 'graph';
  /** Inputs at batch 1, in the order of the model's signature. */
  readonly inputs: (seed: number) => tf.Tensor[];
  /** The model loops over values, so that it only runs through `executeAsync`. */
  readonly async?: boolean;
}

const images = (side: number, channels: number) => (seed: number) => [
  nets.uniformTensor([1, side, side, channels], seed, 0, 1),
];

/** Whole numbers in [0, limit). */
function integers(shape: readonly number[], seed: number, limit: number): tf.Tensor {
  return tf.tidy(() => nets.uniformTensor(shape, seed, 0, limit).floor().toInt());
}

/** One-hot rows, as texts are given to the sequence model. */
function oneHot(rows: number, depth: number, seed: number): tf.Tensor {
  return tf.tidy(() =>
    tf
      .oneHot(integers([rows], seed, depth) as tf.Tensor1D, depth)
      .toFloat()
      .expandDims(0),
  );
}

/** Every model of the shared test data. */
export const DEV_MODELS: readonly DevModel[] = [
  { name: 'cifar-bn-cnn-layers', format: 'layers', inputs: images(32, 3) },
  { name: 'emotion-minixception-graph', format: 'graph', inputs: images(64, 1) },
  { name: 'fashion-cnn-keras3-layers', format: 'layers', inputs: images(28, 1) },
  {
    name: 'handtrack-ssd320-uint8-graph',
    format: 'graph',
    inputs: (seed) => [integers([1, 320, 320, 3], seed, 256)],
    async: true,
  },
  { name: 'lstm-seq2seq-layers', format: 'layers', inputs: (seed) => [oneHot(7, 12, seed)] },
  { name: 'mnist-cnn-graph', format: 'graph', inputs: images(28, 1) },
  { name: 'mnist-cnn-layers', format: 'layers', inputs: images(28, 1) },
  { name: 'mobilenet-v1-025-imagenet-layers', format: 'layers', inputs: images(224, 3) },
  {
    name: 'multi-input-concat-mlp-layers',
    format: 'layers',
    inputs: (seed) => [6, 11, 8, 5, 6, 5].map((width, at) => nets.uniformTensor([1, width], seed + at)),
  },
  { name: 'nsfw-mobilenet-v2-uint8-layers', format: 'layers', inputs: images(224, 3) },
  { name: 'transformer-lm-uint8-graph', format: 'graph', inputs: (seed) => [integers([1, 1], seed, 2502)] },
];

/** The folder of a model, or undefined where the shared data is not there. */
export function folderOf({ name }: DevModel): string | undefined {
  return sharedDir('data', 'models', name);
}
