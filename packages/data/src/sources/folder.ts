import { fail, optionKinds, valueText, type OptionKinds } from '@tfjs-optimize/core/plain';
import { checkIndex, type Dataset } from '../dataset.js';
import type { FieldValue, Sample } from '../sample.js';
import { addressOf, pathText } from './bytes.js';
import type { FileList, Source } from './source.js';

/** Which label each of a list of files has. */
export interface LabelOptions {
  /** One for each path: whole numbers of classes, or other numbers. None unless told. */
  readonly labels?: readonly number[] | Int32Array | Float32Array;
  /** Names of the classes by their numbers. */
  readonly classes?: readonly string[];
}

export const labelKinds: OptionKinds<LabelOptions> = {
  labels: {
    expected: 'a list of numbers',
    fits: (value) =>
      ArrayBuffer.isView(value) || (Array.isArray(value) && value.every((one) => typeof one === 'number')),
  },
  classes: optionKinds.list,
};

/** @throws `argument/invalid`, `data/shape` where labels are not as many as files. */
export function fileList(paths: readonly (string | URL)[], { labels, classes }: LabelOptions): FileList {
  if (!Array.isArray(paths) || paths.length === 0) {
    fail('argument/invalid', {
      subject: 'paths',
      expected: 'a list of at least one path',
      got: valueText(paths),
    });
  }
  if (labels !== undefined && labels.length !== paths.length) {
    fail('data/shape', {
      subject: 'labels',
      expected: `${paths.length}, one for each file`,
      got: String(labels.length),
    });
  }
  return {
    paths: paths.map((path: string | URL, at) => addressOf(pathText(path, `paths[${at}]`))),
    ...(labels && { labels: labelsOf(labels) }),
    ...(classes && { classes }),
  };
}

function labelsOf(labels: readonly number[] | Int32Array | Float32Array): Int32Array | Float32Array {
  if (labels instanceof Int32Array || labels instanceof Float32Array) return labels;
  return labels.every(Number.isInteger) ? Int32Array.from(labels) : Float32Array.from(labels);
}

/** What is known of one file besides what it holds. */
function labelFieldOf({ labels }: FileList, index: number): Readonly<Record<string, FieldValue>> {
  return labels === undefined ? {} : { label: labels[index] as number };
}

/** A data set of one sample for each file, with its label: `read` tells the rest of a sample. */
export function datasetOf<S extends FileList & Source>(
  source: S,
  read: (path: string) => Promise<Sample>,
  types: NonNullable<Dataset['types']> = {},
): Dataset {
  const { paths } = source;
  const known = knownOf(source);
  const all = { ...known.types, ...types };
  return {
    length: paths.length,
    ...known,
    ...(Object.keys(all).length > 0 && { types: all }),
    async get(index) {
      checkIndex(index, paths.length, 'index');
      return { ...(await read(paths[index] as string)), ...labelFieldOf(source, index) };
    },
    source: () => source,
  };
}

/** Types and classes of a data set over files. */
function knownOf({ labels, classes }: FileList): Pick<Dataset, 'types' | 'classes'> {
  return {
    ...(labels instanceof Int32Array ? { types: { label: 'int32' } as const } : {}),
    ...(classes && { classes }),
  };
}
