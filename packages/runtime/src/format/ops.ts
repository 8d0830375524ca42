/** Before the name of every op of this package. Stock TensorFlow.js says it where the package is missing. */
export const OP_PREFIX = '@tfjs-optimize/runtime.';

/** Ops of integer graphs by their short names; their names in graphs begin with {@link OP_PREFIX}. */
export const OP_NAMES = [
  'Quantize',
  'Dequantize',
  'Requantize',
  'Conv2D',
  'DepthwiseConv2D',
  'MatMul',
  'BatchMatMul',
  'Add',
  'Sub',
  'Mul',
  'AvgPool',
  'MaxPool',
  'Mean',
  'ResizeBilinear',
  'ResizeNearestNeighbor',
  'Table',
  'Softmax',
  'DynamicMatMul',
  'DynamicConv2D',
  'DynamicDepthwiseConv2D',
  'DynamicBatchMatMul',
] as const;

/** A short name of an op. */
export type RuntimeOp = (typeof OP_NAMES)[number];

/** The name of an op in graphs and of its kernel. */
export function opName(op: RuntimeOp): string {
  return `${OP_PREFIX}${op}`;
}
