export { quantizedResult, type Quantized } from './result.js';
export { selectorOf, unknownNames, type LayerChoice, type Selection, type Selector } from './select.js';
export { modelOf, type ModelLike } from './source.js';
