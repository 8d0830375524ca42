/** One real model and inputs that it takes. */
export interface DevModel {
  readonly name: string;
  /** Shape of each input without the batch, and the numbers it holds. */
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly kind: 'uniform' | 'pixels' | 'token' | 'one-hot';
  }[];
  /** Batch sizes that the model takes. */
  readonly batches: readonly number[];
  /** Bytes of the fused weights may be at most this share of what they were. */
  readonly growth: number;
}

const image = (size: number, channels: number): DevModel['inputs'] => [
  { shape: [size, size, channels], kind: 'uniform' },
];

/** Every model of the shared data. */
export const DEV_MODELS: readonly DevModel[] = [
  { name: 'mnist-cnn-layers', inputs: image(28, 1), batches: [1, 3], growth: 1.001 },
  { name: 'mnist-cnn-graph', inputs: image(28, 1), batches: [1, 3], growth: 1.001 },
  { name: 'fashion-cnn-keras3-layers', inputs: image(28, 1), batches: [1, 3], growth: 1.001 },
  { name: 'cifar-bn-cnn-layers', inputs: image(32, 3), batches: [1, 3], growth: 1.001 },
  { name: 'emotion-minixception-graph', inputs: image(64, 1), batches: [1, 2], growth: 1.001 },
  { name: 'mobilenet-v1-025-imagenet-layers', inputs: image(224, 3), batches: [1, 2], growth: 1.001 },
  { name: 'nsfw-mobilenet-v2-uint8-layers', inputs: image(224, 3), batches: [1, 2], growth: 1.05 },
  {
    name: 'multi-input-concat-mlp-layers',
    inputs: [6, 11, 8, 5, 6, 5].map((width) => ({ shape: [width], kind: 'uniform' as const })),
    batches: [1, 4],
    growth: 1.001,
  },
  {
    name: 'lstm-seq2seq-layers',
    inputs: [{ shape: [7, 12], kind: 'one-hot' }],
    batches: [1, 5],
    growth: 1.001,
  },
  {
    name: 'transformer-lm-uint8-graph',
    inputs: [{ shape: [1], kind: 'token' }],
    // Its positions are a constant for five tokens: it takes one, broadcast, or five.
    batches: [1, 5],
    growth: 1.05,
  },
  {
    name: 'handtrack-ssd320-uint8-graph',
    inputs: [{ shape: [320, 320, 3], kind: 'pixels' }],
    batches: [1],
    growth: 1.05,
  },
];
