export type { Dataset, ModuleRef, StreamDataset } from './dataset.js';
export type {
  BatchField,
  BatchFields,
  Field,
  FieldValue,
  Numbers,
  NumberTypes,
  PixelField,
  Sample,
} from './sample.js';
export type {
  ArraysSource,
  FileList,
  FilesSource,
  ImagesSource,
  JsonLinesSource,
  Source,
  StoredColumn,
  SubsetSource,
  WavSource,
} from './sources/source.js';
export { arrays, type ArrayColumn, type NumberRows } from './sources/arrays.js';
export { csv, type CsvOptions } from './sources/csv.js';
export type { Missing } from './sources/csv-columns.js';
export { files } from './sources/files.js';
export type { LabelOptions } from './sources/folder.js';
export { idx, type IdxOptions } from './sources/idx.js';
export type { Channels, ImageOptions, Normalization } from './sources/image-options.js';
export { imageFiles, imageFolder } from './sources/images.js';
export { jsonLines, type JsonLinesOptions } from './sources/json-lines.js';
export { fromModule } from './sources/module.js';
export { split, subset } from './sources/subset.js';
export { wavFiles, wavFolder, type WavOptions } from './sources/wav-files.js';
export { stack, type Collate } from './collate.js';
export {
  augment,
  type Augmentation,
  type CropOptions,
  type FieldOptions,
  type FlipOptions,
  type NoiseOptions,
  type ShiftOptions,
} from './transforms/augment.js';
export type { Transform, TransformContext, TransformOption } from './transforms/transform.js';
export type { LoadedBatch } from './loader/batch.js';
export type { FieldNames, TrainingFields } from './loader/fields.js';
export { loader, type Loader } from './loader/loader.js';
export type { LoaderOptions } from './loader/options.js';
export { SampleError } from './loader/read.js';
export { batcher, type Batcher, type BatcherOptions, type RequestOptions } from './batcher/batcher.js';
export type { Request } from './batcher/request.js';
export type { Answer } from './batcher/run-batch.js';
export type { Servable, ServedInputs, ServedOutputs } from './batcher/served.js';
