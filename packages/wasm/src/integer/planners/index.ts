import type { ProgramOp } from '../plan/program.js';
import type { Planner } from '../site.js';
import { conv2d } from './convolution.js';
import { constant, narrow, spread } from './edges.js';
import { dequantize, quantize } from './conversions.js';
import { dynamicBatchMatMul } from './dynamic-batch.js';
import { dynamicConv2D } from './dynamic-convolution.js';
import { dynamicDepthwise } from './dynamic-depthwise.js';
import { dynamicMatMul } from './dynamic-products.js';
import { reshape } from './moves.js';
import { matMul } from './products.js';

/** What plans each op; the others are done by their references. */
export const PLANNERS: Readonly<Partial<Record<ProgramOp, Planner>>> = {
  Narrow: narrow,
  Spread: spread,
  Constant: constant,
  Quantize: quantize,
  Dequantize: dequantize,
  Conv2D: conv2d,
  MatMul: matMul,
  DynamicMatMul: dynamicMatMul,
  DynamicConv2D: dynamicConv2D,
  DynamicDepthwiseConv2D: dynamicDepthwise,
  DynamicBatchMatMul: dynamicBatchMatMul,
  Reshape: reshape,
};
