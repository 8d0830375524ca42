export { correctBias, type CorrectBiasOptions } from './bias-correction/correct.js';
export { calibrate, type CalibrateOptions } from './calibrate/calibrate.js';
export type { CalibrationBatch, CalibrationData } from './calibrate/data.js';
export { calibratePass, type CalibratePassOptions } from './calibrate/pass.js';
export { notesOnRanges, rangesFact, type Ranges, type ValueRange } from './calibrate/ranges.js';
export {
  DYNAMIC_OPS,
  type DynamicActivation,
  type DynamicOp,
  type DynamicOptions,
  type DynamicPassOptions,
  type DynamicSettings,
} from './dynamic/options.js';
export { dynamicPass, quantizeDynamic } from './dynamic/quantize-dynamic.js';
export { equalize, type Equalized, type EqualizeOptions } from './equalize/equalize.js';
export { insertFakeQuant, type Insertion } from './fake/insert.js';
export { FAKE_QUANT, fakeQuant, type FakeQuantParams } from './fake/op.js';
export { registerFakeQuant } from './fake/register.js';
export {
  fakeQuantize,
  fakeQuantizeChannels,
  type FakeQuantized,
  type FakeQuantOptions,
} from './numerics/fake-quant.js';
export { encodeBfloat16, encodeFloat16, FLOAT16_MAX } from '@tfjs-optimize/core';
export {
  channelQParams,
  channelRanges,
  INT8,
  INT8_NARROW,
  qparams,
  rangeOf,
  reduceLevels,
  SCALE_EPSILON,
  UINT8,
  type ChannelQParams,
  type Levels,
  type QParams,
  type QParamsOptions,
  type Range,
} from './numerics/qparams.js';
export {
  dequantize,
  dequantizeChannels,
  quantize,
  quantizeChannels,
  type QuantizedValues,
  type QuantizeOptions,
} from './numerics/quantize.js';
export { roundHalfAway, roundHalfEven, type Rounding } from './numerics/round.js';
export { quantizeWeightChannels, type ChannelWeights } from './numerics/weights.js';
export { ChannelWatcher } from './observers/channels.js';
export {
  observers,
  type EntropyOptions,
  type HistogramOptions,
  type MinMaxOptions,
  type MovingAverageOptions,
  type MseOptions,
  type Observer,
  type ObserverName,
  type PercentileOptions,
  type Watcher,
} from './observers/observer.js';
export { watch } from './observers/watch.js';
export { quantizedResult, type Quantized } from './result.js';
export { selectorOf, unknownNames, type LayerChoice, type Selection, type Selector } from './select.js';
export { quantizationPasses } from './passes.js';
export {
  sensitivity,
  type LayerSensitivity,
  type Sensitivity,
  type SensitivityOptions,
} from './sensitivity/sensitivity.js';
export { modelOf, type ModelLike } from './source.js';
export { INT8_PORTS_KEY } from '@tfjs-optimize/core';
export { convertStatic, type ConvertOptions, type ConvertResult } from './static/convert.js';
export { splitActivationsPass, staticPass, type StaticPassOptions } from './static/pass.js';
export { quantizeStatic, type QuantizeStaticOptions } from './static/quantize-static.js';
export { splitActivations } from './static/split.js';
export type { WeightScales } from './static/weights.js';
export { awareFact, type Aware, type RangeGroup } from './training/aware-fact.js';
export { foldNorms } from './training/fold.js';
export {
  quantizationAware,
  withoutFakeQuant,
  type QuantizationAwareOptions,
} from './training/quantization-aware.js';
export { quantizeTrained } from './training/quantize-trained.js';
export { WEIGHT_SCHEMES, type WeightScheme } from './weights/encode.js';
export { quantizeWeightsPass, type QuantizeWeightsPassOptions } from './weights/pass.js';
export { quantizeWeights, type QuantizeWeightsOptions } from './weights/quantize-weights.js';
