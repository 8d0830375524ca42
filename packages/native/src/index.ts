export {
  saveSavedModel,
  type ModelLike,
  type SavedModelOptions,
  type SavedModelResult,
} from './saved-model/save.js';
