import type { Draw } from '../support/inputs.js';

/** A model of the shared data, and how it is run. */
export interface DevModel extends Draw {
  readonly name: string;
  readonly backend: 'cpu' | 'wasm';
}

const usual = { unknown: [1, 3], seed: 11, backend: 'wasm' } as const;

/** Every model of the shared data. */
export const DEV_MODELS: readonly DevModel[] = [
  { ...usual, name: 'cifar-bn-cnn-layers' },
  { ...usual, name: 'emotion-minixception-graph' },
  { ...usual, name: 'fashion-cnn-keras3-layers' },
  // One image at a time, of any height and width. On wasm TensorFlow.js 4.22 casts 0.5 to false.
  { ...usual, name: 'handtrack-ssd320-uint8-graph', unknown: [320, 240], backend: 'cpu' },
  { ...usual, name: 'lstm-seq2seq-layers' },
  { ...usual, name: 'mnist-cnn-graph' },
  { ...usual, name: 'mnist-cnn-layers' },
  { ...usual, name: 'mobilenet-v1-025-imagenet-layers' },
  { ...usual, name: 'multi-input-concat-mlp-layers' },
  { ...usual, name: 'nsfw-mobilenet-v2-uint8-layers' },
  // Its tables of positions are as long as five tokens; one is broadcast.
  { ...usual, name: 'transformer-lm-uint8-graph', unknown: [1, 5] },
];
