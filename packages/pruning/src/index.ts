export {
  explainGroups,
  type ChannelGroup,
  type GroupPart,
  type GroupsExplained,
} from './channels/explain-groups.js';
export type { ChannelFigures } from './channels/figures.js';
export type { Normalizer, Reduction } from './channels/importance/combine.js';
export type { ImportanceName } from './channels/importance/importance.js';
export type {
  ChannelBudget,
  ChannelSettings,
  ChannelStep,
  PruneChannelsOptions,
} from './channels/options.js';
export { pruneChannelsPass, type PruneChannelsPassOptions } from './channels/pass.js';
export { pruneChannels } from './channels/prune-channels.js';
export type { PrunedChannels, PrunedGroup } from './channels/result.js';
export type { ChannelSource } from './channels/source.js';
export type { Choice, Selection } from './kernels.js';
export { masked, prunedCount, type Mask, type Masks } from './masks/mask.js';
export { masksFact } from './masks/masks-fact.js';
export { maskPass, removePass, type MaskPassName, type MaskPassOptions } from './masks/passes.js';
export { wandaPass, type WandaPassOptions } from './masks/wanda-pass.js';
export { remove } from './masks/remove.js';
export { sparsity, type Sparsity, type WeightSparsity } from './masks/sparsity.js';
export { storageReport, type StorageOptions, type StorageReport, type StoredSize } from './masks/storage.js';
export type { Amount, AmountByLayer } from './methods/amount.js';
export type { Pooling } from './methods/blocks.js';
export type { NOfM } from './methods/n-of-m.js';
export type { Norm } from './methods/structured.js';
export { wandaScores } from './methods/wanda.js';
export { pruningPasses } from './passes.js';
export { customMask, type CustomOptions, type GivenMasks, type MaskLike } from './prune/custom.js';
export type { Axis, NamedSelection, Scores } from './prune/options.js';
export {
  blockSparsity,
  nmStructured,
  type BlockSparsityOptions,
  type NmOptions,
  type Pattern,
} from './prune/semi-structured.js';
export {
  lnStructured,
  randomStructured,
  type LnOptions,
  type RandomStructuredOptions,
} from './prune/structured.js';
export {
  globalUnstructured,
  l1Unstructured,
  magnitudeSparsity,
  randomUnstructured,
  thresholdUnstructured,
  type GlobalOptions,
  type GlobalTarget,
  type L1Options,
  type RandomOptions,
} from './prune/unstructured.js';
export { wanda, type WandaOptions } from './prune/wanda.js';
export { sparsities } from './schedules/sparsities.js';
export type {
  ConstantOptions,
  IterativeOptions,
  OneShotOptions,
  RampOptions,
} from './schedules/sparsities.js';
export type { SparsitySchedule, Times, Timetable } from './schedules/schedule.js';
export {
  chooseRatios,
  type ChooseRatiosOptions,
  type ChosenRatios,
  type RatioGoal,
} from './sensitivity/choose-ratios.js';
export type {
  ChannelChoice,
  LayerSensitivity,
  PrunedKind,
  Sensitivity,
  SensitivityCurves,
  SensitivityPoint,
} from './sensitivity/curves.js';
export type { Judging, Measured } from './sensitivity/judge.js';
export type { Ratios } from './sensitivity/ladder.js';
export { sensitivity, type SensitivityOptions } from './sensitivity/sensitivity.js';
export type { TriedLayers } from './sensitivity/trials.js';
export type { ExampleData } from './targets/examples.js';
export { masksOf, type PrunedLayer } from './targets/layer.js';
export { traceMasked, type ModelOptions, type PrunedModel } from './targets/model.js';
export type { Pruned, Target, TargetOptions } from './targets/target.js';
export type { PrunedTensor, PrunedWeight, TensorOptions } from './targets/tensor.js';
export type { Choose, Left, Part } from './targets/part.js';
export {
  keepLayerMasks,
  pruneLayersWhileTraining,
  type PruneLayersOptions,
} from './training/layers-callback.js';
export type { PruningCourse, TrainingSelection } from './training/mask-plan.js';
export type { MethodJson, SparsityJson } from './training/course-json.js';
export {
  pruneWhileTrainingPass,
  type PruneWhileTrainingPassOptions,
  type PruningCourseJson,
} from './training/pass.js';
export { maskBy, type TrainingMethod } from './training/method.js';
export {
  pruneIteratively,
  type IterativelyPruned,
  type PruneIterativelyOptions,
  type PruningRound,
} from './training/prune-iteratively.js';
export { pruneWhileTraining, type PruneWhileTrainingOptions } from './training/prune-while-training.js';
