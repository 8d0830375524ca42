import { checkOptions, fail, valueText } from '@tfjs-optimize/core/plain';
import { checkIndex, type Dataset } from '../dataset.js';
import type { FieldValue, NumberTypes, Sample } from '../sample.js';
import { textOf } from '../thrown.js';
import { pathText, readBytes } from './bytes.js';
import { once, shared } from './shared.js';
import type { JsonLinesSource } from './source.js';

/** Options of {@link jsonLines}. */
export interface JsonLinesOptions {
  /** What plain numbers of fields become in batches; float32 unless told. */
  readonly types?: NumberTypes;
}

/**
 * A file with one JSON object on each line: samples of its numbers, texts, truths (0 and 1) and lists of numbers, which
 * may be nested (as floats). Lines are parsed when they are asked for; empty ones are left out.
 * @param file path, or a URL, as of `csv`.
 * @throws `io/not-found`, `io/permission`, `io/network`; while reading `data/json` naming the line.
 */
export async function jsonLines(file: string | URL, options: JsonLinesOptions = {}): Promise<Dataset> {
  const path = pathText(file);
  checkOptions<JsonLinesOptions>(options, {
    types: {
      expected: "'float32' or 'int32' by names of fields",
      fits: (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.values(value).every((one) => one === 'float32' || one === 'int32'),
    },
  });
  const bytes = await readBytes(path);
  return openJsonLines({
    kind: 'json-lines',
    path,
    bytes,
    ...linesOf(bytes),
    types: options.types ?? {},
  });
}

function linesOf(bytes: Uint8Array): Pick<JsonLinesSource, 'starts' | 'ends' | 'lines'> {
  const starts: number[] = [];
  const ends: number[] = [];
  const lines: number[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    const isEmpty = bytes
      .subarray(start, end)
      .every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
    if (!isEmpty) {
      starts.push(start);
      ends.push(end);
      lines.push(line);
    }
    start = end + 1;
  }
  return { starts: Float64Array.from(starts), ends: Float64Array.from(ends), lines: Int32Array.from(lines) };
}

export function openJsonLines(source: JsonLinesSource): Dataset {
  const { path, bytes, starts, ends, lines, types } = source;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return {
    length: lines.length,
    types,
    get(index) {
      checkIndex(index, lines.length, 'index');
      // A copy: decoders refuse memory that threads share.
      const line = bytes.slice(starts[index], ends[index]);
      const subject = `${path}, line ${lines[index]}`;
      return sampleOf(textOf(() => decoder.decode(line)) ?? refuseBytes(subject), subject);
    },
    source: once(() => ({
      ...source,
      bytes: shared(bytes),
      starts: shared(starts),
      ends: shared(ends),
      lines: shared(lines),
    })),
  };
}

function refuseBytes(subject: string): never {
  return fail('data/json', { subject, expected: 'text in UTF-8', got: 'other bytes' });
}

function sampleOf(text: string, subject: string): Sample {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    fail('data/json', {
      subject,
      expected: 'JSON',
      got: cause instanceof Error ? cause.message : 'none',
      cause,
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    fail('data/json', { subject, expected: 'an object', got: valueText(parsed) });
  }
  const entries = Object.entries(parsed).map(([name, value]) => [
    name,
    valueOf(value, `${subject}, '${name}'`),
  ]);
  return Object.fromEntries(entries) as Sample;
}

function valueOf(value: unknown, subject: string): FieldValue {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const shape = Array.isArray(value) ? shapeOf(value) : [];
  const numbers = shape.length === 0 ? undefined : numbersIn(value, shape);
  if (numbers !== undefined) return { values: Float32Array.from(numbers), shape };
  return fail('data/json', {
    subject,
    expected: 'a number, a text, true, false, or lists of numbers of one length',
    got: valueText(value),
  });
}

/** Sizes by the first elements. */
function shapeOf(list: readonly unknown[]): number[] {
  const [first] = list;
  return [list.length, ...(Array.isArray(first) ? shapeOf(first) : [])];
}

/** All numbers of nested lists; undefined where they are not of these sizes, or hold something else. */
function numbersIn(value: unknown, [size, ...inner]: readonly number[]): number[] | undefined {
  if (size === undefined) return typeof value === 'number' ? [value] : undefined;
  if (!Array.isArray(value) || value.length !== size) return undefined;
  const parts = value.map((each) => numbersIn(each, inner));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}
