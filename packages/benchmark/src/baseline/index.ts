export {
  checkRegression,
  regressionVerdict,
  requireLimit,
  type Regression,
  type RegressionVerdict,
} from './check.js';
export { measureBaseline, type BaselineOptions } from './measure.js';
export { parseBaseline } from './parse.js';
