export { costByLayer, type CostOptions } from './cost-by-layer.js';
export { layerLimits } from './limits.js';
export { measureRoofline, type RooflineOptions } from './roofline.js';
export { sparsityMaps, weightHistograms, type SparsityMapOptions } from './weight-values.js';
