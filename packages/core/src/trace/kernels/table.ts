import { convolutionKernels } from './convolution.js';
import { creationKernels } from './creation.js';
import { elementwiseKernels } from './elementwise.js';
import { imageKernels } from './image.js';
import { indexingKernels } from './indexing.js';
import { matrixKernels } from './matrices.js';
import { normalizationKernels } from './normalization.js';
import { poolingKernels } from './pooling.js';
import { reductionKernels } from './reduction.js';
import type { KernelRow, KernelRows } from './row.js';
import { shapingKernels } from './shaping.js';
import { stringKernels } from './strings.js';

/** Every kernel that tracing can write as graph ops. */
export const KERNELS: KernelRows = {
  ...elementwiseKernels,
  ...matrixKernels,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
  ...reductionKernels,
  ...shapingKernels,
  ...indexingKernels,
  ...creationKernels,
  ...imageKernels,
  ...stringKernels,
};

/** The row of a kernel, or undefined. */
export function kernelRow(name: string): KernelRow | undefined {
  return Object.hasOwn(KERNELS, name) ? KERNELS[name] : undefined;
}
