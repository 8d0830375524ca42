import { fail, valueText, type Problem } from '@tfjs-optimize/core';
import { duplicateKey } from './duplicate-key.js';
import { refuseFile } from './refuse.js';

/** Which files the tensors of a model are in: a `model.safetensors.index.json`, checked. */
export interface ShardIndex {
  /** Path or URL of the index. */
  readonly location: string;
  /** Names of the tensors of each file, which is told by its path below the folder of the index. */
  readonly shards: ReadonlyMap<string, readonly string[]>;
}

/** Whether a path or URL is that of an index, by its ending. */
export function isIndex(source: string): boolean {
  return /\.json$/i.test(/^https?:/i.test(source) ? source.replace(/[?#].*$/s, '') : source);
}

/**
 * Reads the text of an index.
 * @throws `models/safetensors` where it is none; `io/unsafe` for files out of its folder.
 */
export function parseIndex(text: string, location: string): ShardIndex {
  const { weight_map: map } = parse(text, location);
  if (!isRecord(map) || Object.keys(map).length === 0) {
    const got = map === undefined ? 'none' : valueText(map);
    refuse({ subject: `${location}, weight_map`, expected: 'files by the names of tensors', got });
  }
  const shards = new Map<string, string[]>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string') {
      const subject = `${location}, tensor '${tensor}'`;
      refuse({ subject, expected: 'the name of a file', got: valueText(file) });
    }
    checkInside(file, location);
    const others = shards.get(file);
    if (others === undefined) shards.set(file, [tensor]);
    else others.push(tensor);
  }
  return { location, shards: new Map([...shards].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function parse(text: string, location: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    refuse({ subject: location, expected: 'an index of JSON', got, cause });
  }
  if (!isRecord(json)) refuse({ subject: location, expected: 'a JSON object', got: valueText(json) });
  const twice = duplicateKey(text);
  if (twice === undefined) return json;
  return refuse({ subject: location, expected: 'each key once', got: `'${twice}' twice` });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names with slashes alone between their parts, none of which leads elsewhere. */
function checkInside(file: string, location: string): void {
  const isPlain = file.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPlain && !/[\\:\0]/.test(file)) return;
  fail('io/unsafe', {
    subject: `weight_map of ${location}`,
    expected: 'paths of files below the index',
    got: JSON.stringify(file.slice(0, 120)),
    advice: 'Do not load what you do not trust',
  });
}

/** Path or URL of a file that an index names. What a URL asks for behind `?` is asked of its files, too. */
export function shardPlace(location: string, file: string): string {
  if (!/^(https?|file):/i.test(location)) return location.replace(/[^/\\]*$/, '') + file;
  const url = new URL(file.split('/').map(encodeURIComponent).join('/'), location);
  url.search = new URL(location).search;
  return url.href;
}

function refuse(problem: Problem): never {
  return refuseFile({ advice: 'See that it is the index that was published with the files', ...problem });
}
