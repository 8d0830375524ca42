export { interleave, ratioOfMedians, ratioOverRuns, spread, timeOnce } from '@tfjs-optimize/core';
export {
  meetsTarget,
  runCases,
  type BenchCase,
  type BenchContext,
  type BenchResult,
  type BenchRow,
  type RunCasesOptions,
  type SkippedCase,
  type Target,
} from './cases.js';
export { describeMachine, machineText, type Machine } from './machine.js';
export { race, timeText, type RaceOptions, type Sameness } from './race.js';
export { benchTable, skippedLines } from './table.js';
export { benchReportHtml, benchReportMarkdown, type BenchReport } from './bench-report/index.js';
export {
  profile,
  topNodes,
  topOps,
  traceEvents,
  type ProfileOptions,
  type TraceEvent,
  type TraceFile,
} from './profile/index.js';
export {
  compare,
  DEFAULT_TOLERANCE,
  reorderTolerance,
  type Candidates,
  type CompareOptions,
  type Location,
} from './compare/index.js';
export {
  averageInferenceTime,
  inputPorts,
  measure,
  mergeMeasurements,
  runnerOf,
  type Candidate,
  type CandidateFunction,
  type FunctionOutputs,
  type MeasureOptions,
  type Outputs,
  type Runner,
  type Running,
  type TimingOptions,
} from './measure/index.js';
export { distribution, isSupported, verdict } from './stats/index.js';
export {
  collectReport,
  paretoFront,
  parseReport,
  reportHtml,
  reportMarkdown,
  reportSchema,
  type CollectOptions,
  type Place,
  type QualityOptions,
  type SensitivityGiven,
} from './report/index.js';
export { REPORT_KIND, REPORT_VERSION, type ReportModel, type ReportRecord } from './record/report.js';
export {
  costByLayer,
  layerLimits,
  measureRoofline,
  sparsityMaps,
  weightHistograms,
  type CostOptions,
  type RooflineOptions,
  type SparsityMapOptions,
} from './cost/index.js';
export type { ModelLike } from './with-model.js';
export {
  accuracy,
  agreement,
  confusionMatrix,
  cosine,
  evaluate,
  f1,
  meanSquaredError,
  topK,
  type AgreementOptions,
  type ClassOptions,
  type Confusion,
  type ConfusionOptions,
  type EvaluateOptions,
  type EvaluationData,
  type F1Average,
  type F1Options,
  type LabelledBatch,
  type Metric,
  type MetricResult,
  type Scored,
  type ScoredBatch,
  type Tally,
} from './quality/index.js';
export { measureMemory, type MemoryOptions } from './memory/index.js';
export type {
  CostRecord,
  HistogramRecord,
  LayerCostRecord,
  LayerLimitRecord,
  NodeCostRecord,
  RooflineRecord,
  SparsityMapRecord,
} from './record/cost.js';
export type {
  BackendTrialRecord,
  BatchSweepRecord,
  GroupTimeRecord,
  MemoryRecord,
  NodeTimeRecord,
  ProfileRecord,
  QualityRecord,
  SpanRecord,
} from './record/profile.js';
export type {
  LayerSensitivityRecord,
  SensitivityCurveRecord,
  SensitivityCurvesRecord,
  SensitivityPointRecord,
  SensitivityRecord,
} from './record/sensitivity.js';
export type { TrainingEpoch } from './record/training.js';
export type {
  Comparison,
  DifferenceRecord,
  Distribution,
  InputRecord,
  Measurement,
  OutputShapes,
  Verdict,
} from './record/measurement.js';
export {
  singleAgainstBatch,
  sweepBatches,
  sweepText,
  type SingleAgainstBatchOptions,
  type SweepOptions,
} from './batch/index.js';
export {
  backendsText,
  compareBackends,
  type BackendComparison,
  type CompareBackendsOptions,
} from './backends/index.js';
export { compareGradientMode, gradientModeText, type GradientModeComparison } from './gradients/index.js';
export {
  checkRegression,
  measureBaseline,
  parseBaseline,
  regressionVerdict,
  requireComparable,
  type BaselineOptions,
  type Regression,
  type RegressionOptions,
  type RegressionVerdict,
} from './baseline/index.js';
export { BASELINE_KIND, BASELINE_VERSION, type Baseline } from './record/baseline.js';
