import { BINARY } from './binary.js';
import type { KernelCase } from './case.js';
import { CONVOLUTIONS } from './convolutions.js';
import { MATRICES } from './matrices.js';
import { INDEXING, OTHERS } from './others.js';
import { NORMALIZATION, REDUCTIONS } from './reductions.js';
import { SHAPING } from './shaping.js';
import { UNARY } from './unary.js';

export type { CaseInput, KernelCase } from './case.js';

/** One case or more for each kernel that tracing knows. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...UNARY,
  ...BINARY,
  ...MATRICES,
  ...CONVOLUTIONS,
  ...NORMALIZATION,
  ...REDUCTIONS,
  ...SHAPING,
  ...INDEXING,
  ...OTHERS,
];
