export { buildBert, type BertOutput, type BuildBertOptions } from './bert/build.js';
export type { Activation } from './bert/activation.js';
export { readBertConfig, type BertConfig } from './bert/config.js';
export { loadBert, type Bert, type LoadBertOptions } from './bert/load.js';
export { bertParameters, type Heads } from './bert/parameters.js';
export { TokenBatch } from './bert/token-batch.js';
export { BertTokenizer, type EncodeTextOptions } from './bert/tokenizer.js';
export type { TokenizerFiles } from './bert/tokenizer-files.js';
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
