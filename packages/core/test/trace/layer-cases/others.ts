import * as tf from '@tensorflow/tfjs';
import {
  embedded,
  image,
  merge,
  on,
  pair,
  row,
  sequence,
  tokens,
  type LayerCase,
  type Symbolic,
} from './case.js';

/** Normalization, merging, recurrent and preprocessing layers. */
export const OTHERS: readonly LayerCase[] = [
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
