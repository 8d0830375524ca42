export { compare, type Candidates, type CompareOptions } from './compare.js';
export type { Location } from './location.js';
export { DEFAULT_TOLERANCE, reorderTolerance } from './same.js';
