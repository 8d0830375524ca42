export {
  ERROR_CODES,
  OptimizeError,
  fail,
  isOptimizeError,
  throwIfAborted,
  type ErrorCode,
  type Problem,
} from './errors.js';
export type { Json, JsonObject } from './json.js';
export { Weight, Weights, type DType, type Encoding, type Values } from './weights.js';
export {
  attr,
  dtypeOfTf,
  getAttr,
  makeNode,
  needAttr,
  nodeOf,
  splitValue,
  valueId,
  type Attr,
  type AttrKind,
  type AttrValues,
  type Attrs,
  type Node,
  type Shape,
  type ValueId,
} from './graph/node.js';
export { Graph, editGraph, type GraphExtras } from './graph/graph.js';
export { weightTrainingAttrs, weightTrainingOf, type WeightTraining } from './graph/training-attrs.js';
export type { WeightConstraint } from './graph/weight-constraint.js';
export { graphFromJson, graphToJson, weightNamesInFunctions } from './graph/json.js';
export { FACTS_KEY, toArtifacts } from './io/artifacts.js';
export { fileHandler } from './io/file-handler.js';
export {
  encodeBfloat16,
  encodeFloat16,
  encodeHalf,
  FLOAT16_MAX,
  tooLargeForHalf,
  type HalfFormat,
} from './io/half.js';
export { abortOnInterrupt, type Interruption } from './io/interrupt.js';
export { loadModel, type LoadOptions, type ModelSource } from './io/load.js';
export { checkSavePlace, saveModel, type SaveOptions, type SaveResult } from './io/save.js';
export type { FileToWrite, WriteOptions, WrittenFile } from './io/write.js';
export { OpView } from './graph/ops/view.js';
export {
  Facts,
  type AnyFact,
  type Established,
  type Fact,
  type Projector,
  type Running,
  type Violation,
  type WeightMove,
} from './facts.js';
export type { Port, Signature } from './signature.js';
export {
  Model,
  type ModelExtras,
  type ModelInputs,
  type ModelParts,
  type Source,
  type Stage,
} from './model.js';
export type { Context, Evaluate, Note, Pass, PassResult, Progress } from './pass.js';
export {
  checkInterleaveOptions,
  interleave,
  interleaveSamplers,
  type InterleaveOptions,
  type Timing,
} from './measure/interleave.js';
export {
  localSampler,
  timeOnce,
  type Clock,
  type Sampler,
  type WarmedUp,
  type WarmUpLimits,
  type Work,
} from './measure/sampler.js';
export { finish, finishesLater } from './measure/finish.js';
export { medianDeviation, percentile, percentiles, spread, type Spread } from './measure/stats.js';
export {
  ratioOfMeans,
  ratioOfMedians,
  ratioOverRuns,
  type Interval,
  type RatioOptions,
  type RunSamples,
} from './measure/ratio.js';
export { Random, randomStream, type RandomStream } from './random.js';
export { GraphBuilder, type OpOptions, type PlainAttrs } from './graph/builder.js';
export type { PlainAttr } from './graph/plain-attr.js';
export { printGraph, printNode, type PrintOptions } from './graph/print.js';
export {
  any,
  attrIs,
  constant,
  oneOf,
  op,
  optional,
  type AnyPattern,
  type AttrTest,
  type ConstantPattern,
  type OneOfPattern,
  type OpPattern,
  type OpPatternOptions,
  type Pattern,
} from './rewrite/pattern.js';
export { matchAt, type Match, type Miss, type Original } from './rewrite/match.js';
export {
  decline,
  replaceBy,
  replaceByConstant,
  replaceByValue,
  type ConstantOptions,
  type Origin,
  type Outcome,
  type Rule,
  type RuleContext,
} from './rewrite/rule.js';
export {
  nearMisses,
  rewrite,
  type NearMiss,
  type RewriteOptions,
  type RewriteResult,
} from './rewrite/rewrite.js';
export { Draft } from './rewrite/draft.js';
export { rewritePass } from './rewrite/pass.js';
export { explain, type ExplainOptions, type Explanation } from './rewrite/explain.js';
export type { GraphView, Verdict } from './rewrite/view.js';
export {
  layerWeightNames,
  traceFunction,
  traceLayersModel,
  type Sample,
  type Samples,
  type ShapeSample,
  type TraceFunctionOptions,
  type TraceLayersOptions,
  type Traced,
} from './trace/index.js';
export {
  backend,
  BACKEND_NAMES,
  loadPackage,
  deviceText,
  type BackendAttempt,
  type BackendDevice,
  type BackendName,
  type BackendReport,
  type Backends,
  type DeviceLoss,
  type Loaded,
  type TriedBackend,
} from './backend/index.js';
export { executorOf, type Asked, type Executor } from './run.js';
export { runFailed, type FailedRun } from './run-failure.js';
export { checkInputs } from './run-inputs.js';
export { INT8_PORTS_KEY, int8Ports, type Int8Port, type Int8Ports } from './int8-ports.js';
export { isGraphModel, isLayersModel, isModel, type StockGraphModel } from './kinds.js';
export { builtIn, type BuiltIns } from './built-in.js';
export { fileBeside, importFunction, importModule, moduleUrl } from './modules.js';
export { failFs } from './io/fs-errors.js';
export {
  OPS,
  attrKind,
  hasTrait,
  inputSpec,
  isKnownOp,
  isPure,
  opAttrs,
  opRow,
  outputCount,
  type OpAttrs,
} from './graph/ops/table.js';
export type { OpName } from './graph/ops/names.js';
export type {
  AttrSpec,
  FoldRule,
  InputRole,
  InputSpec,
  OpCategory,
  OpRow,
  ShapeRule,
  TensorType,
  Trait,
  Work as OpWork,
  WorkRule,
} from './graph/ops/row.js';
export type { AnyPass, Narrow } from './pass.js';
export { nearest } from './nearest.js';
export {
  checkOptions,
  optionKinds,
  valueText,
  type OptionCheck,
  type OptionKind,
  type OptionKinds,
} from './options.js';
export {
  describeDifferences,
  diffRecipes,
  guard,
  makeContext,
  optimize,
  parseRecipe,
  passesOf,
  pipeline,
  RECIPE_VERSION,
  recipeOf,
  runPass,
  stringifyRecipe,
  untilStable,
  type Chained,
  type Given,
  type GuardOptions,
  type Optimized,
  type OptimizeOptions,
  type PassFactories,
  type PassFactory,
  type Recipe,
  type RecipeDifference,
  type RecipeEntry,
  type RunOptions,
  type StableOptions,
  type Taken,
} from './passes/index.js';
export { activationsOf } from './activations.js';
export { asyncNodeOf } from './async-ops.js';
export { onCpu } from './on-cpu.js';
export { inferNode, inferShapes, weightType, type InferredShapes } from './graph/infer.js';
export {
  requireValid,
  verifyGraph,
  type GraphViolation,
  type Verification,
  type VerifyOptions,
} from './graph/verify.js';
export { annotate, Annotations, type Annotation } from './annotate.js';
export { liveNodes } from './graph/live.js';
export { Digest } from './graph/digest.js';
export { modelDigest, nodeHashes, structuralHash, weightHash, type HashOptions } from './graph/hash.js';
export { inferenceMemory, type HeldMemory, type InferenceMemory } from './inference-memory.js';
export { filesAt, filesOf, type ModelFile, type ModelFiles } from './io/files.js';
export { savedBytes, savedFiles } from './io/save.js';
export { cost, countNonZero, parameterNames, type Cost, type NodeCost } from './cost.js';
export { runKeepingAll, type KeptValue } from './keep-values.js';
export type { PeakActivations } from './peak.js';
export {
  compareLatency,
  compareOutputs,
  makeReport,
  outputDifference,
  OutputNoise,
  reportText,
  sumOfDifferences,
  valuesOfOutputs,
  WORST_RATIO,
  type Figures,
  type Latency,
  type OutputDifference,
  type OutputsDifference,
  type OutputValues,
  type Report,
  type ReportBackend,
  type ReportOptions,
  type WorkFigures,
} from './report/index.js';
export { shapeText } from './text/shape.js';
export { textTable, type Align } from './text/table.js';
export {
  bytesText,
  changeText,
  countText,
  differenceText,
  millisecondsText,
  rateText,
} from './text/units.js';
export { groupByLayer, isPlumbing, layerNames, type LayerGroup } from './layer-groups.js';
export { summary, type SummaryOptions } from './summary.js';
export { warmUp, type WarmUpOptions } from './warm-up.js';
export { writeBack, type WriteBackOptions } from './write-back.js';
export { renameNodes } from './rename.js';
export { restoreFacts, type SavedFact } from './restore-facts.js';
export { breathe } from './breathe.js';
export { patchMethod } from './trace/patch.js';
export {
  augmented,
  checkFitSettings,
  crossEntropy,
  disposeBatch,
  evaluateModel,
  firstExamples,
  fit,
  fitOptionKinds,
  fitOptionsIn,
  fitPass,
  fitSettingKinds,
  liveNameKind,
  logitsOf,
  mapBatches,
  reestimateBatchNorm,
  reestimateBatchNormPass,
  scheduleOf,
  schedules,
  sourceOf,
  TrainingError,
  trainingDemands,
  trainingNotes,
  trainingPasses,
  weightGradients,
  type Augment,
  type Batch,
  type BatchOptions,
  type BatchPlace,
  type BatchSource,
  type CallbackOption,
  type Callbacks,
  type CheckpointOptions,
  type Clipping,
  type Column,
  type Control,
  type DataReader,
  type Decay,
  type EarlyStopping,
  type EpochRecord,
  type EvaluateOptions,
  type Examples,
  type FitOptions,
  type FitPassOptions,
  type FitResult,
  type FitSettings,
  type LayersOptions,
  type Loss,
  type LossInputs,
  type LossName,
  type LossOption,
  type Metric,
  type MetricOption,
  type NumberColumn,
  type Objective,
  type OptimizerName,
  type OptimizerOption,
  type ReestimateBatchNormPassOptions,
  type ReestimateOptions,
  type RoleOptions,
  type Schedule,
  type ScheduleJson,
  type Trainable,
  type TrainingData,
  type WeightedLoss,
  type WeightGradientsOptions,
} from './train/index.js';
