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
  readonly only?: 'cpu';
}

type Symbolic = tf.SymbolicTensor;
const on = (layer: tf.layers.Layer) => (x: Symbolic) => layer.apply(x) as Symbolic;
const merge =
  (layer: tf.layers.Layer) =>
  (...xs: Symbolic[]) =>
    layer.apply(xs) as Symbolic;

const image = [9, 11, 3] as const;
const sequence = [7, 5] as const;
const volume = [6, 6, 6, 2] as const;
const row = [6] as const;
const pair = [row, row] as const;
const last = 'channelsFirst' as const;

const tokens = { inputs: [[7]], below: 20 } as const;
const embedded = (x: Symbolic): Symbolic =>
  on(tf.layers.embedding({ inputDim: 20, outputDim: 5, maskZero: true }))(x);

/** Every class of `tf.layers`, in its main uses. */
export const LAYER_CASES: readonly LayerCase[] = [
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
    only: 'cpu',
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
    only: 'cpu',
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
  {
    layer: 'batchNormalization',
    use: 'of rows',
    inputs: [row],
    apply: (x) => on(tf.layers.batchNormalization({ center: false }))(x),
  },
  {
    layer: 'batchNormalization',
    use: 'of sequences',
    inputs: [[null, 5]],
    apply: (x) => on(tf.layers.batchNormalization({ scale: false }))(x),
  },
  {
    layer: 'batchNormalization',
    use: 'on another axis',
    inputs: [[3, 9, 11]],
    apply: (x) => on(tf.layers.batchNormalization({ axis: 1 }))(x),
  },
  { layer: 'layerNormalization', inputs: [sequence], apply: (x) => on(tf.layers.layerNormalization({}))(x) },
  {
    layer: 'layerNormalization',
    use: 'of unknown length',
    inputs: [[null, 5]],
    apply: (x) => on(tf.layers.layerNormalization({}))(x),
  },
  ...(['add', 'average', 'concatenate', 'maximum', 'minimum', 'multiply'] as const).map(
    (layer): LayerCase => ({ layer, inputs: pair, apply: merge(tf.layers[layer]()) }),
  ),
  {
    layer: 'add',
    use: 'of sequences of one unknown length',
    inputs: [
      [null, 5],
      [null, 5],
    ],
    apply: merge(tf.layers.add()),
  },
  {
    layer: 'concatenate',
    use: 'of sequences of unknown lengths',
    inputs: [
      [null, 5],
      [null, 5],
    ],
    apply: merge(tf.layers.concatenate({ axis: 1 })),
  },
  { layer: 'dot', inputs: pair, apply: merge(tf.layers.dot({ axes: -1 })) },
  {
    layer: 'dot',
    use: 'of sequences, normalized',
    inputs: [sequence, sequence],
    apply: merge(tf.layers.dot({ axes: 2, normalize: true })),
  },
  ...(['simpleRNN', 'gru', 'lstm'] as const).flatMap((layer): LayerCase[] => {
    const make = (args: object) => (x: Symbolic) =>
      on(
        (tf.layers[layer] as (args: object) => tf.layers.Layer)({
          units: 4,
          recurrentInitializer: 'glorotUniform',
          ...args,
        }),
      )(x);
    return [
      { layer, inputs: [sequence], apply: make({}) },
      {
        layer,
        use: 'returning sequences, backwards',
        inputs: [sequence],
        apply: make({ returnSequences: true, goBackwards: true }),
      },
      { layer, use: 'with masked steps', ...tokens, apply: (x) => make({})(embedded(x)) },
      {
        layer,
        use: 'of unknown length',
        inputs: [[null, 5]],
        apply: make({}),
        refused: 'trace/shape',
        why: 'the loop is unrolled; give a length through inputShapes',
      },
      {
        layer,
        use: 'stateful',
        inputs: [sequence],
        apply: make({ stateful: true }),
        batch: 2,
        refused: 'trace/unsupported',
        why: 'a graph has no memory between calls',
      },
    ];
  }),
  {
    layer: 'simpleRNNCell',
    inputs: [sequence],
    apply: (x) =>
      on(
        tf.layers.rnn({ cell: tf.layers.simpleRNNCell({ units: 4, recurrentInitializer: 'glorotUniform' }) }),
      )(x),
  },
  {
    layer: 'gruCell',
    inputs: [sequence],
    apply: (x) =>
      on(tf.layers.rnn({ cell: tf.layers.gruCell({ units: 4, recurrentInitializer: 'glorotUniform' }) }))(x),
  },
  {
    layer: 'lstmCell',
    inputs: [sequence],
    apply: (x) =>
      on(tf.layers.rnn({ cell: tf.layers.lstmCell({ units: 4, recurrentInitializer: 'glorotUniform' }) }))(x),
  },
  {
    layer: 'rnn',
    use: 'returning sequences',
    inputs: [sequence],
    apply: (x) =>
      on(
        tf.layers.rnn({
          cell: tf.layers.gruCell({ units: 4, recurrentInitializer: 'glorotUniform' }),
          returnSequences: true,
        }),
      )(x),
  },
  {
    layer: 'stackedRNNCells',
    inputs: [sequence],
    apply: (x) =>
      on(
        tf.layers.rnn({
          cell: tf.layers.stackedRNNCells({
            cells: [3, 4].map((units) =>
              tf.layers.lstmCell({ units, recurrentInitializer: 'glorotUniform' }),
            ),
          }),
        }),
      )(x),
  },
  {
    layer: 'bidirectional',
    inputs: [sequence],
    apply: (x) =>
      on(
        tf.layers.bidirectional({
          layer: tf.layers.lstm({
            units: 4,
            recurrentInitializer: 'glorotUniform',
            returnSequences: true,
          }),
          mergeMode: 'concat',
        }),
      )(x),
  },
  {
    layer: 'bidirectional',
    use: 'summed',
    inputs: [sequence],
    apply: (x) =>
      on(
        tf.layers.bidirectional({
          layer: tf.layers.gru({ units: 4, recurrentInitializer: 'glorotUniform' }),
          mergeMode: 'sum',
        }),
      )(x),
  },
  {
    layer: 'timeDistributed',
    inputs: [sequence],
    apply: (x) => on(tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 4 }) }))(x),
  },
  {
    layer: 'convLstm2d',
    inputs: [[4, 6, 6, 2]],
    apply: (x) =>
      on(
        tf.layers.convLstm2d({
          filters: 3,
          kernelSize: 3,
          padding: 'same',
          recurrentInitializer: 'glorotUniform',
        }),
      )(x),
  },
  {
    layer: 'convLstm2dCell',
    inputs: [[4, 6, 6, 2]],
    apply: (x) =>
      on(
        tf.layers.convLstm2d({
          filters: 3,
          kernelSize: 3,
          recurrentInitializer: 'glorotUniform',
          returnSequences: true,
        }),
      )(x),
  },
  {
    layer: 'rescaling',
    inputs: [image],
    apply: (x) => on(tf.layers.rescaling({ scale: 1 / 127.5, offset: -1 }))(x),
  },
  {
    layer: 'resizing',
    inputs: [image],
    apply: (x) => on(tf.layers.resizing({ height: 5, width: 6 }))(x),
    refused: 'trace/shape',
    why: 'TensorFlow.js cannot run it in a model itself: it hands a list to an op of one image',
    broken: true,
  },
  {
    layer: 'centerCrop',
    inputs: [image],
    // It overwrites the shape it is given, which may not be the input's own.
    apply: (x) => on(tf.layers.centerCrop({ height: 5, width: 6 }))(on(tf.layers.zeroPadding2d())(x)),
  },
  {
    layer: 'categoryEncoding',
    inputs: [[3]],
    below: 5,
    apply: (x) => on(tf.layers.categoryEncoding({ numTokens: 5, outputMode: 'multiHot' }))(x),
    refused: 'trace/data-dependent',
    why: 'it reads the tokens to check that none is too large',
  },
  {
    layer: 'randomWidth',
    inputs: [image],
    apply: (x) => on(tf.layers.randomWidth({ factor: 0.5, seed: 1 }))(x),
    refused: 'trace/shape',
    why: 'TensorFlow.js cannot run it in a model itself; and the width is drawn at random, in inference too',
    broken: true,
  },
];
