import { fail, type ErrorCode } from '../../errors.js';
import type { CallView } from '../call-view.js';

interface Refusal {
  readonly code: ErrorCode;
  readonly expected: string;
  readonly got: string;
  /** Another way to the same end, if there is one. */
  readonly instead?: string;
}

const gradient: Refusal = {
  code: 'trace/unsupported',
  expected: 'a call that a graph can express',
  got: 'a gradient, for which graph models have no op',
  instead: 'Write the derivative with tensor operations',
};
const dataDependent = (what: string): Refusal => ({
  code: 'trace/data-dependent',
  expected: 'a result whose size is known before it is computed',
  got: what,
});
const noOp = (what: string): Refusal => ({
  code: 'trace/unsupported',
  expected: 'a call that a graph can express',
  got: `${what}, for which graph models have no op`,
  instead: 'Compute the same with other operations',
});

/** Kernels that no graph can hold, with the reason given to the user. */
export const REFUSED: Readonly<Record<string, Refusal>> = {
  ...Object.fromEntries(
    [
      ...[
        'AvgPoolGrad',
        'AvgPool3DGrad',
        'Conv2DBackpropFilter',
        'Conv3DBackpropFilterV2',
        'EluGrad',
        'LRNGrad',
      ],
      ...['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput', 'MaxPoolGrad'],
      ...['Dilation2DBackpropFilter', 'Dilation2DBackpropInput', 'MaxPool3DGrad', 'ResizeBilinearGrad'],
      'ResizeNearestNeighborGrad',
    ].map((name) => [name, gradient]),
  ),
  Multinomial: {
    code: 'trace/random',
    expected: 'the same values at every run',
    got: 'random samples',
    instead: 'Return the probabilities and draw samples from them afterwards',
  },
  Conv3DBackpropInputV2: noOp('a transposed convolution in three dimensions'),
  Diag: noOp('a diagonal matrix made from a vector'),
  Draw: noOp('drawing on a canvas'),
  FromPixels: noOp('reading pixels of an image element'),
  RotateWithOffset: noOp('a rotation of an image'),
  UnsortedSegmentSum: noOp('a sum by segments'),
  StringSplit: dataDependent('pieces of strings'),
  StringNGrams: dataDependent('n-grams of strings'),
  SparseFillEmptyRows: dataDependent('rows of a sparse tensor'),
  SparseReshape: dataDependent('indices of a sparse tensor'),
  SparseSegmentMean: dataDependent('segments of a sparse tensor'),
  SparseSegmentSum: dataDependent('segments of a sparse tensor'),
  RaggedGather: dataDependent('rows of a ragged tensor'),
  RaggedRange: dataDependent('rows of a ragged tensor'),
  RaggedTensorToTensor: dataDependent('rows of a ragged tensor'),
  Unique: dataDependent('as many values as differ'),
  Where: dataDependent('as many positions as hold'),
  NonMaxSuppressionV3: dataDependent('as many boxes as remain'),
  NonMaxSuppressionV4: dataDependent('as many boxes as remain'),
  NonMaxSuppressionV5: dataDependent('as many boxes as remain'),
};

/** Throws when a graph cannot hold the kernel. */
export function refuseKernel(call: CallView): void {
  const refusal = Object.hasOwn(REFUSED, call.kernel) ? REFUSED[call.kernel] : undefined;
  if (refusal === undefined) return;
  const { code, instead, ...problem } = refusal;
  fail(code, { subject: call.subject, ...problem, advice: call.advice(instead) });
}
