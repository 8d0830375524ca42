import type { PassFactories } from '@tfjs-optimize/core';
import { calibratePasses } from './calibrate/pass.js';
import { dynamicPasses } from './dynamic/quantize-dynamic.js';
import { staticPasses } from './static/pass.js';
import { weightsPasses } from './weights/pass.js';

/** All passes of this package, for recipes. */
export const quantizationPasses: PassFactories = {
  ...weightsPasses,
  ...dynamicPasses,
  ...calibratePasses,
  ...staticPasses,
};
