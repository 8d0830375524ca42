/*
 * The ops that stock TensorFlow.js 4.22 runs in a graph model, by family. A name added here does not
 * compile until its family's file has a complete row for it.
 */

export type ArithmeticOp =
  | 'Add'
  | 'AddN'
  | 'AddV2'
  | 'BiasAdd'
  | 'Div'
  | 'DivNoNan'
  | 'FloorDiv'
  | 'FloorMod'
  | 'Maximum'
  | 'Minimum'
  | 'Mod'
  | 'Mul'
  | 'Pow'
  | 'RealDiv'
  | 'SquaredDifference'
  | 'Sub';

export type BasicMathOp =
  | 'Abs'
  | 'Acos'
  | 'Acosh'
  | 'Asin'
  | 'Asinh'
  | 'Atan'
  | 'Atan2'
  | 'Atanh'
  | 'Ceil'
  | 'ClipByValue'
  | 'Complex'
  | 'ComplexAbs'
  | 'Cos'
  | 'Cosh'
  | 'Elu'
  | 'Erf'
  | 'Exp'
  | 'Expm1'
  | 'Floor'
  | 'Imag'
  | 'IsFinite'
  | 'IsInf'
  | 'IsNan'
  | 'LeakyRelu'
  | 'Log'
  | 'Log1p'
  | 'Neg'
  | 'Prelu'
  | 'Real'
  | 'Reciprocal'
  | 'Relu'
  | 'Relu6'
  | 'Round'
  | 'Rsqrt'
  | 'Selu'
  | 'Sigmoid'
  | 'Sign'
  | 'Sin'
  | 'Sinh'
  | 'Softplus'
  | 'Sqrt'
  | 'Square'
  | 'Tan'
  | 'Tanh';

export type ConvolutionOp =
  | 'AvgPool'
  | 'AvgPool3D'
  | 'Conv1D'
  | 'Conv2D'
  | 'Conv2DBackpropInput'
  | 'Conv3D'
  | 'DepthwiseConv2d'
  | 'DepthwiseConv2dNative'
  | 'Dilation2D'
  | 'FusedDepthwiseConv2dNative'
  | 'MaxPool'
  | 'MaxPool3D'
  | 'MaxPoolWithArgmax'
  | '_FusedConv2D';

export type CreationOp =
  | 'Fill'
  | 'LinSpace'
  | 'Multinomial'
  | 'OneHot'
  | 'Ones'
  | 'OnesLike'
  | 'RandomStandardNormal'
  | 'RandomUniform'
  | 'RandomUniformInt'
  | 'Range'
  | 'TruncatedNormal'
  | 'Zeros'
  | 'ZerosLike';

export type FrameOp =
  | 'Enter'
  | 'Exit'
  | 'If'
  | 'LoopCond'
  | 'Merge'
  | 'NextIteration'
  | 'StatelessIf'
  | 'StatelessWhile'
  | 'Switch'
  | 'While';

export type TensorListOp =
  | 'EmptyTensorList'
  | 'TensorArrayCloseV3'
  | 'TensorArrayConcatV3'
  | 'TensorArrayGatherV3'
  | 'TensorArrayReadV3'
  | 'TensorArrayScatterV3'
  | 'TensorArraySizeV3'
  | 'TensorArraySplitV3'
  | 'TensorArrayV3'
  | 'TensorArrayWriteV3'
  | 'TensorListConcat'
  | 'TensorListConcatV2'
  | 'TensorListFromTensor'
  | 'TensorListGather'
  | 'TensorListGetItem'
  | 'TensorListLength'
  | 'TensorListPopBack'
  | 'TensorListPushBack'
  | 'TensorListReserve'
  | 'TensorListResize'
  | 'TensorListScatter'
  | 'TensorListScatterV2'
  | 'TensorListSetItem'
  | 'TensorListSplit'
  | 'TensorListStack';

export type DynamicOp =
  | 'ListDiff'
  | 'NonMaxSuppressionV2'
  | 'NonMaxSuppressionV3'
  | 'NonMaxSuppressionV4'
  | 'NonMaxSuppressionV5'
  | 'Where';

export type EvaluationOp = 'LowerBound' | 'TopKV2' | 'Unique' | 'UniqueV2' | 'UpperBound';

export type GraphOp =
  | 'Const'
  | 'FakeQuantWithMinMaxVars'
  | 'Identity'
  | 'IdentityN'
  | 'NoOp'
  | 'Placeholder'
  | 'PlaceholderWithDefault'
  | 'Print'
  | 'Rank'
  | 'Shape'
  | 'ShapeN'
  | 'Size'
  | 'Snapshot'
  | 'StopGradient';

export type HashTableOp =
  | 'HashTable'
  | 'HashTableV2'
  | 'InitializeTable'
  | 'InitializeTableV2'
  | 'LookupTableFind'
  | 'LookupTableFindV2'
  | 'LookupTableImport'
  | 'LookupTableImportV2'
  | 'LookupTableSize'
  | 'LookupTableSizeV2';

export type ImageOp =
  'CropAndResize' | 'ImageProjectiveTransformV3' | 'ResizeBilinear' | 'ResizeNearestNeighbor';

export type LogicalOp =
  | 'BitwiseAnd'
  | 'Equal'
  | 'Greater'
  | 'GreaterEqual'
  | 'Less'
  | 'LessEqual'
  | 'LogicalAnd'
  | 'LogicalNot'
  | 'LogicalOr'
  | 'NotEqual'
  | 'Select'
  | 'SelectV2';

export type MatrixOp =
  'BatchMatMul' | 'BatchMatMulV2' | 'Einsum' | 'MatMul' | 'MatrixBandPart' | 'Transpose' | '_FusedMatMul';

export type NormalizationOp =
  | 'EuclideanNorm'
  | 'FusedBatchNorm'
  | 'FusedBatchNormV2'
  | 'FusedBatchNormV3'
  | 'LRN'
  | 'LogSoftmax'
  | 'Softmax';

export type ReductionOp =
  | 'All'
  | 'Any'
  | 'ArgMax'
  | 'ArgMin'
  | 'Bincount'
  | 'Cumprod'
  | 'Cumsum'
  | 'DenseBincount'
  | 'Max'
  | 'Mean'
  | 'Min'
  | 'Prod'
  | 'Sum';

export type SliceJoinOp =
  | 'Concat'
  | 'ConcatV2'
  | 'Gather'
  | 'GatherNd'
  | 'GatherV2'
  | 'Pack'
  | 'Reverse'
  | 'ReverseV2'
  | 'ScatterNd'
  | 'Slice'
  | 'SparseToDense'
  | 'Split'
  | 'SplitV'
  | 'StridedSlice'
  | 'TensorScatterUpdate'
  | 'Tile'
  | 'Unpack';

export type RaggedOp = 'RaggedGather' | 'RaggedRange' | 'RaggedTensorToTensor';
export type SparseOp = 'SparseFillEmptyRows' | 'SparseReshape' | 'SparseSegmentMean' | 'SparseSegmentSum';
export type SpectralOp = 'FFT' | 'IFFT' | 'IRFFT' | 'RFFT';
export type StringOp = 'StaticRegexReplace' | 'StringNGrams' | 'StringSplit' | 'StringToHashBucketFast';
export type DecisionForestOp =
  'SimpleMLCreateModelResource' | 'SimpleMLInferenceOpWithHandle' | 'SimpleMLLoadModelFromPathWithHandle';

export type TransformationOp =
  | 'BatchToSpaceND'
  | 'BroadcastArgs'
  | 'BroadcastTo'
  | 'Cast'
  | 'DepthToSpace'
  | 'EnsureShape'
  | 'ExpandDims'
  | 'MirrorPad'
  | 'Pad'
  | 'PadV2'
  | 'Reshape'
  | 'SpaceToBatchND'
  | 'Squeeze';

/** Every op of stock TensorFlow.js. */
export type OpName =
  | ArithmeticOp
  | BasicMathOp
  | ConvolutionOp
  | CreationOp
  | DecisionForestOp
  | DynamicOp
  | EvaluationOp
  | FrameOp
  | GraphOp
  | HashTableOp
  | ImageOp
  | LogicalOp
  | MatrixOp
  | NormalizationOp
  | RaggedOp
  | ReductionOp
  | SliceJoinOp
  | SparseOp
  | SpectralOp
  | StringOp
  | TensorListOp
  | TransformationOp;
