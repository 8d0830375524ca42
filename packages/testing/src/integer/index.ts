export { at, exactHigh, exactMultiplier, exactMultiply, exactShift, fill } from './exact.js';
export { floats, graphOf, int8s, ints, runOp, scale, vector, zeroPoint, type Given } from './run.js';
export { productLaws } from './product-laws.js';
export { valueLaws } from './value-laws.js';
