import type { PassFactories } from '@tfjs-optimize/core';
import { channelsPasses } from './channels/pass.js';
import { maskPasses } from './masks/passes.js';
import { wandaPasses } from './masks/wanda-pass.js';
import { trainPasses } from './training/pass.js';

/** All passes of this package, for recipes. */
export const pruningPasses: PassFactories = {
  ...channelsPasses,
  ...maskPasses,
  ...wandaPasses,
  ...trainPasses,
};
