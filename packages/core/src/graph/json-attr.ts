import { fail } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import type { Attr, Shape } from './node.js';

/*
 * Attributes of a NodeDef in JSON. What is read in any of the spellings that occur (numbers or
 * strings for integers, names or numbers for types, base64 or plain text for strings) is written in
 * one: that of protocol buffers' JSON. Anything that does not fit a kind exactly stays `raw` and is
 * written as it was read.
 */

/** True for JSON objects (not null, not arrays). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one attribute; `owner` names the node in errors. */
export function attrFromJson(name: string, json: Json, owner: string): Attr {
  if (!isJsonObject(json)) {
    fail('graph/attribute', {
      subject: `attribute '${name}' of ${owner}`,
      expected: 'an object such as {"i": "1"}',
      got: describe(json),
    });
  }
  const raw: Attr = { kind: 'raw', value: json };
  const keys = Object.keys(json);
  if (keys.length !== 1) return raw;
  const key = keys[0] as string;
  const value = json[key] as Json;
  if (key === 'list') return isJsonObject(value) ? (listFromJson(name, value) ?? raw) : raw;
  if (!isScalarKey(key)) return raw;
  const scalar = SCALARS[key](value);
  return scalar === undefined ? raw : ({ kind: KIND_OF_KEY[key], value: scalar } as Attr);
}

/** Writes one attribute in the JSON form of protocol buffers. */
export function attrToJson(attr: Attr): Json {
  switch (attr.kind) {
    case 'int':
      return { i: String(attr.value) };
    case 'float':
      return { f: floatToJson(attr.value) };
    case 'bool':
      return { b: attr.value };
    case 'string':
      return { s: textToBase64(attr.value) };
    case 'type':
      return { type: attr.value };
    case 'shape':
      return { shape: shapeToJson(attr.value) };
    case 'ints':
      return list('i', attr.value.map(String));
    case 'floats':
      return list('f', attr.value.map(floatToJson));
    case 'bools':
      return list('b', attr.value);
    case 'strings':
      return list('s', attr.value.map(textToBase64));
    case 'types':
      return list('type', attr.value);
    case 'shapes':
      return list('shape', attr.value.map(shapeToJson));
    case 'raw':
      return attr.value;
  }
}

function list(key: ScalarKey, values: readonly Json[]): Json {
  return { list: values.length === 0 ? {} : { [key]: values } };
}

type ScalarKey = 'i' | 'f' | 'b' | 's' | 'type' | 'shape';

const KIND_OF_KEY = { i: 'int', f: 'float', b: 'bool', s: 'string', type: 'type', shape: 'shape' } as const;

/** Reader of each kind; undefined where the value does not fit the kind. */
const SCALARS: Readonly<Record<ScalarKey, (json: Json) => unknown>> = {
  i: intFromJson,
  f: floatFromJson,
  b: (json) => (typeof json === 'boolean' ? json : undefined),
  s: stringFromJson,
  type: typeFromJson,
  shape: shapeFromJson,
};

function isScalarKey(key: string): key is ScalarKey {
  return Object.hasOwn(SCALARS, key);
}

function listFromJson(name: string, json: JsonObject): Attr | undefined {
  const filled = Object.keys(json).filter((key) => !(Array.isArray(json[key]) && json[key].length === 0));
  if (filled.length === 0) return emptyList(name);
  const key = filled[0] as string;
  const items = json[key];
  if (filled.length > 1 || !isScalarKey(key) || !Array.isArray(items)) return undefined;
  const values = (items as readonly Json[]).map(SCALARS[key]);
  if (values.includes(undefined)) return undefined;
  return { kind: `${KIND_OF_KEY[key]}s`, value: values } as Attr;
}

/** An empty list does not say of what; the names of TensorFlow's list attributes do. */
const EMPTY_LISTS: Readonly<Record<string, 'ints' | 'floats' | 'strings' | 'types' | 'shapes' | 'bools'>> = {
  strides: 'ints',
  dilations: 'ints',
  ksize: 'ints',
  explicit_paddings: 'ints',
  squeeze_dims: 'ints',
  axis: 'ints',
  fused_ops: 'strings',
  Tin: 'types',
  Tout: 'types',
  Targuments: 'types',
  Tcond: 'types',
  TArgs: 'types',
  output_types: 'types',
  output_shapes: 'shapes',
  _output_shapes: 'shapes',
  shapes: 'shapes',
};

function emptyList(name: string): Attr | undefined {
  if (!Object.hasOwn(EMPTY_LISTS, name)) return undefined;
  return { kind: EMPTY_LISTS[name], value: [] } as Attr;
}

/** An integer from a number or decimal text; undefined where it does not fit a double exactly. */
export function intFromJson(json: Json): number | undefined {
  const value = typeof json === 'string' && /^[+-]?\d+$/.test(json) ? Number(json) : json;
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function floatFromJson(json: Json): number | undefined {
  if (typeof json === 'number') return json;
  if (typeof json !== 'string' || json.trim() === '') return undefined;
  const value = Number(json);
  return Number.isNaN(value) && json !== 'NaN' ? undefined : value;
}

function floatToJson(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

const TYPE_NAMES = (
  'INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32 BFLOAT16 ' +
  'QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64'
).split(' ');

/** Name of a TensorFlow type given by name or by number. */
export function typeFromJson(json: Json | undefined): string | undefined {
  if (typeof json === 'string') return json.startsWith('DT_') ? json : undefined;
  if (typeof json !== 'number') return undefined;
  const name = TYPE_NAMES[json];
  return name === undefined ? undefined : `DT_${name}`;
}

/** A shape from `{dim: [{size}], unknownRank}`; null for an unknown rank, undefined for anything else. */
export function shapeFromJson(json: Json | undefined): Shape | null | undefined {
  if (!isJsonObject(json)) return undefined;
  if ((json['unknownRank'] ?? json['unknown_rank']) === true) return null;
  const dims = json['dim'] ?? [];
  if (!Array.isArray(dims)) return undefined;
  const shape: number[] = [];
  for (const dim of dims as readonly Json[]) {
    if (!isJsonObject(dim) || Object.keys(dim).some((key) => key !== 'size')) return undefined;
    // Protocol buffers leave out fields that are zero.
    const size = intFromJson(dim['size'] ?? 0);
    if (size === undefined || size < -1) return undefined;
    shape.push(size);
  }
  return shape;
}

/** A shape in the JSON form of protocol buffers. */
export function shapeToJson(shape: Shape | null): JsonObject {
  if (shape === null) return { unknownRank: true };
  return shape.length === 0 ? {} : { dim: shape.map((size) => ({ size: String(size) })) };
}

/**
 * Words of TensorFlow that some tools write as they are, although the format asks for base64, and
 * that happen to be base64 of something unreadable.
 */
const PLAIN_WORDS = new Set(['SAME', 'VALID', 'EXPLICIT', 'NHWC', 'NCHW', 'NDHWC', 'NCDHW', 'Relu', 'Relu6']);

function stringFromJson(json: Json): string | undefined {
  if (Array.isArray(json)) {
    const bytes = json as readonly Json[];
    const isByte = (byte: Json): byte is number =>
      typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte < 256;
    return bytes.every(isByte) ? utf8(Uint8Array.from(bytes)) : undefined;
  }
  if (typeof json !== 'string') return undefined;
  if (PLAIN_WORDS.has(json)) return json;
  const bytes = base64ToBytes(json);
  return bytes === undefined ? json : utf8(bytes);
}

/** Text of bytes that are UTF-8 throughout; undefined otherwise (the attribute then stays raw). */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function base64ToBytes(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function textToBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function describe(json: Json | undefined): string {
  return JSON.stringify(json)?.slice(0, 60) ?? 'nothing';
}
