import {
  builtIn,
  checkOptions,
  fail,
  failFs,
  optionKinds,
  valueText,
  type OptionKinds,
} from '@tfjs-optimize/core/plain';
import { checkIndex, type Dataset } from '../dataset.js';
import type { FieldValue, Sample } from '../sample.js';
import { addressOf, needFolders } from './bytes.js';
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
export function fileList(paths: readonly string[], { labels, classes }: LabelOptions): FileList {
  if (!Array.isArray(paths) || paths.length === 0 || paths.some((path) => typeof path !== 'string')) {
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
    paths: (paths as readonly string[]).map(addressOf),
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

/**
 * Files of a folder with one folder for each class: classes and files in the order of their names.
 * @param endings of the files that count, in small letters.
 * @throws `io/not-found`, `io/permission`, `data/folder` where there is no class, or one without files; `data/browser`.
 */
export async function classFolder(folder: string, endings: readonly string[]): Promise<FileList> {
  checkOptions({ folder }, { folder: optionKinds.text });
  needFolders(folder);
  const { join } = await builtIn('path');
  const entries = await list(folder);
  const classes = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const wanted = `files that end with ${endings.join(', ')}`;
  if (classes.length === 0) {
    fail('data/folder', {
      subject: folder,
      expected: `a folder for each class, with ${wanted}`,
      got: entries.length === 0 ? 'an empty folder' : 'no folder in it',
    });
  }
  const paths: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classes.entries()) {
    const inside = join(folder, name);
    const files = (await list(inside)).filter(
      (entry) => !entry.isDirectory() && endings.some((end) => entry.name.toLowerCase().endsWith(end)),
    );
    if (files.length === 0) fail('data/folder', { subject: inside, expected: wanted, got: 'none' });
    for (const file of files) {
      paths.push(join(inside, file.name));
      labels.push(label);
    }
  }
  return { paths, labels: Int32Array.from(labels), classes };
}

async function list(folder: string): Promise<{ readonly name: string; isDirectory(): boolean }[]> {
  const fs = await builtIn('fs/promises');
  const entries = await fs
    .readdir(folder, { withFileTypes: true })
    .catch((error: unknown) => failFs(error, folder, 'a folder that can be read'));
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}
