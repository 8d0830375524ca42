/** Key of `userDefinedMetadata` under which a model.json tells how its weights are packed. */
export const PACKED_KEY = 'tfjsOptimizePacked';

/** The version of the packed format that this release writes, and the highest that it reads. */
export const PACKED_VERSION = 1;

/** Before the type of stored weights that stock TensorFlow.js does not know, in `quantization.dtype`. */
export const STORED_PREFIX = '@tfjs-optimize/runtime:';

/** Types of stored weights beyond those of stock TensorFlow.js. */
export const STORED_TYPES = ['int8', 'bfloat16'] as const;

/** A type of stored weights beyond those of stock TensorFlow.js. */
export type StoredType = (typeof STORED_TYPES)[number];

/** How `quantization.dtype` of a weights manifest names a type; stock TensorFlow.js refuses it by that name. */
export function storedDType(type: StoredType): string {
  return `${STORED_PREFIX}${type}`;
}

/** A checksum over the bytes of all weights in the order of the manifest, however they are cut into files. */
export interface Checksum {
  readonly kind: 'crc32';
  /** Eight hexadecimal digits. */
  readonly value: string;
}

/**
 * A float weight that stands in the file as a product which stock TensorFlow.js computes at each run: whole numbers
 * from -127 to 127 by a scale for each channel. Who knows the format puts one weight in the place of the product.
 */
export interface ChannelWeight {
  readonly coding: 'int8';
  /** The axis that counts channels. */
  readonly axis: number;
  /** Names of the constants that hold the whole numbers and the scales. */
  readonly values: string;
  readonly scales: string;
}

/** What {@link PACKED_KEY} holds. */
export interface PackedMetadata {
  readonly version: number;
  readonly checksum: Checksum;
  /** Weights that stand in the file as products, by the name of the node that computes them. */
  readonly weights?: Readonly<Record<string, ChannelWeight>>;
}
