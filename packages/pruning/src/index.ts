export { masked, prunedCount, type Mask, type Masks } from './masks/mask.js';
export { masksFact } from './masks/masks-fact.js';
