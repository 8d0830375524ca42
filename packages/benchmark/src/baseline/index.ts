export {
  checkRegression,
  regressionVerdict,
  requireComparable,
  type Regression,
  type RegressionOptions,
  type RegressionVerdict,
} from './check.js';
export { measureBaseline, type BaselineOptions } from './measure.js';
export { parseBaseline } from './parse.js';
