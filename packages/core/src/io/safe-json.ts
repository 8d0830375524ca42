import { fail } from '../errors.js';
import type { Json } from '../json.js';

/** Deeper nesting than any model has; deeper values would overflow the stack of what reads them. */
const MAX_DEPTH = 200;
/** More values than any model.json has. */
const MAX_VALUES = 50_000_000;
/** Keys that reach into the prototypes of JavaScript objects. */
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Parses the bytes of a JSON file. @throws `io/format` where they are not JSON. */
export function parseJson(bytes: Uint8Array, subject: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8').decode(bytes)) as unknown;
  } catch (cause) {
    const start = new TextDecoder('latin1').decode(bytes.subarray(0, 40)).trimStart();
    return fail('io/format', {
      subject,
      expected: 'JSON',
      got: start === '' ? 'an empty file' : `text that starts with ${JSON.stringify(start)}`,
      advice:
        start.startsWith('<') && /^https?:/.test(subject)
          ? 'The server answered with a page: check the URL'
          : 'Give the model.json of a TensorFlow.js model',
      cause,
    });
  }
}

/**
 * A plain copy of a JSON value, checked: no key that reaches into prototypes, no absurd depth or
 * length, nothing that is not JSON. Properties that are undefined are left out, as JSON.stringify does.
 * @throws `io/unsafe`, `io/format`.
 */
export function plainJson(value: unknown, subject: string): Json {
  let left = MAX_VALUES;
  const copy = (item: unknown, depth: number): Json => {
    if (depth > MAX_DEPTH) refuse(subject, `nesting of at most ${MAX_DEPTH} levels`, 'deeper nesting');
    if (--left < 0) refuse(subject, `at most ${MAX_VALUES} values`, 'more');
    if (item === null || typeof item === 'string' || typeof item === 'boolean') return item;
    if (typeof item === 'number') return item;
    if (Array.isArray(item)) {
      // Before any of it is looked at: a sparse list of a billion elements takes no memory yet.
      if (item.length > left) refuse(subject, `at most ${MAX_VALUES} values`, `a list of ${item.length}`);
      return Array.from(item as readonly unknown[], (element) => copy(element ?? null, depth + 1));
    }
    if (typeof item === 'object' && !ArrayBuffer.isView(item) && !(item instanceof ArrayBuffer)) {
      const out: Record<string, Json> = {};
      for (const [key, member] of Object.entries(item)) {
        if (UNSAFE_KEYS.has(key)) refuse(subject, 'harmless keys', `'${key}'`);
        if (member !== undefined) out[key] = copy(member, depth + 1);
      }
      return out;
    }
    const got = typeof item === 'object' ? 'binary data' : `a ${typeof item}`;
    return fail('io/format', { subject, expected: 'JSON values', got });
  };
  return copy(value, 0);
}

function refuse(subject: string, expected: string, got: string): never {
  return fail('io/unsafe', { subject, expected, got });
}
