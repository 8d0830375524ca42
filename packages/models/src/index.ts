export { buildBert, type BertOutput, type BuildBertOptions } from './bert/build.js';
export type { Activation } from './bert/activation.js';
export { readBertConfig, type BertConfig } from './bert/config.js';
export type { FilesOptions } from './bert/files.js';
export { loadBert, type Bert, type LoadBertOptions } from './bert/load.js';
export { bertParameters, type Heads } from './bert/parameters.js';
export { TokenBatch } from './bert/token-batch.js';
export { BertTokenizer, type EncodeTextOptions } from './bert/tokenizer.js';
export type { TokenizerFiles } from './bert/tokenizer-files.js';
export type { TensorEntry } from './safetensors/header.js';
export type { FloatType } from './safetensors/encode.js';
export type { ReadOptions, SafetensorsFile } from './safetensors/file.js';
export { openSafetensors, readSafetensors } from './safetensors/open.js';
export type { SourceOptions } from './safetensors/source.js';
export type { TensorType } from './safetensors/types.js';
export {
  encodeSafetensors,
  writeSafetensors,
  type EncodeOptions,
  type WriteSafetensorsOptions,
} from './safetensors/write.js';
export { cacheFolder } from './download/cache.js';
export { download } from './download/download.js';
export { loadWeights } from './download/load-weights.js';
export type { DownloadOptions } from './download/options.js';
export { parseLabels } from './labels/parse-labels.js';
export { readLabels } from './labels/read-labels.js';
export { needFloats, needTensor, type StateDict } from './state-dict.js';
export { fromPyTorch, type BatchNormWeights } from './layout.js';
export type { WeightsOptions } from './vision/check.js';
export { cifarResnet } from './vision/cifar-resnet.js';
export { lenet300, lenet5 } from './vision/lenet.js';
export { mobilenetV1 } from './vision/mobilenet-v1.js';
export { mobilenetV2 } from './vision/mobilenet-v2.js';
export type { ImageSize } from './vision/layers-writer.js';
export { visionLayers, visionModel, type VisionLayersOptions } from './vision/models.js';
export { newWeights } from './vision/new-weights.js';
export type { MobilenetOptions } from './vision/net-options.js';
export type { NetOptions, VisionNet } from './vision/net.js';
export { IMAGENET, preprocess, type PreprocessOptions } from './vision/preprocess.js';
export { resnet, type ResnetDepth } from './vision/resnet.js';
export { topClasses, type TopClass } from './vision/top-classes.js';
export type { FixedSize, NetWriter, Value, Window } from './vision/writer.js';
