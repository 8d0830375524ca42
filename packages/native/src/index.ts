export {
  saveSavedModel,
  type ModelLike,
  type SavedModelOptions,
  type SavedModelResult,
} from './saved-model/save.js';
export type { WrittenFile } from './saved-model/folder.js';
export { compile, type CompileOptions } from './session/compile.js';
export type { CompiledModel } from './session/compiled-model.js';
export { loadTfjsNode, type LoadedSavedModel, type TfjsNode, type TfNode } from './tfjs-node/load.js';
export type { PackageName } from './tfjs-node/diagnose.js';
export { configure, type NativeSettings } from './tfjs-node/configure.js';
