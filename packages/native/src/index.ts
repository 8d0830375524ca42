export {
  saveSavedModel,
  type ModelLike,
  type SavedModelOptions,
  type SavedModelResult,
  type WritingOptions,
} from './saved-model/save.js';
export type { WrittenFile } from './saved-model/folder.js';
export type { Precision } from './precision/precision.js';
export type { NodePrecision } from './precision/compute.js';
export type { PrecisionOptions } from './precision/plan.js';
export type { CalibrationBatches } from './precision/reach.js';
export { explainPrecision, type PrecisionReport } from './precision/report.js';
export { bfloat16, float16, type HalfBytes, type HalfOptions, type HalfReport } from './half/half.js';
export type { HalfRow, HalfSkipped } from './half/row.js';
export { compile, type CompileOptions } from './session/compile.js';
export type { CompiledModel } from './session/compiled-model.js';
export { loadTfjsNode, type LoadedSavedModel, type TfjsNode, type TfNode } from './tfjs-node/load.js';
export type { PackageName } from './tfjs-node/diagnose.js';
export { configure, type NativeSettings } from './tfjs-node/configure.js';
