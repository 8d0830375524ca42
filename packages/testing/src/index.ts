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
export { needTfjsNode } from './node-backend.js';
export { needSoftwareGpu } from './software-gpu.js';
export { needShared, repoRoot, sharedDir, type Skippable } from './shared.js';
export { findChromium } from './chromium.js';
export {
  openPages,
  PAGE_BACKENDS,
  type ModelPages,
  type PageAnswer,
  type PageBackend,
  type PageLoader,
  type PageRequest,
} from './page.js';
export { coverageOptions, runChild, type ChildOptions, type ChildResult } from './child.js';
export { runStock, stockFolder, type StockAnswer, type StockRequest, type TensorData } from './stock.js';
export { tempFolder, withTempFolder } from './temp.js';
export { tfliteLaw } from './tflite-law.js';
