import { bytesText, shapeText, valueText, type Problem } from '@tfjs-optimize/core';
import { duplicateKey } from './duplicate-key.js';
import { isPickle, OF_PICKLES } from './pickle.js';
import { refuseFile } from './refuse.js';
import { isTensorType, TENSOR_TYPES, type TensorType } from './types.js';

/** What a safetensors file says of a tensor. */
export interface TensorEntry {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** Path or URL of the file that it is in. */
  readonly file: string;
  /** Of its first byte and of the byte behind its last, counted from the start of the file. */
  readonly start: number;
  readonly end: number;
}

/** The head of a safetensors file, checked. */
export interface Header {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes in front of the header that tell its length. */
export const LENGTH_BYTES = 8;
/** Longest header that the format allows. */
export const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

/**
 * The length of the header from the first 8 bytes.
 * @param size of the whole file.
 * @throws `models/safetensors` where it is more than the format allows or than there is.
 */
export function headerBytes(first: Uint8Array, size: number, file: string): number {
  if (size < LENGTH_BYTES) {
    refuse(file, {
      subject: 'bytes 0 to 8',
      expected: 'the length of the header',
      got: `a file of ${size} bytes`,
    });
  }
  const length = Number(new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  const most = Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES);
  if (length < 2 || length > most) {
    if (isPickle(first)) {
      refuse(file, {
        subject: 'bytes 0 to 8',
        expected: 'the length of the header',
        got: 'the beginning of a pickle or zip',
        advice: OF_PICKLES,
      });
    }
    refuse(file, {
      subject: 'bytes 0 to 8',
      expected: `the length of a header from 2 to ${most} bytes`,
      got: `${length}`,
      advice: 'See that this is a safetensors file and that all of it was copied',
    });
  }
  return length;
}

/** Reads the header that begins at byte 8. @throws `models/safetensors` where it contradicts itself or the file. */
export function readHeader(bytes: Uint8Array, size: number, file: string): Header {
  const json = parse(bytes, file);
  const start = LENGTH_BYTES + bytes.byteLength;
  const { [METADATA]: metadata = {}, ...entries } = json;
  const tensors = Object.entries(entries).map(([name, entry]) => readEntry(name, entry, start, size, file));
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  checkPlaces(tensors, start, size, file);
  return {
    tensors: new Map(tensors.map((each) => [each.name, each])),
    metadata: readMetadata(metadata, file),
  };
}

function parse(bytes: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  const subject = `bytes 8 to ${LENGTH_BYTES + bytes.byteLength}`;
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    refuse(file, { subject, expected: 'a header of JSON', got, cause });
  }
  if (!isRecord(value)) refuse(file, { subject, expected: 'a JSON object', got: valueText(value) });
  const twice = duplicateKey(text);
  if (twice === undefined) return value;
  return refuse(file, { subject, expected: 'each key once', got: `'${twice}' twice` });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMetadata(metadata: unknown, file: string): Readonly<Record<string, string>> {
  const isText = isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string');
  if (isText) return metadata as Readonly<Record<string, string>>;
  return refuse(file, { subject: METADATA, expected: 'an object of strings', got: valueText(metadata) });
}

function readEntry(name: string, entry: unknown, start: number, size: number, file: string): TensorEntry {
  const subject = `tensor '${name}'`;
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (!isTensorType(dtype)) {
    refuse(file, {
      subject,
      expected: `a dtype of ${Object.keys(TENSOR_TYPES).join(', ')}`,
      got: told(dtype),
    });
  }
  if (!isCounts(shape)) {
    refuse(file, { subject, expected: 'a shape of whole numbers', got: told(shape) });
  }
  const [from, to] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (from === undefined || to === undefined || from > to || to > size - start) {
    refuse(file, {
      subject,
      expected: `data_offsets in order, from 0 to ${size - start}`,
      got: told(offsets),
      advice: 'See that all of the file was copied',
    });
  }
  const bytes = shape.reduce((a, b) => a * b, TENSOR_TYPES[dtype].bytes);
  if (bytes !== to - from) {
    refuse(file, {
      subject,
      expected: `${bytes} bytes for ${dtype} ${shapeText(shape)}`,
      got: `${to - from}, bytes ${start + from} to ${start + to}`,
    });
  }
  return { name, type: dtype, shape, file, start: start + from, end: start + to };
}

function told(value: unknown): string {
  return value === undefined ? 'none' : valueText(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

/** Every byte behind the header belongs to exactly one tensor, as the format demands. */
function checkPlaces(tensors: readonly TensorEntry[], start: number, size: number, file: string): void {
  let at = start;
  for (const { name, start: from, end } of tensors) {
    if (from !== at) {
      refuse(file, {
        subject: `tensor '${name}'`,
        expected: `to begin at byte ${at}, where the one before it ends`,
        got: `byte ${from}`,
      });
    }
    at = end;
  }
  if (at !== size) {
    refuse(file, {
      subject: `bytes ${at} to ${size}`,
      expected: 'to belong to a tensor',
      got: `${bytesText(size - at)} that belong to none`,
    });
  }
}

function refuse(file: string, problem: Problem): never {
  return refuseFile({ ...problem, subject: `${file}, ${problem.subject}` });
}
