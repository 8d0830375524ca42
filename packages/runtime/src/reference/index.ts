export { OPS as INTEGER_OPS, referenceKernel } from '../ops/all.js';
export { AttrReader } from '../ops/attrs.js';
export type { IntegerOp } from '../ops/op.js';
export type { Params } from '../ops/params.js';
export { add, mul, sumStage, type PairParams, type SumStage } from './arithmetic.js';
export { dequantize, quantize, requantize } from './conversions.js';
export { conv2d, depthwiseConv2d } from './convolution.js';
export { dynamicConv2D } from './dynamic-conv.js';
export { dynamicBatchMatMul, dynamicMatMul, type DynamicEpilogue } from './dynamic-products.js';
export {
  ACTIVATIONS,
  dynamicParams,
  largestInt16,
  quantizeRows,
  type Activation,
  type DynamicOptions,
  type DynamicParams,
  type QuantizedRows,
} from './dynamic-quantize.js';
export {
  multiply,
  multiplyHigh,
  multipliersOf,
  requantizeOne,
  requantizeSums,
  shiftRounded,
  type Multipliers,
  type OutputStage,
} from './fixed-point.js';
export { geometryOf, type Geometry, type Sliding } from './geometry.js';
export { lookUp, softmax } from './lookups.js';
export { mean } from './mean.js';
export { avgPool, maxPool } from './pools.js';
export { batchMatMul, matMul, type BatchProduct } from './products.js';
export {
  bilinearPlaces,
  nearestPlaces,
  resizeBilinear,
  resizeNearestNeighbor,
  type ResizePlace,
  type Resizing,
} from './resize.js';
export { broadcastIndexes, broadcastShape } from './shapes.js';
export { productSums, windowSums, type Channels, type Product } from './sums.js';
