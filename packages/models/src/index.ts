export { fromPyTorch } from './layout.js';
export type { TensorEntry } from './safetensors/header.js';
export type { FloatType } from './safetensors/encode.js';
export {
  openSafetensors,
  readSafetensors,
  type ReadOptions,
  type SafetensorsFile,
} from './safetensors/file.js';
export type { SourceOptions } from './safetensors/source.js';
export type { TensorType } from './safetensors/types.js';
export {
  encodeSafetensors,
  writeSafetensors,
  type EncodeOptions,
  type WriteSafetensorsOptions,
} from './safetensors/write.js';
export { needFloats, needTensor, type StateDict } from './state-dict.js';
