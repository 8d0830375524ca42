import { fail, moduleUrl, valueText } from '@tfjs-optimize/core/plain';
import type { NumberTypes, Sample } from './sample.js';
import type { Source } from './sources/source.js';
import { messageOf } from './thrown.js';

/**
 * Samples that can be read in any order. A plain value: an object with `length` and `get` is one.
 */
export interface Dataset {
  readonly length: number;
  /** Reads one sample. @param index from 0 to `length` - 1. */
  get(index: number): Sample | Promise<Sample>;
  /** What plain numbers of fields become in batches; float32 unless told. */
  readonly types?: NumberTypes;
  /** Names of classes by their numbers, where there are classes. */
  readonly classes?: readonly string[];
  /** Names of classes by their numbers of further fields, where fields are classes. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /** What a worker thread makes this data set of again; without it no worker can read it. */
  source?(): Source;
}

/** Samples that come one after the other, anew for each epoch; their number may not be known. */
export interface StreamDataset {
  stream(epoch: number): Iterable<Sample> | AsyncIterable<Sample>;
  /** As in {@link Dataset}. */
  readonly types?: NumberTypes;
}

/** Code in a file of its own, which workers can load. */
export interface ModuleRef {
  /**
   * Path, absolute or relative to the present folder and beginning with `./`; URL; or name of a package. In a browser a
   * URL, or a path relative to the page.
   */
  readonly module: string | URL;
  /** Name of the function; `default` unless told. */
  readonly export?: string;
  /** What the function is given: anything that `structuredClone` copies. */
  readonly options?: unknown;
}

export function isStream(data: Dataset | StreamDataset): data is StreamDataset {
  return 'stream' in data;
}

export function isModuleRef(value: unknown): value is ModuleRef {
  if (typeof value !== 'object' || value === null || !('module' in value)) return false;
  return typeof value.module === 'string' || value.module instanceof URL;
}

/** The same code by a URL that does not hang on the present folder. */
export async function absolute(ref: ModuleRef): Promise<ModuleRef> {
  return { ...ref, module: await moduleUrl(String(ref.module)) };
}

/** @throws `argument/invalid` where threads cannot be given what is to go to them. */
export function checkCopied(value: unknown, subject: string): void {
  try {
    structuredClone(value);
  } catch (cause) {
    fail('argument/invalid', {
      subject,
      expected: 'what threads can be given a copy of (by structuredClone)',
      got: messageOf(cause),
      advice: 'Give plain values, and make the rest of them in the module',
      cause,
    });
  }
}

/** @throws `argument/invalid` for what is no data set. */
export function checkDataset(data: unknown): asserts data is Dataset | StreamDataset {
  const { length, get, stream } = (data ?? {}) as Partial<Dataset & StreamDataset>;
  if (typeof stream === 'function') return;
  if (typeof get === 'function' && Number.isInteger(length) && (length as number) >= 0) return;
  fail('argument/invalid', {
    subject: 'dataset',
    expected: 'an object with length and get(index), or with stream(epoch)',
    got: valueText(data),
    advice: data instanceof Promise ? 'Await it' : 'Make one with arrays, csv, idx, imageFolder or others',
  });
}

/** @throws `argument/invalid` for an index outside of a data set. */
export function checkIndex(index: number, length: number, subject: string): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  fail('argument/invalid', {
    subject,
    expected: length === 0 ? 'no index, as there are no samples' : `an index from 0 to ${length - 1}`,
    got: valueText(index),
  });
}
