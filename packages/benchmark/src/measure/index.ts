export type { Candidate, CandidateFunction, FunctionOutputs } from './candidate.js';
export { averageInferenceTime, measure, type MeasureOptions, type TimingOptions } from './measure.js';
export { mergeMeasurements } from './measurement.js';
export type { Outputs } from './outputs.js';
export { inputPorts } from './ports.js';
export { runnerOf, type Runner, type Running } from './runner.js';
