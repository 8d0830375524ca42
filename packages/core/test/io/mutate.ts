import type { ModelFiles } from './model-files.js';

/** One change to the files of a model; numbers are taken modulo what there is to choose from. */
export interface Mutation {
  readonly kind: (typeof MUTATIONS)[number];
  /** Which place of the JSON, which byte, or which shard. */
  readonly at: number;
  /** Which value, or where else. */
  readonly other: number;
}

/** Changes to the structure of model.json, to its text, and to the weight files. */
export const MUTATIONS = [
  'replace',
  'graft',
  'remove',
  'repeat',
  'rename',
  'nudge',
  'flip byte',
  'drop bytes',
  'insert text',
  'cut shard',
  'lengthen shard',
  'lose shard',
  'flip shard',
] as const;

/** Values where something else was expected. */
const EVIL: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 0,
  () => 0.5,
  () => 7,
  () => 100_000,
  () => 1e9,
  () => 2 ** 53,
  () => 1e308,
  () => '',
  () => 'a',
  () => '^',
  () => ':0',
  () => '__proto__',
  () => '../x',
  () => '-1',
  () => '99999999999999999999',
  () => 'DT_VARIANT',
  () => '\u0000\uD800',
  () => 'x'.repeat(100_000),
  () => [],
  () => {},
  () => ({}),
  () => [[]],
  () => [null],
  () => ({ list: {} }),
  () => ({ list: { i: ['x'] } }),
  () => ({ size: '-2' }),
  () => Array<number>(10_000).fill(1),
  () => JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown,
  () => JSON.parse('{"__proto__": {"polluted": 1}}') as unknown,
  () => ({ constructor: { prototype: { polluted: 1 } } }),
];

/** Strings that do something when put into JSON text. */
const TEXTS = ['"', '{', '}', '[', ']', ',', ':', '\\', '\u0000', 'null', '-', 'e9', '0', '"a":', '\uFEFF'];

interface Place {
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

/** Every property and element of a JSON value; lists are taken as objects. */
function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  const owner = value as Record<string, unknown>;
  for (const key of Object.keys(owner)) {
    found.push({ owner, key });
    places(owner[key], found);
  }
  return found;
}

/** A model.json as text, and its weight files. */
export interface MutatedFiles {
  text: string;
  shards: Map<string, Uint8Array>;
}

/** Files with changes made one after the other; the originals stay as they are. */
export function mutate(files: ModelFiles, mutations: readonly Mutation[]): MutatedFiles {
  const json = structuredClone(files.json) as unknown;
  const root = { json };
  for (const mutation of mutations) mutateJson(root, mutation);
  const out: MutatedFiles = { text: JSON.stringify(root.json) ?? '', shards: new Map(files.shards) };
  for (const mutation of mutations) {
    mutateText(out, mutation);
    mutateShards(out.shards, mutation);
  }
  return out;
}

function mutateJson(root: { json: unknown }, { kind, at, other }: Mutation): void {
  const all = places(root);
  if (all.length === 0) return;
  const { owner, key } = all[at % all.length] as Place;
  const old = owner[key];
  if (kind === 'replace') owner[key] = (EVIL[other % EVIL.length] as () => unknown)();
  if (kind === 'graft') {
    const from = all[other % all.length] as Place;
    owner[key] = structuredClone(from.owner[from.key]);
  }
  if (kind === 'remove') {
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else delete owner[key];
  }
  if (kind === 'repeat') {
    if (Array.isArray(owner)) owner.splice(Number(key), 0, structuredClone(old));
    else owner[`${key}_`] = structuredClone(old);
  }
  if (kind === 'rename' && !Array.isArray(owner)) {
    delete owner[key];
    owner[other % 2 === 0 ? key.toUpperCase() : 'name'] = old;
  }
  if (kind === 'nudge') {
    if (typeof old === 'number') owner[key] = old + (other % 2 === 0 ? 1 : -1);
    if (typeof old === 'string') owner[key] = /^-?\d+$/.test(old) ? String(Number(old) + 1) : `${old}x`;
  }
}

function mutateText(files: MutatedFiles, { kind, at, other }: Mutation): void {
  const { text } = files;
  const place = at % (text.length + 1);
  if (kind === 'flip byte' && place < text.length) {
    const char = String.fromCharCode(text.charCodeAt(place) ^ (1 << (other % 7)));
    files.text = text.slice(0, place) + char + text.slice(place + 1);
  }
  if (kind === 'drop bytes') {
    files.text = text.slice(0, place) + (other % 4 === 0 ? '' : text.slice(place + (other % 50)));
  }
  if (kind === 'insert text')
    files.text = text.slice(0, place) + (TEXTS[other % TEXTS.length] ?? '') + text.slice(place);
}

function mutateShards(shards: Map<string, Uint8Array>, { kind, at, other }: Mutation): void {
  const names = [...shards.keys()];
  const name = names[at % Math.max(names.length, 1)];
  if (name === undefined) return;
  const bytes = shards.get(name) as Uint8Array;
  if (kind === 'cut shard') shards.set(name, bytes.subarray(0, other % (bytes.length + 1)));
  if (kind === 'lengthen shard') {
    const longer = new Uint8Array(bytes.length + 1 + (other % 100));
    longer.set(bytes);
    shards.set(name, longer);
  }
  if (kind === 'lose shard') shards.delete(name);
  if (kind === 'flip shard' && bytes.length > 0) {
    const copy = bytes.slice();
    const place = other % copy.length;
    copy[place] = (copy[place] as number) ^ (1 << (at % 8));
    shards.set(name, copy);
  }
}
