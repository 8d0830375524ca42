import type { ProgramOp } from '../plan/program.js';
import type { Planner } from '../site.js';
import { add, mul, requantized, sub } from './arithmetic.js';
import { batchMatMul } from './batch-products.js';
import { conv2d } from './convolution.js';
import { depthwiseConv2d } from './depthwise.js';
import { constant, narrow, spread } from './edges.js';
import { dequantize, quantize } from './conversions.js';
import { softmax, table } from './lookups.js';
import { concat, pad, reshape, slice, transpose } from './moves.js';
import { avgPool, maxPool, mean } from './pools.js';
import { dynamicBatchMatMul } from './dynamic-batch.js';
import { dynamicConv2D } from './dynamic-convolution.js';
import { dynamicDepthwise } from './dynamic-depthwise.js';
import { dynamicMatMul } from './dynamic-products.js';
import { matMul } from './products.js';
import { resizeBilinear, resizeNearestNeighbor } from './resizes.js';

/** What plans each op; the others are done by their references. */
export const PLANNERS: Readonly<Partial<Record<ProgramOp, Planner>>> = {
  Narrow: narrow,
  Spread: spread,
  Constant: constant,
  Quantize: quantize,
  Dequantize: dequantize,
  Requantize: requantized,
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  MatMul: matMul,
  BatchMatMul: batchMatMul,
  Add: add,
  Sub: sub,
  Mul: mul,
  AvgPool: avgPool,
  MaxPool: maxPool,
  Mean: mean,
  ResizeBilinear: resizeBilinear,
  ResizeNearestNeighbor: resizeNearestNeighbor,
  Table: table,
  Softmax: softmax,
  DynamicMatMul: dynamicMatMul,
  DynamicConv2D: dynamicConv2D,
  DynamicDepthwiseConv2D: dynamicDepthwise,
  DynamicBatchMatMul: dynamicBatchMatMul,
  Reshape: reshape,
  Concat: concat,
  Pad: pad,
  Transpose: transpose,
  Slice: slice,
};
