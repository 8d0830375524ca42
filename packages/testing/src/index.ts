export { expectCode, expectNoLeak, maxDifference, maxMagnitude } from './assert.js';
export {
  golden,
  goldenTensor,
  isGoldenTensor,
  needGolden,
  type GoldenCase,
  type GoldenFile,
  type GoldenTensor,
  type GoldenValue,
} from './golden.js';
export * as nets from './nets/index.js';
export { needShared, repoRoot, sharedDir, type Skippable } from './shared.js';
export { findChromium } from './chromium.js';
export { runChild, type ChildOptions, type ChildResult } from './child.js';
export { runStock, stockFolder, type StockAnswer, type StockRequest, type TensorData } from './stock.js';
export { tempFolder, withTempFolder } from './temp.js';
