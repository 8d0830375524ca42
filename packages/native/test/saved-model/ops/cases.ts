import type { DType, PlainAttrs } from '@tfjs-optimize/core';

/** An operand: an input of random values of a shape, or a constant. */
export type Operand =
  | {
      readonly shape: readonly number[];
      readonly dtype?: DType;
      readonly from?: number;
      readonly to?: number;
    }
  | { readonly values: readonly number[]; readonly shape: readonly number[]; readonly dtype: DType };

/** One node to be written. */
export interface OpCase {
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly attrs?: PlainAttrs;
  /** Outputs that are compared; one unless told. */
  readonly outputs?: number;
}

const x = (...shape: number[]): Operand => ({ shape, from: -2, to: 2 });
const positive = (...shape: number[]): Operand => ({ shape, from: 0.1, to: 2 });
const unit = (...shape: number[]): Operand => ({ shape, from: -0.9, to: 0.9 });
const whole = (to: number, ...shape: number[]): Operand => ({ shape, dtype: 'int32', from: 0, to });
const signed = (...shape: number[]): Operand => ({ shape, dtype: 'int32', from: -7, to: 7 });
const truth = (...shape: number[]): Operand => ({ shape, dtype: 'bool', from: 0, to: 2 });
const ints = (values: readonly number[], shape: readonly number[] = [values.length]): Operand => ({
  values,
  shape,
  dtype: 'int32',
});
const int = (value: number): Operand => ints([value], []);
const num = (value: number): Operand => ({ values: [value], shape: [], dtype: 'float32' });

const one = (ops: readonly string[], ...operands: readonly Operand[]): OpCase[] =>
  ops.map((op) => ({ op, operands }));
const at = (op: string, operands: readonly Operand[], attrs: PlainAttrs = {}, outputs = 1): OpCase => ({
  op,
  operands,
  attrs,
  outputs,
});

const strides = (s: number): PlainAttrs => ({ strides: [1, s, s, 1] });
const same: PlainAttrs = { ...strides(1), padding: 'SAME', data_format: 'NHWC', dilations: [1, 1, 1, 1] };
const explicit: PlainAttrs = { padding: 'EXPLICIT', explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0] };
const pool: PlainAttrs = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' };
const pool3: PlainAttrs = { ksize: [1, 2, 2, 2, 1], strides: [1, 1, 2, 2, 1], padding: 'SAME' };
const fused = (...fused_ops: string[]): PlainAttrs => ({
  fused_ops,
  num_args: fused_ops.includes('Prelu') ? 2 : 1,
});
const image = x(2, 6, 5, 3);

const convolutions: readonly OpCase[] = [
  at('Conv2D', [image, x(3, 3, 3, 4)], { ...same, useCudnnOnGpu: true }),
  at('Conv2D', [image, x(3, 3, 3, 4)], { ...same, ...strides(2) }),
  at('Conv2D', [image, x(2, 2, 3, 4)], { ...same, dilations: [1, 2, 2, 1] }),
  at('Conv2D', [image, x(3, 3, 3, 4)], {
    ...same,
    padding: 'EXPLICIT',
    explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0],
  }),
  at('DepthwiseConv2dNative', [image, x(3, 3, 3, 2)], same),
  at('DepthwiseConv2dNative', [image, x(3, 3, 3, 1)], { ...same, ...strides(2), padding: 'VALID' }),
  at('DepthwiseConv2dNative', [image, x(2, 2, 3, 1)], { ...same, dilations: [1, 2, 2, 1] }),
  at('DepthwiseConv2dNative', [image, x(3, 3, 3, 1)], { ...same, ...explicit }),
  at('DepthwiseConv2d', [image, x(3, 3, 3, 1)], same),
  at('Conv1D', [x(2, 7, 3), x(3, 3, 4)], { stride: 2, padding: 'SAME', dilation: 1 }),
  at('Conv2DBackpropInput', [ints([2, 6, 5, 3]), x(3, 3, 3, 4), x(2, 6, 5, 4)], {
    ...strides(1),
    padding: 'SAME',
  }),
  at('Conv3D', [x(1, 4, 5, 4, 2), x(2, 2, 2, 2, 3)], {
    strides: [1, 1, 1, 1, 1],
    padding: 'SAME',
    data_format: 'NDHWC',
    dilations: [1, 1, 1, 1, 1],
  }),
  at('Dilation2D', [image, x(2, 2, 3)], { strides: [1, 1, 1, 1], rates: [1, 1, 1, 1], padding: 'VALID' }),
  at('AvgPool', [image], pool),
  at('AvgPool', [image], { ...pool, padding: 'SAME' }),
  at('MaxPool', [image], pool),
  at('AvgPool3D', [x(1, 4, 4, 4, 2)], pool3),
  at('MaxPool3D', [x(1, 4, 4, 4, 2)], pool3),
  at('MaxPoolWithArgmax', [image], { ...pool, include_batch_in_index: false }, 2),
  ...[[], ['Relu'], ['Relu6'], ['Elu'], ['Sigmoid']].map((more) =>
    at('_FusedConv2D', [image, x(3, 3, 3, 4), x(4)], {
      ...same,
      ...fused('BiasAdd', ...more),
      filter_format: 'HWIO',
    }),
  ),
  ...['_FusedConv2D', 'FusedDepthwiseConv2dNative'].map((op) =>
    at(op, [image, x(3, 3, 3, op === '_FusedConv2D' ? 3 : 1), x(3)], {
      ...same,
      ...explicit,
      ...fused('BiasAdd', 'Relu6'),
    }),
  ),
  at('_FusedConv2D', [image, x(3, 3, 3, 4), x(4), x(4)], { ...same, ...fused('BiasAdd', 'Prelu') }),
  at('_FusedConv2D', [image, x(3, 3, 3, 4), x(4)], {
    ...same,
    ...fused('BiasAdd', 'LeakyRelu'),
    leakyrelu_alpha: 0.3,
  }),
  ...[[], ['Relu'], ['Relu6'], ['Elu'], ['Sigmoid']].map((more) =>
    at('FusedDepthwiseConv2dNative', [image, x(3, 3, 3, 1), x(3)], { ...same, ...fused('BiasAdd', ...more) }),
  ),
];

const products: readonly OpCase[] = [
  at('MatMul', [x(3, 4), x(4, 5)], { transpose_a: false, transpose_b: false }),
  at('MatMul', [x(4, 3), x(5, 4)], { transpose_a: true, transpose_b: true }),
  at('MatMul', [x(2, 3, 4), x(2, 5, 4)], { transpose_a: false, transpose_b: true }),
  at('BatchMatMul', [x(2, 3, 4), x(2, 4, 5)]),
  at('BatchMatMulV2', [x(2, 3, 4), x(1, 5, 4)], { adj_y: true }),
  ...[[], ['Relu'], ['Relu6'], ['Elu'], ['Sigmoid']].map((more) =>
    at('_FusedMatMul', [x(3, 4), x(4, 5), x(5)], fused('BiasAdd', ...more)),
  ),
  at('_FusedMatMul', [x(3, 4), x(4, 5), x(5), x(5)], fused('BiasAdd', 'Prelu')),
  at('_FusedMatMul', [x(3, 4), x(5, 4), x(1)], { ...fused('BiasAdd', 'Relu'), transpose_b: true }),
  at('Einsum', [x(2, 3, 4), x(4, 5)], { equation: 'abc,cd->abd', N: 2 }),
  at('Transpose', [x(2, 3, 4), ints([2, 0, 1])]),
];

const elementwise: readonly OpCase[] = [
  ...one(
    ['Abs', 'Ceil', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp', 'Expm1', 'Floor', 'Neg', 'Relu', 'Relu6'],
    x(2, 3),
  ),
  ...one(
    ['Round', 'Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Square', 'Tan', 'Tanh', 'Atan'],
    x(2, 3),
  ),
  ...one(['Log', 'Log1p', 'Reciprocal', 'Rsqrt', 'Sqrt'], positive(2, 3)),
  ...one(['Acos', 'Asin', 'Atanh', 'Asinh'], unit(2, 3)),
  ...one(['Acosh'], { shape: [2, 3], from: 1.1, to: 3 }),
  ...one(['IsFinite', 'IsInf', 'IsNan'], x(2, 3)),
  ...one(['Abs', 'Neg', 'Relu', 'Sign', 'Square'], whole(9, 2, 3)),
  ...one(['Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum', 'SquaredDifference', 'Atan2'], x(2, 3), x(3)),
  ...one(
    ['AddV2', 'Mul', 'Maximum', 'FloorMod', 'FloorDiv', 'Div', 'RealDiv'],
    signed(2, 3),
    ints([2, 3, 5]),
  ),
  ...one(['RealDiv', 'Div', 'FloorDiv', 'FloorMod', 'Mod', 'DivNoNan'], x(2, 3), positive(3)),
  ...one(['Mod'], signed(2, 3), ints([2, 3, 5])),
  ...one(['Pow'], positive(2, 3), x(3)),
  ...one(['AddV2', 'Mul', 'Sub'], x(2, 3), whole(5, 3)),
  ...one(['AddN'], x(2, 3), x(2, 3), x(2, 3)),
  ...one(['BiasAdd'], x(2, 3), x(3)),
  ...one(['BiasAdd'], x(3), x(3)),
  ...one(['BiasAdd'], x(2, 3), x(2, 1)),
  ...one(['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'], whole(3, 4), whole(3, 4)),
  ...one(['LogicalAnd', 'LogicalOr'], truth(4), truth(4)),
  ...one(['LogicalNot'], truth(4)),
  ...one(['Select', 'SelectV2'], truth(2, 3), x(2, 3), x(2, 3)),
  ...one(['SelectV2'], truth(3), x(2, 3), num(0)),
  ...one(['ClipByValue'], x(2, 3), num(-1), num(1)),
  ...one(['Prelu'], x(2, 3), x(3)),
  at('LeakyRelu', [x(2, 3)], { alpha: 0.1 }),
  at('LeakyRelu', [x(2, 3)]),
  ...one(['Identity', 'Snapshot', 'StopGradient'], x(2, 3)),
  at('Cast', [x(2, 3)], { SrcT: 'float32', DstT: 'int32' }),
  at('Cast', [x(2, 3)], { DstT: 'bool' }),
  at('Cast', [whole(3, 4)], { DstT: 'float32' }),
  at('Cast', [x(2, 3)], { SrcT: 'float32', DstT: 'DT_INT64' }),
];

const reductions: readonly OpCase[] = [
  ...['Sum', 'Mean', 'Max', 'Min', 'Prod'].flatMap((op) => [
    at(op, [x(2, 3, 4), ints([1])], { keep_dims: false }),
    at(op, [x(2, 3, 4), ints([0, -1])], { keep_dims: true }),
    at(op, [signed(2, 3), ints([1])], { keep_dims: false }),
  ]),
  at('Sum', [truth(2, 3), ints([1])]),
  ...one(['All', 'Any'], truth(2, 3), ints([1])),
  at('EuclideanNorm', [x(2, 3), ints([1])], { keep_dims: false }),
  at('ArgMax', [x(2, 5), int(1)]),
  at('ArgMin', [x(2, 5), int(-1)], { output_type: 'DT_INT64' }),
  at('Cumsum', [x(2, 5), int(1)], { exclusive: true, reverse: false }),
  at('Cumprod', [x(2, 5), int(1)], { exclusive: false, reverse: true }),
  at('TopKV2', [x(2, 6), int(3)], { sorted: true }, 2),
  at('Bincount', [whole(4, 8), int(4), x(8)]),
  at('DenseBincount', [whole(4, 8), int(4), x(8)], { binary_output: false }),
  at('LowerBound', [ints([1, 3, 5, 7], [1, 4]), whole(8, 1, 5)]),
  at('UpperBound', [ints([1, 3, 5, 7], [1, 4]), whole(8, 1, 5)]),
];

const normalizations: readonly OpCase[] = [
  ...one(['Softmax', 'LogSoftmax'], x(3, 5)),
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op) =>
    at(op, [image, x(3), x(3), x(3), positive(3)], { epsilon: 0.01, is_training: true }),
  ),
  at('FusedBatchNormV3', [x(4, 3), x(3), x(3), x(3), positive(3)], { epsilon: 0.01 }),
  at('FusedBatchNormV3', [image, x(3), x(3), x(3), positive(3)]),
  at('LRN', [x(1, 2, 3, 6)], { depth_radius: 2, bias: 1, alpha: 0.5, beta: 0.75 }),
  at('FakeQuantWithMinMaxVars', [unit(3, 4), num(-1), num(1)], { num_bits: 8, narrow_range: false }),
];

const arrays: readonly OpCase[] = [
  at('ConcatV2', [x(2, 3), x(2, 2), int(1)], { N: 2 }),
  at('Concat', [int(1), x(2, 3), x(2, 2)], { N: 2 }),
  at('Pack', [x(2, 3), x(2, 3)], { axis: 1 }),
  at('Unpack', [x(2, 3)], { axis: 1, num: 3 }, 3),
  at('Split', [int(1), x(2, 6)], { num_split: 3 }, 3),
  at('SplitV', [x(2, 6), ints([1, 5]), int(1)], {}, 2),
  at('Gather', [x(5, 3), whole(5, 4)]),
  at('GatherV2', [x(2, 5, 3), whole(5, 4), int(1)]),
  at('GatherNd', [x(3, 4), whole(3, 5, 2)]),
  at('Slice', [x(4, 5), ints([1, 2]), ints([2, -1])]),
  at('StridedSlice', [x(4, 5), ints([0, 1]), ints([4, 5]), ints([2, 2])], {
    begin_mask: 1,
    end_mask: 1,
    ellipsis_mask: 0,
    new_axis_mask: 0,
    shrink_axis_mask: 0,
  }),
  at('StridedSlice', [x(4, 5), ints([1]), ints([2]), ints([1])], { shrink_axis_mask: 1 }),
  at('Reverse', [x(2, 3), { values: [1, 0], shape: [2], dtype: 'bool' }]),
  at('ReverseV2', [x(2, 3), ints([1])]),
  at('Tile', [x(2, 3), ints([2, 1])]),
  at('Reshape', [x(2, 6), ints([3, -1])]),
  at('ExpandDims', [x(2, 3), int(1)]),
  at('Squeeze', [x(2, 1, 3)], { squeeze_dims: [1] }),
  at('Pad', [x(2, 3), ints([1, 0, 0, 2], [2, 2])]),
  at('PadV2', [x(2, 3), ints([1, 0, 0, 2], [2, 2]), num(-1)]),
  at('MirrorPad', [x(3, 4), ints([1, 0, 0, 2], [2, 2])], { mode: 'REFLECT' }),
  at('BroadcastTo', [x(1, 3), ints([2, 3])]),
  at('BroadcastArgs', [ints([2, 1]), ints([1, 3])]),
  at('SpaceToBatchND', [x(1, 4, 4, 1), ints([2, 2]), ints([0, 0, 0, 0], [2, 2])]),
  at('BatchToSpaceND', [x(4, 2, 2, 1), ints([2, 2]), ints([0, 0, 0, 0], [2, 2])]),
  at('DepthToSpace', [x(1, 2, 2, 8)], { block_size: 2, data_format: 'NHWC' }),
  at('ScatterNd', [ints([0, 2], [2, 1]), x(2, 3), ints([4, 3])]),
  at('TensorScatterUpdate', [x(4, 3), ints([0, 2], [2, 1]), x(2, 3)]),
  at('SparseToDense', [ints([1, 3], [2, 1]), ints([5]), x(2), num(0)]),
  ...one(['Shape', 'Size', 'Rank', 'ZerosLike', 'OnesLike'], x(2, 3)),
  at('ShapeN', [x(2, 3), x(4)], { N: 2 }, 2),
  at('IdentityN', [x(2, 3), whole(4, 4)], {}, 2),
  at('Fill', [ints([2, 3]), num(0.5)]),
  ...one(['Zeros', 'Ones'], ints([2, 3])),
  at('Range', [int(0), int(6), int(2)], { Tidx: 'int32' }),
  at('LinSpace', [num(0), num(1), int(5)]),
  at('OneHot', [whole(4, 5), int(4), num(2), num(0)], { T: 'float32' }),
  at('OneHot', [whole(4, 5), int(4), int(1), int(0)], { axis: -1 }),
  at('Where', [truth(3, 4)]),
  at('ListDiff', [ints([1, 2, 3, 4]), ints([2, 4])], {}, 2),
  at('Unique', [ints([1, 2, 1, 3])], {}, 2),
  at('MatrixBandPart', [x(4, 4), int(1), int(1)]),
];

const images: readonly OpCase[] = [
  ...['ResizeBilinear', 'ResizeNearestNeighbor'].flatMap((op) => [
    at(op, [image, ints([9, 8])], { align_corners: false, half_pixel_centers: true }),
    at(op, [image, ints([3, 4])], { align_corners: true, half_pixel_centers: false }),
  ]),
  at('ResizeBilinear', [whole(255, 1, 4, 4, 2), ints([8, 8])], {
    align_corners: false,
    half_pixel_centers: false,
  }),
  at('CropAndResize', [image, { shape: [2, 4], from: 0, to: 1 }, ints([0, 1]), ints([3, 3])], {
    method: 'bilinear',
    extrapolation_value: 0,
  }),
  at('NonMaxSuppressionV2', [positive(6, 4), positive(6), int(3), num(0.5)]),
  at(
    'NonMaxSuppressionV4',
    [positive(6, 4), positive(6), int(3), num(0.5), num(0.1)],
    {
      pad_to_max_output_size: true,
    },
    2,
  ),
  at(
    // One image: TensorFlow.js 4.22 answers otherwise than TensorFlow for several and one transform.
    'ImageProjectiveTransformV3',
    [
      x(1, 6, 5, 3),
      { values: [1, 0.1, 0, 0.2, 1, 0, 0, 0], shape: [1, 8], dtype: 'float32' },
      ints([6, 5]),
      num(0),
    ],
    {
      interpolation: 'BILINEAR',
      fill_mode: 'CONSTANT',
    },
  ),
  at('NonMaxSuppressionV3', [positive(6, 4), positive(6), int(3), num(0.5), num(0.1)]),
  at('NonMaxSuppressionV5', [positive(6, 4), positive(6), int(3), num(0.5), num(0.1), num(0)], {}, 2),
];

const spectra: readonly OpCase[] = [at('Complex', [x(2, 4), x(2, 4)]), at('RFFT', [x(2, 8), ints([8])])];

const ragged: readonly OpCase[] = [
  at('SparseSegmentMean', [x(4, 3), ints([0, 2, 3]), ints([0, 0, 1])]),
  at('SparseSegmentSum', [x(4, 3), ints([0, 2, 3]), ints([0, 0, 1])]),
  at('SparseReshape', [ints([0, 1, 1, 2], [2, 2]), ints([2, 3]), ints([3, -1])], {}, 2),
  at('SparseFillEmptyRows', [ints([0, 1, 2, 0], [2, 2]), x(2), ints([4, 2]), num(0)], {}, 4),
  at('UniqueV2', [ints([1, 2, 1, 3]), ints([0])], {}, 2),
  at('PlaceholderWithDefault', [num(0.5)], { dtype: 'float32', shape: { kind: 'shape', value: [] } }),
];

const own: readonly OpCase[] = [
  at('TfjsOptimizeLayerNorm', [x(3, 8), x(8), x(8)], { epsilon: 1e-5 }),
  at('TfjsOptimizeGelu', [x(3, 8)], { approximate: false }),
  at('TfjsOptimizeGelu', [x(3, 8)], { approximate: true }),
];

/** Nodes of every kind that is written, by family. */
export const OP_CASES: Readonly<Record<string, readonly OpCase[]>> = {
  convolutions,
  products,
  elementwise,
  reductions,
  normalizations,
  arrays,
  images,
  spectra,
  ragged,
  own,
};
