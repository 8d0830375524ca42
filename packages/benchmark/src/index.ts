export { interleave, ratioOfMedians, spread, timeOnce } from '@tfjs-optimize/core';
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
export { race, timeText, type RaceOptions } from './race.js';
export { benchTable } from './table.js';
export {
  profile,
  topNodes,
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
export { distribution, verdict } from './stats/index.js';
