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
export { race, reorderTolerance, timeText, type RaceOptions, type Runner } from './race.js';
export { benchTable } from './table.js';
export {
  profile,
  topNodes,
  traceEvents,
  type ProfileOptions,
  type TraceEvent,
  type TraceFile,
} from './profile/index.js';
