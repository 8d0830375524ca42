export { add, mul, sumStage, type SumParams, type SumStage } from './arithmetic.js';
export { dequantize, quantize, requantize } from './conversions.js';
export { conv2d, depthwiseConv2d } from './convolution.js';
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
export { batchMatMul, matMul, type BatchProduct, type Product } from './products.js';
export { resizeBilinear, resizeNearestNeighbor, type Resizing } from './resize.js';
export { broadcastIndexes, broadcastShape } from './shapes.js';
