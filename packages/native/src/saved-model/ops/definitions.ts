/**
 * The ops of TensorFlow that are written, each with its inputs, outputs and attributes: facts of TensorFlow's op
 * registry (version 2.15; `op_def.proto`, the `REGISTER_OP` calls of `tensorflow/core/ops`), a line an op:
 *
 *     Name(input: type, …) -> (output: type, …) attribute: kind{allowed types} = default; …
 *
 * The type of an input or output is a type itself, the attribute that holds it, `N*T` for as many as an attribute
 * says, or `[T]` for a list of types. Of the types only those are listed that can occur in a graph of TensorFlow.js,
 * half and bfloat16. Attributes that equal their default are left out of files, so that older and newer releases of TensorFlow,
 * whose ops have fewer or more attributes, read the same file.
 */
export const DEFINITIONS = `
_FusedMatMul(a: T, b: T, args: num_args*T) -> (product: T) transpose_a: bool = false; transpose_b: bool = false; T: type{float,half,bfloat16}; num_args: int; fused_ops: strings = []; epsilon: float = 0.0001; leakyrelu_alpha: float = 0.2
Abs(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64}
Acos(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Acosh(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Add(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64,string}
AddN(inputs: N*T) -> (sum: T) N: int; T: type{float,half,bfloat16,int32,int64,complex64}
AddV2(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
All(input: bool, reduction_indices: Tidx) -> (output: bool) keep_dims: bool = false; Tidx: type{int32,int64} = int32
Any(input: bool, reduction_indices: Tidx) -> (output: bool) keep_dims: bool = false; Tidx: type{int32,int64} = int32
ArgMax(input: T, dimension: Tidx) -> (output: output_type) T: type{float,half,bfloat16,int32,int64,bool}; Tidx: type{int32,int64} = int32; output_type: type{int32,int64} = int64
ArgMin(input: T, dimension: Tidx) -> (output: output_type) T: type{float,half,bfloat16,int32,int64,bool}; Tidx: type{int32,int64} = int32; output_type: type{int32,int64} = int64
Asin(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Asinh(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
AssignVariableOp(resource: resource, value: dtype) -> () dtype: type; validate_shape: bool = false
Atan(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Atan2(y: T, x: T) -> (z: T) T: type{float,half,bfloat16}
Atanh(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
AvgPool(value: T) -> (output: T) ksize: ints; strides: ints; padding: string; data_format: string = "NHWC"; T: type{float,half,bfloat16}
AvgPool3D(input: T) -> (output: T) ksize: ints; strides: ints; padding: string; data_format: string = "NDHWC"; T: type{float,half,bfloat16}
BatchMatMulV2(x: T, y: T) -> (output: T) T: type{float,half,bfloat16,int32,int64,complex64}; adj_x: bool = false; adj_y: bool = false
BatchToSpaceND(input: T, block_shape: Tblock_shape, crops: Tcrops) -> (output: T) T: type; Tblock_shape: type{int32,int64} = int32; Tcrops: type{int32,int64} = int32
BiasAdd(value: T, bias: T) -> (output: T) T: type{float,half,bfloat16,int32,int64,complex64}; data_format: string = "NHWC"
Bincount(arr: int32, size: int32, weights: T) -> (bins: T) T: type{float,int32,int64}
BitwiseAnd(x: T, y: T) -> (z: T) T: type{int32,int64}
BroadcastArgs(s0: T, s1: T) -> (r0: T) T: type{int32,int64} = int32
BroadcastTo(input: T, shape: Tidx) -> (output: T) T: type; Tidx: type{int32,int64} = int32
Cast(x: SrcT) -> (y: DstT) SrcT: type; DstT: type; Truncate: bool = false
Ceil(x: T) -> (y: T) T: type{float,half,bfloat16}
ClipByValue(t: T, clip_value_min: T, clip_value_max: T) -> (output: T) T: type{float,half,bfloat16,int32,int64,complex64}
Complex(real: T, imag: T) -> (out: Tout) T: type{float} = float; Tout: type{complex64} = complex64
ComplexAbs(x: T) -> (y: Tout) T: type{complex64} = complex64; Tout: type{float} = float
Concat(concat_dim: int32, values: N*T) -> (output: T) N: int; T: type
ConcatV2(values: N*T, axis: Tidx) -> (output: T) N: int; T: type; Tidx: type{int32,int64} = int32
Const() -> (output: dtype) value: tensor; dtype: type
Conv2D(input: T, filter: T) -> (output: T) T: type{float,half,bfloat16,int32}; strides: ints; use_cudnn_on_gpu: bool = true; padding: string; explicit_paddings: ints = []; data_format: string = "NHWC"; dilations: ints = [1,1,1,1]
Conv2DBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> (output: T) T: type{float,half,bfloat16,int32}; strides: ints; use_cudnn_on_gpu: bool = true; padding: string; explicit_paddings: ints = []; data_format: string = "NHWC"; dilations: ints = [1,1,1,1]
Conv3D(input: T, filter: T) -> (output: T) T: type{float,half,bfloat16}; strides: ints; padding: string; data_format: string = "NDHWC"; dilations: ints = [1,1,1,1,1]
Cos(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Cosh(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
CropAndResize(image: T, boxes: float, box_ind: int32, crop_size: int32) -> (crops: float) T: type{float,half,int32,int64}; method: string = "bilinear"; extrapolation_value: float = 0
Cumprod(x: T, axis: Tidx) -> (out: T) exclusive: bool = false; reverse: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}; Tidx: type{int32,int64} = int32
Cumsum(x: T, axis: Tidx) -> (out: T) exclusive: bool = false; reverse: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}; Tidx: type{int32,int64} = int32
DenseBincount(input: Tidx, size: Tidx, weights: T) -> (output: T) Tidx: type{int32,int64}; T: type{float,int32,int64}; binary_output: bool = false
DepthToSpace(input: T) -> (output: T) T: type; block_size: int; data_format: string = "NHWC"
DepthwiseConv2dNative(input: T, filter: T) -> (output: T) T: type{float,half,bfloat16}; strides: ints; padding: string; explicit_paddings: ints = []; data_format: string = "NHWC"; dilations: ints = [1,1,1,1]
Dilation2D(input: T, filter: T) -> (output: T) T: type{float,half,bfloat16,int32,int64}; strides: ints; rates: ints; padding: string
DivNoNan(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,complex64}
Einsum(inputs: N*T) -> (output: T) equation: string; N: int; T: type
Elu(features: T) -> (activations: T) T: type{float,half,bfloat16}
EmptyTensorList(element_shape: shape_type, max_num_elements: int32) -> (handle: variant) element_dtype: type; shape_type: type{int32,int64}
EnsureShape(input: T) -> (output: T) shape: shape; T: type
Enter(data: T) -> (output: T) T: type; frame_name: string; is_constant: bool = false; parallel_iterations: int = 10
Equal(x: T, y: T) -> (z: bool) T: type; incompatible_shape_error: bool = true
Erf(x: T) -> (y: T) T: type{float,half,bfloat16}
EuclideanNorm(input: T, reduction_indices: Tidx) -> (output: T) keep_dims: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}; Tidx: type{int32,int64} = int32
Exit(data: T) -> (output: T) T: type
Exp(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
ExpandDims(input: T, dim: Tdim) -> (output: T) T: type; Tdim: type{int32,int64} = int32
Expm1(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
FakeQuantWithMinMaxVars(inputs: float, min: float, max: float) -> (outputs: float) num_bits: int = 8; narrow_range: bool = false
FFT(input: Tcomplex) -> (output: Tcomplex) Tcomplex: type{complex64} = complex64
Fill(dims: index_type, value: T) -> (output: T) T: type; index_type: type{int32,int64} = int32
Floor(x: T) -> (y: T) T: type{float,half,bfloat16}
FloorDiv(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
FloorMod(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64}
FusedBatchNormV3(x: T, scale: U, offset: U, mean: U, variance: U) -> (y: T, batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U) T: type{float,half,bfloat16}; U: type{float}; epsilon: float = 0.0001; exponential_avg_factor: float = 1; data_format: string = "NHWC"; is_training: bool = true
Gather(params: Tparams, indices: Tindices) -> (output: Tparams) validate_indices: bool = true; Tparams: type; Tindices: type{int32,int64}
GatherNd(params: Tparams, indices: Tindices) -> (output: Tparams) Tparams: type; Tindices: type{int32,int64}
GatherV2(params: Tparams, indices: Tindices, axis: Taxis) -> (output: Tparams) batch_dims: int = 0; Tparams: type; Tindices: type{int32,int64}; Taxis: type{int32,int64}
Greater(x: T, y: T) -> (z: bool) T: type{float,half,bfloat16,int32,int64}
GreaterEqual(x: T, y: T) -> (z: bool) T: type{float,half,bfloat16,int32,int64}
Identity(input: T) -> (output: T) T: type
IdentityN(input: [T]) -> (output: [T]) T: types
If(cond: Tcond, input: [Tin]) -> (output: [Tout]) Tcond: type; Tin: types; Tout: types; then_branch: func; else_branch: func; output_shapes: shapes = []
IFFT(input: Tcomplex) -> (output: Tcomplex) Tcomplex: type{complex64} = complex64
Imag(input: T) -> (output: Tout) T: type{complex64} = complex64; Tout: type{float} = float
ImageProjectiveTransformV3(images: dtype, transforms: float, output_shape: int32, fill_value: float) -> (transformed_images: dtype) dtype: type{float,half,int32,int64}; interpolation: string; fill_mode: string = "CONSTANT"
IRFFT(input: Tcomplex, fft_length: int32) -> (output: Treal) Treal: type{float} = float; Tcomplex: type{complex64} = complex64
IsFinite(x: T) -> (y: bool) T: type{float,half,bfloat16}
IsInf(x: T) -> (y: bool) T: type{float,half,bfloat16}
IsNan(x: T) -> (y: bool) T: type{float,half,bfloat16}
LeakyRelu(features: T) -> (activations: T) alpha: float = 0.2; T: type{float,half,bfloat16} = float
Less(x: T, y: T) -> (z: bool) T: type{float,half,bfloat16,int32,int64}
LessEqual(x: T, y: T) -> (z: bool) T: type{float,half,bfloat16,int32,int64}
LinSpace(start: T, stop: T, num: Tidx) -> (output: T) T: type{float,half,bfloat16}; Tidx: type{int32,int64} = int32
ListDiff(x: T, y: T) -> (out: T, idx: out_idx) T: type; out_idx: type{int32,int64} = int32
Log(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Log1p(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
LogicalAnd(x: bool, y: bool) -> (z: bool)
LogicalNot(x: bool) -> (y: bool)
LogicalOr(x: bool, y: bool) -> (z: bool)
LogSoftmax(logits: T) -> (logsoftmax: T) T: type{float,half,bfloat16}
LoopCond(input: bool) -> (output: bool)
LowerBound(sorted_inputs: T, values: T) -> (output: out_type) T: type; out_type: type{int32,int64} = int32
LRN(input: T) -> (output: T) depth_radius: int = 5; bias: float = 1; alpha: float = 1; beta: float = 0.5; T: type{float,half,bfloat16} = float
MatMul(a: T, b: T) -> (product: T) transpose_a: bool = false; transpose_b: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}
MatrixBandPart(input: T, num_lower: Tindex, num_upper: Tindex) -> (band: T) T: type; Tindex: type{int32,int64} = int64
Max(input: T, reduction_indices: Tidx) -> (output: T) keep_dims: bool = false; T: type{float,half,bfloat16,int32,int64}; Tidx: type{int32,int64} = int32
Maximum(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64}
MaxPool(input: T) -> (output: T) T: type{float,half,bfloat16,int32,int64} = float; ksize: ints; strides: ints; padding: string; explicit_paddings: ints = []; data_format: string = "NHWC"
MaxPool3D(input: T) -> (output: T) ksize: ints; strides: ints; padding: string; data_format: string = "NDHWC"; T: type{float,half,bfloat16}
MaxPoolWithArgmax(input: T) -> (output: T, argmax: Targmax) ksize: ints; strides: ints; Targmax: type{int32,int64} = int64; padding: string; include_batch_in_index: bool = false; T: type{float,half,bfloat16,int32,int64}
Mean(input: T, reduction_indices: Tidx) -> (output: T) keep_dims: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}; Tidx: type{int32,int64} = int32
Merge(inputs: N*T) -> (output: T, value_index: int32) T: type; N: int
Min(input: T, reduction_indices: Tidx) -> (output: T) keep_dims: bool = false; T: type{float,half,bfloat16,int32,int64}; Tidx: type{int32,int64} = int32
Minimum(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64}
MirrorPad(input: T, paddings: Tpaddings) -> (output: T) T: type; Tpaddings: type{int32,int64} = int32; mode: string
Mul(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
Multinomial(logits: T, num_samples: int32) -> (output: output_dtype) seed: int = 0; seed2: int = 0; T: type{float,half,bfloat16,int32,int64}; output_dtype: type{int32,int64} = int64
Neg(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64,complex64}
NextIteration(data: T) -> (output: T) T: type
NonMaxSuppressionV2(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold) -> (selected_indices: int32) T: type{float,half} = float; T_threshold: type{float,half} = float
NonMaxSuppressionV3(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, score_threshold: T_threshold) -> (selected_indices: int32) T: type{float,half} = float; T_threshold: type{float,half} = float
NonMaxSuppressionV4(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, score_threshold: T_threshold) -> (selected_indices: int32, valid_outputs: int32) T: type{float,half} = float; T_threshold: type{float,half} = float; pad_to_max_output_size: bool = false
NonMaxSuppressionV5(boxes: T, scores: T, max_output_size: int32, iou_threshold: T, score_threshold: T, soft_nms_sigma: T) -> (selected_indices: int32, selected_scores: T, valid_outputs: int32) T: type{float,half} = float; pad_to_max_output_size: bool = false
NoOp() -> ()
NotEqual(x: T, y: T) -> (z: bool) T: type; incompatible_shape_error: bool = true
OneHot(indices: TI, depth: int32, on_value: T, off_value: T) -> (output: T) axis: int = -1; T: type; TI: type{int32,int64} = int64
OnesLike(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64,bool,complex64}
Pack(values: N*T) -> (output: T) N: int; T: type; axis: int = 0
Pad(input: T, paddings: Tpaddings) -> (output: T) T: type; Tpaddings: type{int32,int64} = int32
PadV2(input: T, paddings: Tpaddings, constant_values: T) -> (output: T) T: type; Tpaddings: type{int32,int64} = int32
Placeholder() -> (output: dtype) dtype: type; shape: shape = null
PlaceholderWithDefault(input: dtype) -> (output: dtype) dtype: type; shape: shape
Pow(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
Prod(input: T, reduction_indices: Tidx) -> (output: T) keep_dims: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}; Tidx: type{int32,int64} = int32
RaggedGather(params_nested_splits: PARAMS_RAGGED_RANK*Tsplits, params_dense_values: Tvalues, indices: Tindices) -> (output_nested_splits: OUTPUT_RAGGED_RANK*Tsplits, output_dense_values: Tvalues) Tvalues: type; Tindices: type{int32,int64}; Tsplits: type{int32,int64} = int64; PARAMS_RAGGED_RANK: int; OUTPUT_RAGGED_RANK: int
RaggedRange(starts: T, limits: T, deltas: T) -> (rt_nested_splits: Tsplits, rt_dense_values: T) T: type{float,int32,int64} = int32; Tsplits: type{int32,int64} = int64
RandomStandardNormal(shape: T) -> (output: dtype) seed: int = 0; seed2: int = 0; dtype: type{float,half,bfloat16}; T: type{int32,int64}
RandomUniform(shape: T) -> (output: dtype) seed: int = 0; seed2: int = 0; dtype: type{float,half,bfloat16}; T: type{int32,int64}
RandomUniformInt(shape: T, minval: Tout, maxval: Tout) -> (output: Tout) seed: int = 0; seed2: int = 0; Tout: type{int32,int64}; T: type{int32,int64}
Range(start: Tidx, limit: Tidx, delta: Tidx) -> (output: Tidx) Tidx: type{float,half,bfloat16,int32,int64} = int32
Rank(input: T) -> (output: int32) T: type
ReadVariableOp(resource: resource) -> (value: dtype) dtype: type
Real(input: T) -> (output: Tout) T: type{complex64} = complex64; Tout: type{float} = float
RealDiv(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
Reciprocal(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64,complex64}
Relu(features: T) -> (activations: T) T: type{float,half,bfloat16,int32,int64}
Relu6(features: T) -> (activations: T) T: type{float,half,bfloat16,int32,int64}
Reshape(tensor: T, shape: Tshape) -> (output: T) T: type; Tshape: type{int32,int64} = int32
ResizeBilinear(images: T, size: int32) -> (resized_images: float) T: type{float,half,bfloat16,int32,int64}; align_corners: bool = false; half_pixel_centers: bool = false
ResizeNearestNeighbor(images: T, size: int32) -> (resized_images: T) T: type{float,half,bfloat16,int32,int64}; align_corners: bool = false; half_pixel_centers: bool = false
RestoreV2(prefix: string, tensor_names: string, shape_and_slices: string) -> (tensors: [dtypes]) dtypes: types
Reverse(tensor: T, dims: bool) -> (output: T) T: type
ReverseV2(tensor: T, axis: Tidx) -> (output: T) Tidx: type{int32,int64} = int32; T: type
RFFT(input: Treal, fft_length: int32) -> (output: Tcomplex) Treal: type{float} = float; Tcomplex: type{complex64} = complex64
Round(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64,complex64}
Rsqrt(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
SaveV2(prefix: string, tensor_names: string, shape_and_slices: string, tensors: [dtypes]) -> () dtypes: types
ScatterNd(indices: Tindices, updates: T, shape: Tindices) -> (output: T) T: type; Tindices: type{int32,int64}
SelectV2(condition: bool, t: T, e: T) -> (output: T) T: type
Selu(features: T) -> (activations: T) T: type{float,half,bfloat16}
Shape(input: T) -> (output: out_type) T: type; out_type: type{int32,int64} = int32
ShapeN(input: N*T) -> (output: N*out_type) N: int; T: type; out_type: type{int32,int64} = int32
ShardedFilename(basename: string, shard: int32, num_shards: int32) -> (filename: string)
Sigmoid(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Sign(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64,complex64}
Sin(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Sinh(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Size(input: T) -> (output: out_type) T: type; out_type: type{int32,int64} = int32
Slice(input: T, begin: Index, size: Index) -> (output: T) T: type; Index: type{int32,int64}
Softmax(logits: T) -> (softmax: T) T: type{float,half,bfloat16}
Softplus(features: T) -> (activations: T) T: type{float,half,bfloat16}
SpaceToBatchND(input: T, block_shape: Tblock_shape, paddings: Tpaddings) -> (output: T) T: type; Tblock_shape: type{int32,int64} = int32; Tpaddings: type{int32,int64} = int32
SparseFillEmptyRows(indices: int64, values: T, dense_shape: int64, default_value: T) -> (output_indices: int64, output_values: T, empty_row_indicator: bool, reverse_index_map: int64) T: type
SparseReshape(input_indices: int64, input_shape: int64, new_shape: int64) -> (output_indices: int64, output_shape: int64)
SparseSegmentMean(data: T, indices: Tidx, segment_ids: Tsegmentids) -> (output: T) T: type{float,half,bfloat16}; Tidx: type{int32,int64} = int32; Tsegmentids: type{int32,int64} = int32; sparse_gradient: bool = false
SparseSegmentSum(data: T, indices: Tidx, segment_ids: Tsegmentids) -> (output: T) T: type{float,half,bfloat16,int32,int64}; Tidx: type{int32,int64} = int32; Tsegmentids: type{int32,int64} = int32; sparse_gradient: bool = false
SparseToDense(sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T) -> (dense: T) validate_indices: bool = true; T: type; Tindices: type{int32,int64}
Split(split_dim: int32, value: T) -> (output: num_split*T) num_split: int; T: type
SplitV(value: T, size_splits: Tlen, split_dim: int32) -> (output: num_split*T) num_split: int; T: type; Tlen: type{int32,int64} = int64
Sqrt(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Square(x: T) -> (y: T) T: type{float,half,bfloat16,int32,int64,complex64}
SquaredDifference(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
Squeeze(input: T) -> (output: T) T: type; squeeze_dims: ints = []
StatelessIf(cond: Tcond, input: [Tin]) -> (output: [Tout]) Tcond: type; Tin: types; Tout: types; then_branch: func; else_branch: func; output_shapes: shapes = []
StatelessWhile(input: [T]) -> (output: [T]) T: types; cond: func; body: func; output_shapes: shapes = []; parallel_iterations: int = 10
StopGradient(input: T) -> (output: T) T: type
StridedSlice(input: T, begin: Index, end: Index, strides: Index) -> (output: T) T: type; Index: type{int32,int64}; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int = 0; shrink_axis_mask: int = 0
Sub(x: T, y: T) -> (z: T) T: type{float,half,bfloat16,int32,int64,complex64}
Sum(input: T, reduction_indices: Tidx) -> (output: T) keep_dims: bool = false; T: type{float,half,bfloat16,int32,int64,complex64}; Tidx: type{int32,int64} = int32
Switch(data: T, pred: bool) -> (output_false: T, output_true: T) T: type
Tan(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
Tanh(x: T) -> (y: T) T: type{float,half,bfloat16,complex64}
TensorArrayCloseV3(handle: resource) -> ()
TensorArrayConcatV3(handle: resource, flow_in: float) -> (value: dtype, lengths: int64) dtype: type; element_shape_except0: shape = null
TensorArrayGatherV3(handle: resource, indices: int32, flow_in: float) -> (value: dtype) dtype: type; element_shape: shape = null
TensorArrayReadV3(handle: resource, index: int32, flow_in: float) -> (value: dtype) dtype: type
TensorArrayScatterV3(handle: resource, indices: int32, value: T, flow_in: float) -> (flow_out: float) T: type
TensorArraySizeV3(handle: resource, flow_in: float) -> (size: int32)
TensorArraySplitV3(handle: resource, value: T, lengths: int64, flow_in: float) -> (flow_out: float) T: type
TensorArrayV3(size: int32) -> (handle: resource, flow: float) dtype: type; element_shape: shape = null; dynamic_size: bool = false; clear_after_read: bool = true; identical_element_shapes: bool = false; tensor_array_name: string = ""
TensorArrayWriteV3(handle: resource, index: int32, value: T, flow_in: float) -> (flow_out: float) T: type
TensorListConcatV2(input_handle: variant, element_shape: shape_type, leading_dims: int64) -> (tensor: element_dtype, lengths: int64) element_dtype: type; shape_type: type{int32,int64}
TensorListFromTensor(tensor: element_dtype, element_shape: shape_type) -> (output_handle: variant) element_dtype: type; shape_type: type{int32,int64}
TensorListGather(input_handle: variant, indices: int32, element_shape: int32) -> (values: element_dtype) element_dtype: type
TensorListGetItem(input_handle: variant, index: int32, element_shape: int32) -> (item: element_dtype) element_dtype: type
TensorListLength(input_handle: variant) -> (length: int32)
TensorListPopBack(input_handle: variant, element_shape: int32) -> (output_handle: variant, tensor: element_dtype) element_dtype: type
TensorListPushBack(input_handle: variant, tensor: element_dtype) -> (output_handle: variant) element_dtype: type
TensorListReserve(element_shape: shape_type, num_elements: int32) -> (handle: variant) element_dtype: type; shape_type: type{int32,int64}
TensorListResize(input_handle: variant, size: int32) -> (output_handle: variant)
TensorListScatterV2(tensor: element_dtype, indices: int32, element_shape: shape_type, num_elements: int32) -> (output_handle: variant) element_dtype: type; shape_type: type{int32,int64}
TensorListSetItem(input_handle: variant, index: int32, item: element_dtype) -> (output_handle: variant) element_dtype: type; resize_if_index_out_of_bounds: bool = false
TensorListSplit(tensor: element_dtype, element_shape: shape_type, lengths: int64) -> (output_handle: variant) element_dtype: type; shape_type: type{int32,int64}
TensorListStack(input_handle: variant, element_shape: int32) -> (tensor: element_dtype) element_dtype: type; num_elements: int = -1
TensorScatterUpdate(tensor: T, indices: Tindices, updates: T) -> (output: T) T: type; Tindices: type{int32,int64}
Tile(input: T, multiples: Tmultiples) -> (output: T) T: type; Tmultiples: type{int32,int64} = int32
TopKV2(input: T, k: Tk) -> (values: T, indices: index_type) sorted: bool = true; T: type{float,half,bfloat16,int32,int64}; Tk: type{int32,int64} = int32; index_type: type{int32,int64} = int32
Transpose(x: T, perm: Tperm) -> (y: T) T: type; Tperm: type{int32,int64} = int32
TruncatedNormal(shape: T) -> (output: dtype) seed: int = 0; seed2: int = 0; dtype: type{float,half,bfloat16}; T: type{int32,int64}
Unique(x: T) -> (y: T, idx: out_idx) T: type; out_idx: type{int32,int64} = int32
UniqueV2(x: T, axis: Taxis) -> (y: T, idx: out_idx) T: type; Taxis: type{int32,int64} = int64; out_idx: type{int32,int64} = int32
Unpack(value: T) -> (output: num*T) num: int; T: type; axis: int = 0
UpperBound(sorted_inputs: T, values: T) -> (output: out_type) T: type; out_type: type{int32,int64} = int32
VarHandleOp() -> (resource: resource) container: string = ""; shared_name: string = ""; debug_name: string = ""; dtype: type; shape: shape; allowed_devices: strings = []
Where(input: T) -> (index: int64) T: type{float,half,bfloat16,int32,int64,bool,complex64} = bool
While(input: [T]) -> (output: [T]) T: types; cond: func; body: func; output_shapes: shapes = []; parallel_iterations: int = 10
ZerosLike(x: T) -> (y: T) T: type
`;
