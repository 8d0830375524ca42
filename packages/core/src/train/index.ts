export type { CallbackOption, Callbacks, Control } from './callbacks.js';
export { fit, type FitOptions, type FitResult } from './fit.js';
export { evaluateModel, type EvaluateOptions } from './evaluate.js';
export { reestimateBatchNorm, type ReestimateOptions } from './reestimate.js';
export { TrainingError } from './error.js';
export {
  checkFitSettings,
  fitOptionsIn,
  fitSettingKinds,
  liveNameKind,
  trainingDemands,
  trainingNotes,
  type FitSettings,
} from './fit-settings.js';
export { fitOptionKinds } from './option-kinds.js';
export {
  fitPass,
  reestimateBatchNormPass,
  trainingPasses,
  type FitPassOptions,
  type ReestimateBatchNormPassOptions,
} from './passes.js';
export {
  crossEntropy,
  logitsOf,
  type Loss,
  type LossInputs,
  type LossName,
  type LossOption,
  type WeightedLoss,
} from './losses.js';
export type { Metric, MetricOption } from './metrics.js';
export { schedules, type Decay, type Schedule } from './schedule.js';
export { scheduleOf, type ScheduleJson } from './schedule-json.js';
export {
  disposeBatch,
  sourceOf,
  type Batch,
  type BatchOptions,
  type BatchSource,
  type Column,
  type Examples,
  type NumberColumn,
  type DataReader,
  type TrainingData,
} from './data.js';
export { augmented, type Augment } from './augment.js';
export { firstExamples } from './first-examples.js';
export { mapBatches, type BatchPlace } from './map-batches.js';
export type { CheckpointOptions } from './checkpoint.js';
export type { LayersOptions } from './either-model.js';
export type { Clipping } from './gradients.js';
export type { EarlyStopping, EpochRecord } from './history.js';
export type { OptimizerName, OptimizerOption } from './optimizer.js';
export type { RoleOptions, Trainable } from './trainable.js';
export type { Objective } from './goals.js';
export { weightGradients, type WeightGradientsOptions } from './weight-gradients.js';
