export {
  traceFunction,
  type Sample,
  type Samples,
  type ShapeSample,
  type TraceFunctionOptions,
  type Traced,
} from './function.js';
export { layerWeightNames } from './layer-weights.js';
export {
  traceLayersModel,
  type TraceLayersOptions,
  type TraceLayersOptions as TraceOptions,
} from './layers.js';
