export {
  compareOutputs,
  outputDifference,
  sumOfDifferences,
  valuesOfOutputs,
  type OutputDifference,
  type OutputsDifference,
  type OutputValues,
} from './difference.js';
export type { Figures, WorkFigures } from './figures.js';
export { compareLatency, type Latency } from './latency.js';
export { OutputNoise, WORST_RATIO } from './output-noise.js';
export { makeReport, type Report, type ReportBackend, type ReportOptions } from './report.js';
export { reportText } from './text.js';
