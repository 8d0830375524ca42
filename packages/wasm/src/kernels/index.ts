import { tile } from './array/tile.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from './conv/backprop.js';
import { conv2d, fusedConv2d } from './conv/conv2d.js';
import { depthwiseConv2d, fusedDepthwiseConv2d } from './conv/depthwise.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './conv/depthwise-gradients.js';
import { extremes, unary } from './elementwise/unary.js';
import { gelu } from './elementwise/gelu.js';
import type { FastKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { batchNorm } from './norm/batch-norm.js';
import { batchNormSums } from './norm/gradients.js';
import { layerNorm } from './norm/layer-norm.js';
import { avgPoolGrad, maxPoolGrad } from './pool/gradients.js';
import { avgPool, maxPool } from './pool/pool.js';
import { mean, sum, unsortedSegmentSum } from './reduce/sums.js';
import { adamStep, descentStep } from './train/steps.js';

/** Every kernel of this package. */
export const KERNELS: readonly FastKernel[] = [
  batchMatMul,
  fusedMatMul,
  conv2d,
  fusedConv2d,
  depthwiseConv2d,
  fusedDepthwiseConv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  maxPool,
  avgPool,
  maxPoolGrad,
  avgPoolGrad,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  sum,
  mean,
  unsortedSegmentSum,
  tile,
  ...unary,
  ...extremes,
  adamStep,
  descentStep,
  batchNorm,
  batchNormSums,
  layerNorm,
  gelu,
];
