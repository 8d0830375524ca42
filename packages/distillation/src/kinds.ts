import { fail, nearest } from '@tfjs-optimize/core';

/** What an option may be. */
export interface Kind {
  /** In words, behind "expected". */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

/** Of each option, what it may be; `anything` where others look. */
export type Kinds<T> = Readonly<Record<keyof T, Kind>>;

const kind = (expected: string, fits: (value: unknown) => boolean): Kind => ({ expected, fits });
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const kinds = {
  anything: kind('anything', () => true),
  text: kind('a text that is not empty', (value) => typeof value === 'string' && value !== ''),
  flag: kind('true or false', (value) => typeof value === 'boolean'),
  list: kind('a list', Array.isArray),
  object: kind('an object', isObject),
  number: (expected: string, fits: (value: number) => boolean): Kind =>
    kind(expected, (value) => typeof value === 'number' && fits(value)),
  oneOf: (...values: readonly string[]): Kind =>
    kind(values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value as string)),
  /** One of two, in the words of both. */
  either: (a: Kind, b: Kind): Kind =>
    kind(`${a.expected} or ${b.expected}`, (value) => a.fits(value) || b.fits(value)),
} as const;

/**
 * Refuses options of other names or kinds; those that are undefined are not there.
 * @param where what they are options of, in messages; nothing stands there unless told.
 * @param own names that are listed where none is near; all unless told.
 * @throws `argument/invalid`.
 */
export function checkOptions<T>(
  where: string | undefined,
  given: unknown,
  known: Kinds<T>,
  own: readonly string[] = Object.keys(known),
): void {
  if (!isObject(given)) {
    fail('argument/invalid', { subject: where ?? 'options', expected: 'an object', got: valueText(given) });
  }
  for (const [name, value] of Object.entries(given as object)) {
    const subject = where === undefined ? name : `${where}: ${name}`;
    const wanted = Object.hasOwn(known, name) ? known[name as keyof T] : undefined;
    if (wanted === undefined) refuseName(subject, name, Object.keys(known), own);
    if (value === undefined || wanted.fits(value)) continue;
    fail('argument/invalid', { subject, expected: wanted.expected, got: valueText(value) });
  }
}

function refuseName(subject: string, name: string, known: readonly string[], own: readonly string[]): never {
  const near = nearest(name, known);
  return fail('argument/invalid', {
    subject,
    expected: near === undefined ? `one of ${own.join(', ')}` : 'an option that there is',
    got: 'an option of another name',
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}

/** A value in a few words. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).slice(0, 6).join(', ');
    return keys === '' ? 'an object without keys' : `an object with keys ${keys}`;
  }
  return String(value);
}
