import type { ModuleRef } from '../dataset.js';
import type { Field, NumberTypes } from '../sample.js';
import type { Channels, Normalization } from './image-options.js';

/** A column in memory: numbers with a shape whose first size counts samples, or texts. */
export type StoredColumn = (Field & { readonly scale?: number }) | readonly string[];

/** What every data set of this package can be made of again, in any thread: data that `structuredClone` copies. */
export type Source =
  | ArraysSource
  | FilesSource
  | ImagesSource
  | JsonLinesSource
  | SubsetSource
  | WavSource
  | ({ readonly kind: 'module' } & ModuleRef);

export interface ArraysSource {
  readonly kind: 'arrays';
  readonly columns: Readonly<Record<string, StoredColumn>>;
}

/** Files, and what is known of each besides, such as labels. */
export interface FileList {
  readonly paths: readonly string[];
  readonly labels?: Int32Array | Float32Array;
  readonly classes?: readonly string[];
}

export interface FilesSource extends FileList {
  readonly kind: 'files';
}

export interface ImagesSource extends FileList {
  readonly kind: 'images';
  readonly size: readonly [height: number, width: number];
  readonly resize: number | 'stretch';
  readonly channels: Channels;
  readonly normalize: Normalization;
}

export interface WavSource extends FileList {
  readonly kind: 'wav';
  readonly length?: number;
}

export interface JsonLinesSource {
  readonly kind: 'json-lines';
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Where each line begins, and one end more; lines without anything left out. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Line numbers from 1. */
  readonly lines: Int32Array;
  readonly types: NumberTypes;
}

export interface SubsetSource {
  readonly kind: 'subset';
  readonly of: Source;
  readonly indices: Int32Array;
}
