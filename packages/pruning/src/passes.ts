import { maskPasses } from './masks/passes.js';
import type { PassFactories } from '@tfjs-optimize/core';

/** All passes of this package, for recipes. */
export const pruningPasses: PassFactories = { ...maskPasses };
