/*
 * What ops of TensorFlow do in a graph that is computed in 16 bits. The roles, and most of their members, are those of
 * TensorFlow's own mixed precision (allow, infer, clear and deny list of
 * `tensorflow/core/grappler/optimizers/auto_mixed_precision_lists.h`, 2.15), which follow the training of Micikevicius et
 * al. ("Mixed Precision Training", 2018). Stricter here: softmax, logarithms, roots and powers stay float32 whatever
 * stands before them, and so do comparisons and rounding to whole numbers, whose results jump.
 */

/**
 * - `product`: products and convolutions, for which 16 bits are worth their casts
 * - `between`: arithmetic that loses little, done in 16 bits where it lies between products
 * - `move`: hands numbers on as they are, or chooses among them; exact in whatever precision they come
 * - `exact`: needs the digits or the reach of float32, and so does arithmetic behind it, up to the next product
 */
export type Role = 'product' | 'between' | 'move' | 'exact';

const BY_ROLE: Readonly<Record<Role, string>> = {
  product: `BatchMatMulV2 Conv2D Conv2DBackpropInput Conv3D DepthwiseConv2dNative Einsum MatMul`,
  // FusedBatchNormV3 computes in float32 and takes its statistics so, in whatever precision images are.
  between: `Add AddN AddV2 AvgPool BiasAdd Elu Erf FusedBatchNormV3 LeakyRelu Mul RealDiv Selu Sigmoid Sub Tanh`,
  move: `Abs BatchToSpaceND BroadcastTo ClipByValue Concat ConcatV2 DepthToSpace EnsureShape ExpandDims Gather GatherNd
    GatherV2 Identity Max MaxPool Maximum Min Minimum MirrorPad Neg Pack Pad PadV2 Rank Relu Relu6 Reshape
    ResizeNearestNeighbor Reverse ReverseV2 SelectV2 Shape ShapeN Size Slice SpaceToBatchND Split SplitV Squeeze
    StopGradient StridedSlice Tile Transpose Unpack`,
  exact: `Cumprod Cumsum DivNoNan EuclideanNorm Exp Expm1 LRN Log Log1p LogSoftmax Mean Pow Prod Reciprocal Rsqrt Softmax
    Softplus Sqrt Square SquaredDifference Sum`,
};

const ROLES: ReadonlyMap<string, Role> = new Map(
  (Object.keys(BY_ROLE) as Role[]).flatMap((role) =>
    BY_ROLE[role].split(/\s+/).map((op): [string, Role] => [op, role]),
  ),
);

/** The role of an op; undefined for those that stay float32 and say nothing of what is behind them. */
export function roleOf(op: string): Role | undefined {
  return ROLES.get(op);
}

/** The ops of each role, in alphabetical order. */
export function opsByRole(): Readonly<Record<Role, readonly string[]>> {
  const entries = (Object.keys(BY_ROLE) as Role[]).map((role) => [role, BY_ROLE[role].split(/\s+/)]);
  return Object.fromEntries(entries) as Record<Role, string[]>;
}
