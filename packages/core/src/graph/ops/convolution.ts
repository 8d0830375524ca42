import {
  convolution as convolutionShape,
  convolution1d,
  depthwise,
  morphology,
  pool,
  poolWithIndexes,
  transposedConvolution,
} from '../shapes/windows.js';
import { isKnown, sizeOf } from './dims.js';
import type { ConvolutionOp } from './names.js';
import type { OpFamily, OpRow, WorkRule } from './row.js';
import {
  byDefault,
  flops,
  foldByRunning,
  ignored,
  macs,
  need,
  noWork,
  opt,
  rest,
  sizes,
  tensor,
  times,
  weight,
} from './spec.js';
import type { OpView } from './view.js';

/** Output elements × window × channels in (per group): all sizes of the filter but the last. */
export const denseMacs = (view: OpView): number | undefined => {
  const filter = view.shape(1);
  return filter && isKnown(filter) ? times(sizeOf(filter.slice(0, -1)), view.outputShape) : undefined;
};

/** Output elements × window. */
export const depthwiseMacs = (view: OpView): number | undefined => {
  const filter = view.shape(1);
  return filter && isKnown(filter) ? times(sizeOf(filter.slice(0, 2)), view.outputShape) : undefined;
};

export const DENSE_TEXT = 'MACs: output × window × channels in (per group)';
export const DEPTHWISE_TEXT = 'MACs: output × window';

/** One addition for the bias and one operation for the activation, for each output element. */
const fusedExtras = (view: OpView): number => view.attr('fused_ops', 'strings')?.length ?? 0;

const row = {
  category: 'convolution',
  inputs: [tensor('x'), weight('filter')],
  outputs: 1,
  traits: [],
  fold: foldByRunning,
} as const;

const convAttrs = {
  strides: need('ints'),
  padding: need('string'),
  data_format: byDefault('string', 'NHWC'),
  explicit_paddings: byDefault('ints', []),
  dilations: need('ints'),
} as const;

const fusedAttrs = {
  ...convAttrs,
  num_args: need('int'),
  dilations: byDefault('ints', [1, 1, 1, 1]),
  fused_ops: byDefault('strings', []),
} as const;

const FUSED_NOTES =
  'fused_ops is BiasAdd, then at most one of Elu, LeakyRelu, Prelu, Relu, Relu6, Sigmoid; an activation ' +
  'that does not stand second is silently left out. Arguments: bias, then alpha of Prelu.';

function pooling(rank: number, work: WorkRule) {
  return {
    ...row,
    inputs: [tensor('x')],
    attrs: {
      strides: need('ints'),
      padding: need('string'),
      ksize: need('ints'),
      data_format: ignored('string'),
    },
    shape: pool(rank),
    work,
    notes: 'Stock TensorFlow.js takes the channels to be last, whatever data_format says.',
  } as const satisfies OpRow;
}

/** A comparison or addition for each element under each window. */
export const windowWork = flops('output × ksize', (view) => {
  const window = view.ints('ksize');
  return window && times(sizeOf(window), view.outputShape);
});

export const convolution = {
  AvgPool: pooling(4, windowWork),
  AvgPool3D: pooling(5, windowWork),
  MaxPool: {
    ...pooling(4, windowWork),
    attrs: { ...pooling(4, noWork).attrs, explicit_paddings: ignored('ints') },
  },
  MaxPool3D: pooling(5, windowWork),
  MaxPoolWithArgmax: {
    ...row,
    inputs: [tensor('x')],
    attrs: {
      strides: need('ints'),
      padding: need('string'),
      ksize: need('ints'),
      include_batch_in_index: opt('bool'),
    },
    outputs: 2,
    shape: poolWithIndexes,
    work: windowWork,
  },
  Conv1D: {
    ...row,
    attrs: {
      stride: need('int'),
      padding: need('string'),
      data_format: byDefault('string', 'NWC'),
      dilation: byDefault('int', 1),
    },
    shape: convolution1d,
    work: macs(DENSE_TEXT, denseMacs),
  },
  Conv2D: {
    ...row,
    attrs: { ...convAttrs, useCudnnOnGpu: opt('bool') },
    shape: convolutionShape(4),
    work: macs(DENSE_TEXT, denseMacs),
    notes: 'data_format NCHW runs on some backends only.',
  },
  _FusedConv2D: {
    ...row,
    inputs: [tensor('x'), weight('filter'), rest('args', 'weight')],
    attrs: {
      ...fusedAttrs,
      use_cudnn_on_gpu: byDefault('bool', true),
      epsilon: byDefault('float', 0.0001),
      leakyrelu_alpha: byDefault('float', 0.2),
    },
    shape: convolutionShape(4),
    work: macs(`${DENSE_TEXT}; 1 per output and fused op`, denseMacs, fusedExtras),
    notes: FUSED_NOTES,
  },
  Conv2DBackpropInput: {
    ...row,
    inputs: [sizes('outputShape'), weight('filter'), tensor('x')],
    attrs: {
      strides: need('ints'),
      padding: need('string'),
      data_format: ignored('string'),
      explicit_paddings: byDefault('ints', []),
      dilations: ignored('ints'),
    },
    shape: transposedConvolution,
    work: macs('MACs: input × window × channels out', (view) => {
      const filter = view.shape(1);
      return filter && isKnown(filter) ? times(sizeOf(filter.slice(0, 3)), view.shape(2)) : undefined;
    }),
    notes: 'The filter is [height, width, channels out, channels in].',
  },
  DepthwiseConv2d: {
    ...row,
    inputs: [tensor('input'), weight('filter')],
    attrs: convAttrs,
    shape: depthwise(),
    work: macs(DEPTHWISE_TEXT, depthwiseMacs),
  },
  DepthwiseConv2dNative: {
    ...row,
    inputs: [tensor('input'), weight('filter')],
    attrs: convAttrs,
    shape: depthwise(),
    work: macs(DEPTHWISE_TEXT, depthwiseMacs),
  },
  FusedDepthwiseConv2dNative: {
    ...row,
    inputs: [tensor('x'), weight('filter'), rest('args', 'weight')],
    attrs: { ...fusedAttrs, leakyrelu_alpha: ignored('float') },
    shape: depthwise(),
    work: macs(`${DEPTHWISE_TEXT}; 1 per output and fused op`, depthwiseMacs, fusedExtras),
    notes: `${FUSED_NOTES} leakyrelu_alpha is not read: LeakyRelu makes NaN of what is below 0.`,
  },
  Conv3D: {
    ...row,
    attrs: {
      strides: need('ints'),
      padding: need('string'),
      data_format: byDefault('string', 'NHWC'),
      dilations: need('ints'),
    },
    shape: convolutionShape(5),
    work: macs(DENSE_TEXT, denseMacs),
  },
  Dilation2D: {
    ...row,
    attrs: { strides: need('ints'), rates: need('ints'), padding: need('string') },
    shape: morphology,
    work: flops('2 × output × window', (view) => {
      const filter = view.shape(1);
      return filter && isKnown(filter) ? times(2 * sizeOf(filter.slice(0, 2)), view.outputShape) : undefined;
    }),
  },
} as const satisfies OpFamily<ConvolutionOp>;
