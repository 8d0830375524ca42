export {
  DYNAMIC_OPS,
  type DynamicOp,
  type DynamicOptions,
  type DynamicPassOptions,
  type DynamicSettings,
} from './dynamic/options.js';
export { dynamicPass, dynamicPasses, quantizeDynamic } from './dynamic/quantize-dynamic.js';
export { quantizedResult, type Quantized } from './result.js';
export { selectorOf, unknownNames, type LayerChoice, type Selection, type Selector } from './select.js';
export { modelOf, type ModelLike } from './source.js';
