import * as tf from '@tensorflow/tfjs';
import { image, last, on, row, sequence, tokens, volume, type LayerCase } from './case.js';

/** Dense, convolutional, pooling and activation layers. */
export const FEED_FORWARD: readonly LayerCase[] = [
  { layer: 'dense', inputs: [row], apply: (x) => on(tf.layers.dense({ units: 4, activation: 'relu' }))(x) },
  {
    layer: 'dense',
    use: 'without bias',
    inputs: [row],
    apply: (x) => on(tf.layers.dense({ units: 4, useBias: false }))(x),
  },
  {
    layer: 'dense',
    use: 'on sequences',
    inputs: [sequence],
    apply: (x) => on(tf.layers.dense({ units: 4, activation: 'tanh' }))(x),
  },
  {
    layer: 'dense',
    use: 'on sequences of unknown length',
    inputs: [[null, 5]],
    apply: (x) => on(tf.layers.dense({ units: 4 }))(x),
  },
  { layer: 'dropout', inputs: [row], apply: (x) => on(tf.layers.dropout({ rate: 0.5 }))(x) },
  { layer: 'alphaDropout', inputs: [row], apply: (x) => on(tf.layers.alphaDropout({ rate: 0.5 }))(x) },
  { layer: 'gaussianDropout', inputs: [row], apply: (x) => on(tf.layers.gaussianDropout({ rate: 0.5 }))(x) },
  { layer: 'gaussianNoise', inputs: [row], apply: (x) => on(tf.layers.gaussianNoise({ stddev: 0.5 }))(x) },
  {
    layer: 'spatialDropout1d',
    inputs: [sequence],
    apply: (x) => on(tf.layers.spatialDropout1d({ rate: 0.5 }))(x),
  },
  { layer: 'flatten', inputs: [image], apply: (x) => on(tf.layers.flatten())(x) },
  {
    layer: 'flatten',
    use: 'channels first',
    inputs: [image],
    apply: (x) => on(tf.layers.flatten({ dataFormat: last }))(x),
  },
  { layer: 'reshape', inputs: [image], apply: (x) => on(tf.layers.reshape({ targetShape: [11, 27] }))(x) },
  {
    layer: 'reshape',
    use: 'with -1',
    inputs: [image],
    apply: (x) => on(tf.layers.reshape({ targetShape: [-1, 9] }))(x),
  },
  { layer: 'permute', inputs: [image], apply: (x) => on(tf.layers.permute({ dims: [3, 1, 2] }))(x) },
  { layer: 'repeatVector', inputs: [row], apply: (x) => on(tf.layers.repeatVector({ n: 3 }))(x) },
  { layer: 'masking', inputs: [sequence], apply: (x) => on(tf.layers.masking({ maskValue: 0 }))(x) },
  { layer: 'inputLayer', inputs: [row], apply: (x) => on(tf.layers.reLU())(x) },
  { layer: 'input', inputs: [row], apply: (x) => on(tf.layers.reLU())(x) },
  {
    layer: 'activation',
    use: 'softmax',
    inputs: [row],
    apply: (x) => on(tf.layers.activation({ activation: 'softmax' }))(x),
  },
  ...(
    [
      'elu',
      'hardSigmoid',
      'linear',
      'relu',
      'relu6',
      'selu',
      'sigmoid',
      'softplus',
      'softsign',
      'tanh',
      'swish',
      'mish',
      'gelu',
      'gelu_new',
    ] as const
  ).map((activation): LayerCase => ({
    layer: 'activation',
    use: activation,
    inputs: [row],
    apply: (x) => on(tf.layers.activation({ activation }))(x),
  })),
  { layer: 'elu', inputs: [row], apply: (x) => on(tf.layers.elu({ alpha: 1 }))(x) },
  { layer: 'leakyReLU', inputs: [row], apply: (x) => on(tf.layers.leakyReLU({ alpha: 0.1 }))(x) },
  {
    layer: 'prelu',
    inputs: [row],
    apply: (x) => on(tf.layers.prelu({ alphaInitializer: tf.initializers.randomUniform({ seed: 3 }) }))(x),
  },
  {
    layer: 'prelu',
    use: 'with shared axes',
    inputs: [image],
    apply: (x) =>
      on(
        tf.layers.prelu({ sharedAxes: [1, 2], alphaInitializer: tf.initializers.randomUniform({ seed: 3 }) }),
      )(x),
  },
  { layer: 'reLU', inputs: [row], apply: (x) => on(tf.layers.reLU())(x) },
  {
    layer: 'reLU',
    use: 'with a maximum',
    inputs: [row],
    apply: (x) => on(tf.layers.reLU({ maxValue: 0.8 }))(x),
  },
  { layer: 'softmax', inputs: [row], apply: (x) => on(tf.layers.softmax())(x) },
  { layer: 'thresholdedReLU', inputs: [row], apply: (x) => on(tf.layers.thresholdedReLU({ theta: 0.4 }))(x) },
  {
    layer: 'conv1d',
    inputs: [[9, 3]],
    apply: (x) => on(tf.layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu' }))(x),
  },
  {
    layer: 'conv1d',
    use: 'of unknown length',
    inputs: [[null, 3]],
    apply: (x) => on(tf.layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }))(x),
  },
  {
    layer: 'conv2d',
    inputs: [image],
    apply: (x) => on(tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }))(x),
  },
  {
    layer: 'conv2d',
    use: 'dilated, of unknown size',
    inputs: [[null, null, 3]],
    apply: (x) => on(tf.layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, activation: 'tanh' }))(x),
  },
  {
    layer: 'conv2d',
    use: 'channels first',
    inputs: [[3, 9, 11]],
    apply: (x) => on(tf.layers.conv2d({ filters: 4, kernelSize: 3, dataFormat: last }))(x),
  },
  {
    layer: 'conv2dTranspose',
    inputs: [image],
    apply: (x) =>
      on(tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }))(x),
  },
  {
    layer: 'conv2dTranspose',
    use: 'of unknown size',
    inputs: [[null, null, 3]],
    apply: (x) =>
      on(tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'valid' }))(x),
  },
  {
    layer: 'conv3d',
    inputs: [volume],
    apply: (x) => on(tf.layers.conv3d({ filters: 3, kernelSize: 2, activation: 'relu' }))(x),
    onlyOn: 'cpu',
  },
  {
    layer: 'conv3dTranspose',
    inputs: [volume],
    apply: (x) => on(tf.layers.conv3dTranspose({ filters: 3, kernelSize: 2 }))(x),
    refused: 'trace/unsupported',
    why: 'graph models have no transposed convolution in three dimensions',
  },
  {
    layer: 'separableConv2d',
    inputs: [image],
    apply: (x) => on(tf.layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }))(x),
  },
  {
    layer: 'depthwiseConv2d',
    inputs: [image],
    apply: (x) => on(tf.layers.depthwiseConv2d({ kernelSize: 3, activation: 'relu' }))(x),
  },
  {
    layer: 'cropping2D',
    inputs: [image],
    apply: (x) =>
      on(
        tf.layers.cropping2D({
          cropping: [
            [1, 2],
            [0, 3],
          ],
        }),
      )(x),
  },
  { layer: 'upSampling2d', inputs: [image], apply: (x) => on(tf.layers.upSampling2d({ size: [2, 3] }))(x) },
  {
    layer: 'upSampling2d',
    use: 'bilinear, of unknown size',
    inputs: [[null, null, 3]],
    apply: (x) => on(tf.layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }))(x),
  },
  {
    layer: 'zeroPadding2d',
    inputs: [image],
    apply: (x) =>
      on(
        tf.layers.zeroPadding2d({
          padding: [
            [1, 0],
            [2, 1],
          ],
        }),
      )(x),
  },
  ...(['averagePooling1d', 'avgPool1d', 'avgPooling1d', 'maxPool1d', 'maxPooling1d'] as const).map(
    (layer): LayerCase => ({
      layer,
      inputs: [sequence],
      apply: (x) => on(tf.layers[layer]({ poolSize: 2 }))(x),
    }),
  ),
  ...(['averagePooling2d', 'avgPool2d', 'avgPooling2d', 'maxPool2d', 'maxPooling2d'] as const).map(
    (layer): LayerCase => ({
      layer,
      inputs: [[null, null, 3]],
      apply: (x) => on(tf.layers[layer]({ poolSize: 2, padding: 'same' }))(x),
    }),
  ),
  ...(['averagePooling3d', 'avgPool3d', 'avgPooling3d', 'maxPooling3d'] as const).map((layer): LayerCase => ({
    layer,
    inputs: [volume],
    apply: (x) => on(tf.layers[layer]({ poolSize: 2, padding: 'valid' }))(x),
    onlyOn: 'cpu',
  })),
  {
    layer: 'globalAveragePooling1d',
    inputs: [[null, 5]],
    apply: (x) => on(tf.layers.globalAveragePooling1d())(x),
  },
  {
    layer: 'globalAveragePooling2d',
    inputs: [[null, null, 3]],
    apply: (x) => on(tf.layers.globalAveragePooling2d({}))(x),
  },
  { layer: 'globalMaxPooling1d', inputs: [[null, 5]], apply: (x) => on(tf.layers.globalMaxPooling1d())(x) },
  { layer: 'globalMaxPooling2d', inputs: [image], apply: (x) => on(tf.layers.globalMaxPooling2d({}))(x) },
  { layer: 'globalMaxPool1d', inputs: [sequence], apply: (x) => on(tf.layers.globalMaxPool1d())(x) },
  { layer: 'globalMaxPool2d', inputs: [image], apply: (x) => on(tf.layers.globalMaxPool2d({}))(x) },
  { layer: 'embedding', ...tokens, apply: (x) => on(tf.layers.embedding({ inputDim: 20, outputDim: 5 }))(x) },
  {
    layer: 'embedding',
    use: 'of unknown length',
    inputs: [[null]],
    below: 20,
    apply: (x) => on(tf.layers.embedding({ inputDim: 20, outputDim: 5 }))(x),
  },
  { layer: 'batchNormalization', inputs: [image], apply: (x) => on(tf.layers.batchNormalization({}))(x) },
];
