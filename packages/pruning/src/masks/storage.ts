import {
  breathe,
  bytesText,
  changeText,
  fail,
  isModel,
  savedFiles,
  textTable,
  valueText,
  type Model,
} from '@tfjs-optimize/core';
import { sparsityOfModel, type Sparsity } from './sparsity.js';

/** Bytes of a model's files. */
export interface StoredSize {
  /** As they are. */
  readonly files: number;
  /** Each by gzip, as web servers send them. */
  readonly gzip: number;
}

/** What the zeros of a model are worth in its files. */
export interface StorageReport {
  /** Of the model that it is compared with, if there is one. */
  readonly before: StoredSize | undefined;
  readonly after: StoredSize;
  readonly sparsity: Sparsity;
  /** What zeros alone do not do, as a sentence. */
  readonly advice: string;
  /** A table and the advice. */
  text(): string;
  toString(): string;
}

/** Options of {@link storageReport}. */
export interface StorageOptions {
  /** The model before pruning. */
  readonly before?: Model | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ADVICE =
  'Zeros by themselves speed up nothing: stock backends multiply by them as by any other number, and only ' +
  'compression makes files of them smaller. Remove channels to compute less.';

/**
 * What a model's zeros are worth: the bytes of its files as they are and by gzip, beside those of the model before.
 * Masks that are saved with a model count; `remove` takes them off.
 * @throws `argument/invalid` for what is no model, `aborted`.
 */
export async function storageReport(
  model: Model,
  { before: given, signal }: StorageOptions = {},
): Promise<StorageReport> {
  for (const each of [model, ...(given === undefined ? [] : [given])]) {
    if (isModel(each)) continue;
    fail('argument/invalid', {
      subject: 'storageReport',
      expected: 'a Model of @tfjs-optimize/core',
      got: valueText(each),
      advice: 'Read files and models of TensorFlow.js with loadModel',
    });
  }
  const before = given === undefined ? undefined : await sizeOf(given, signal);
  const after = await sizeOf(model, signal);
  const sparsity = sparsityOfModel(model);
  const text = (): string => tableOf(before, after, sparsity);
  return { before, after, sparsity, advice: ADVICE, text, toString: text };
}

function tableOf(before: StoredSize | undefined, after: StoredSize, { share }: Sparsity): string {
  const row = (name: keyof StoredSize): string[] =>
    before === undefined
      ? [name, bytesText(after[name])]
      : [name, bytesText(before[name]), bytesText(after[name]), changeText(before[name], after[name])];
  const head = before === undefined ? ['', 'bytes'] : ['', 'before', 'after', 'change'];
  const table = textTable([head, row('files'), row('gzip')], ['left', 'right', 'right', 'right']);
  return `${table}\n${(100 * share).toFixed(1)} % of the weights are zero. ${ADVICE}`;
}

async function sizeOf(model: Model, signal: AbortSignal | undefined): Promise<StoredSize> {
  let [files, gzip] = [0, 0];
  for (const { pieces } of savedFiles(model)) {
    await breathe(signal, 'storageReport');
    for (const piece of pieces) files += piece.byteLength;
    gzip += await gzipSize(pieces);
  }
  return { files, gzip };
}

/** By the compressor that Node and browsers have, at its own level. */
async function gzipSize(pieces: Iterable<Uint8Array>): Promise<number> {
  const { readable, writable } = new CompressionStream('gzip');
  const writer = writable.getWriter();
  const writing = (async (): Promise<void> => {
    for (const piece of pieces) await writer.write(piece as Uint8Array<ArrayBuffer>);
    await writer.close();
  })();
  let size = 0;
  const reader = readable.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) size += read.value.byteLength;
  await writing;
  return size;
}
