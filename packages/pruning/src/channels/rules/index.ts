import { hasTrait } from '@tfjs-optimize/core';
import type { Rule, Rules } from '../site.js';
import { convolutionRules } from './convolution.js';
import { elementwise, elementwiseRules } from './elementwise.js';
import { joiningRules } from './joining.js';
import { matrixRules } from './matrices.js';
import { reductionRules } from './reduction.js';
import { shapeRules } from './shapes.js';
import { slicingRules } from './slicing.js';

/** Ops whose channels are understood; elementwise ops of the table are, too. */
const RULES: Rules = {
  ...elementwiseRules,
  ...convolutionRules,
  ...matrixRules,
  ...reductionRules,
  ...shapeRules,
  ...joiningRules,
  ...slicingRules,
};

/** Ops that hand on what they are made from: a weight behind them is a weight still. */
export const CARRIES: ReadonlySet<string> = new Set([
  'Identity',
  'StopGradient',
  'Snapshot',
  'Cast',
  'Reshape',
  'ExpandDims',
  'Squeeze',
  'Transpose',
]);

/** The rule of an op; undefined for one whose channels are not understood. */
export function ruleOf(op: string): Rule | undefined {
  if (Object.hasOwn(RULES, op)) return RULES[op];
  return hasTrait(op, 'elementwise') ? elementwise : undefined;
}
