export {
  saveSavedModel,
  type ModelLike,
  type SavedModelOptions,
  type SavedModelResult,
} from './saved-model/save.js';
export type { WrittenFile } from './saved-model/folder.js';
