import * as tf from '@tensorflow/tfjs';

/** A layer of tf.layers in a small model, with weights of its own or behind a layer that has some. */
export interface TrainedLayer {
  readonly name: string;
  /** Shape of an input without the batch. */
  readonly shape: readonly number[];
  readonly layers: () => tf.layers.Layer[];
  /** Inputs are numbers of words. */
  readonly words?: boolean;
  /** One example: the cpu backend reads gradients of the others from wrong places. */
  readonly single?: boolean;
  /** Draws numbers as it trains. */
  readonly isRandom?: boolean;
}

const { layers: L } = tf;

const behindDense = (
  name: string,
  layer: () => tf.layers.Layer,
  more: Partial<TrainedLayer> = {},
): TrainedLayer => ({
  name,
  shape: [6],
  layers: () => [L.dense({ units: 4, inputShape: [6] }), layer()],
  ...more,
});

const behindConv1d = (name: string, layer: () => tf.layers.Layer): TrainedLayer => ({
  name,
  shape: [8, 3],
  layers: () => [L.conv1d({ filters: 4, kernelSize: 3, inputShape: [8, 3] }), layer()],
});

const behindConv2d = (name: string, ...layers: (() => tf.layers.Layer)[]): TrainedLayer => ({
  name,
  shape: [8, 8, 3],
  layers: () => [
    L.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 3] }),
    ...layers.map((make) => make()),
  ],
});

const alone = (
  name: string,
  shape: number[],
  make: (first: { inputShape: number[] }) => tf.layers.Layer,
): TrainedLayer => ({ name, shape, layers: () => [make({ inputShape: shape })] });

const ACTIVATIONS = [
  ...['elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'mish', 'relu', 'relu6'],
  ...['selu', 'sigmoid', 'softmax', 'softplus', 'softsign', 'swish', 'tanh'],
] as const;

/** The layers of tf.layers that have weights, or that gradients pass through. */
export const TRAINED_LAYERS: readonly TrainedLayer[] = [
  alone('dense', [6], (first) => L.dense({ units: 4, ...first })),
  ...ACTIVATIONS.map((activation) =>
    behindDense(`activation ${activation}`, () => L.activation({ activation: activation })),
  ),
  behindDense('leakyReLU', () => L.leakyReLU()),
  behindDense('prelu', () => L.prelu()),
  behindDense('thresholdedReLU', () => L.thresholdedReLU()),
  behindDense('dropout', () => L.dropout({ rate: 0.5 }), { isRandom: true }),
  behindDense('alphaDropout', () => L.alphaDropout({ rate: 0.5 }), { isRandom: true }),
  behindDense('gaussianNoise', () => L.gaussianNoise({ stddev: 0.5 }), { isRandom: true }),
  behindDense('repeatVector', () => L.repeatVector({ n: 3 })),
  behindDense('reshape', () => L.reshape({ targetShape: [2, 2] })),
  alone('conv1d', [8, 3], (first) => L.conv1d({ filters: 4, kernelSize: 3, ...first })),
  alone('conv2d', [8, 8, 3], (first) => L.conv2d({ filters: 4, kernelSize: 3, ...first })),
  alone('conv2d with dilation', [8, 8, 3], (first) =>
    L.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, ...first }),
  ),
  alone('conv2dTranspose', [4, 4, 3], (first) =>
    L.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, ...first }),
  ),
  alone('conv3d', [5, 5, 5, 2], (first) => L.conv3d({ filters: 2, kernelSize: 3, ...first })),
  alone('conv3dTranspose', [3, 3, 3, 2], (first) =>
    L.conv3dTranspose({ filters: 2, kernelSize: 3, ...first }),
  ),
  alone('depthwiseConv2d', [8, 8, 3], (first) => L.depthwiseConv2d({ kernelSize: 3, ...first })),
  alone('separableConv2d', [8, 8, 3], (first) => L.separableConv2d({ filters: 4, kernelSize: 3, ...first })),
  behindConv1d('maxPooling1d', () => L.maxPooling1d({ poolSize: 2 })),
  behindConv1d('averagePooling1d', () => L.averagePooling1d({ poolSize: 2 })),
  behindConv1d('globalMaxPooling1d', () => L.globalMaxPooling1d()),
  behindConv1d('globalAveragePooling1d', () => L.globalAveragePooling1d()),
  behindConv2d('maxPooling2d', () => L.maxPooling2d({ poolSize: 2 })),
  behindConv2d('averagePooling2d', () => L.averagePooling2d({ poolSize: 2 })),
  behindConv2d('globalMaxPooling2d', () => L.globalMaxPooling2d({})),
  behindConv2d('globalAveragePooling2d', () => L.globalAveragePooling2d({})),
  { ...behindConv2d('upSampling2d', () => L.upSampling2d({})), single: true },
  behindConv2d(
    'zeroPadding2d and cropping2D',
    () => L.zeroPadding2d({ padding: [1, 1] }),
    () =>
      L.cropping2D({
        cropping: [
          [1, 1],
          [0, 1],
        ],
      }),
  ),
  behindConv2d('batchNormalization', () => L.batchNormalization()),
  behindDense('layerNormalization', () => L.layerNormalization()),
  {
    name: 'embedding',
    shape: [5],
    words: true,
    layers: () => [L.embedding({ inputDim: 10, outputDim: 4, inputLength: 5 })],
  },
  alone('simpleRNN', [5, 3], (first) => L.simpleRNN({ units: 4, ...first })),
  alone('gru', [5, 3], (first) => L.gru({ units: 4, ...first })),
  alone('lstm', [5, 3], (first) => L.lstm({ units: 4, ...first })),
  alone('bidirectional', [5, 3], (first) =>
    L.bidirectional({ layer: L.lstm({ units: 4 }), mergeMode: 'concat', ...first } as never),
  ),
  alone('timeDistributed', [5, 3], (first) => L.timeDistributed({ layer: L.dense({ units: 4 }), ...first })),
  alone('convLstm2d', [3, 6, 6, 2], (first) => L.convLstm2d({ filters: 2, kernelSize: 3, ...first })),
];

/** Why a layer cannot be trained on the current backend; undefined where it can. */
export function whyNot(layer: TrainedLayer): string | undefined {
  try {
    tf.dispose(gradientsOf(layer).grads);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The gradients of a sum of squares by all weights, which are drawn by a seed. */
export function gradientsOf({ shape, layers, words = false, single = false }: TrainedLayer): {
  readonly grads: tf.NamedTensorMap;
  readonly value: tf.Scalar;
} {
  const model = tf.sequential({ layers: layers() });
  try {
    const weights = model.getWeights();
    const drawn = weights.map((each, i) => tf.randomNormal(each.shape, 0, 0.5, 'float32', 7 + i).abs());
    model.setWeights(drawn);
    tf.dispose(drawn);
    return tf.tidy(() => {
      const x = words
        ? tf.tensor2d([1, 2, 3, 2, 1, 0, 5, 9, 1, 1], [2, 5], 'int32')
        : tf.randomNormal([single ? 1 : 2, ...shape], 0, 1, 'float32', 3);
      const loss = (): tf.Scalar =>
        tf.sum(tf.square(model.apply(x, { training: true }) as tf.Tensor)).asScalar();
      const found = tf.variableGrads(loss);
      return { grads: found.grads, value: found.value };
    });
  } finally {
    model.dispose();
  }
}
