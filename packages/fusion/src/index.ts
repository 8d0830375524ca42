export { fuseConvBatchNorm } from './layers.js';
export { explain } from './explain/explain.js';
export type { QuantizedWeights, WeightOptions } from './kernel.js';
export {
  fusionPasses,
  packUnpacked,
  removeDeadNodes,
  removeDuplicates,
  removeZeros,
  ruleByName,
  rulePass,
  rules,
  shareProducts,
  unpackTiled,
} from './passes.js';
export { fusingRules, inference, leftoverRules, simplifyingRules, type InferenceOptions } from './presets.js';
