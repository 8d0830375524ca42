export { inference, inferenceRules, type InferenceOptions } from './presets.js';
export type { QuantizedWeights, WeightOptions } from './kernel.js';
