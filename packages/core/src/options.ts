import { fail } from './errors.js';
import { nearest } from './nearest.js';

/** What an option must be. */
export interface OptionKind {
  /** In words, behind "expected". */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** What is known of a value that does not fit: its name, behind "got", and what to do. */
  readonly told?: (value: unknown) => { readonly got: string; readonly advice: string } | undefined;
  /** Options inside of it. */
  readonly inner?: OptionKinds;
  /** Options inside of it, or of each where it is a list. */
  readonly each?: OptionKinds;
  /** Those inside of it that must be there. */
  readonly needed?: readonly string[];
}

/** Of each option, what it must be. With the type of the options none can be forgotten. */
export type OptionKinds<T = Readonly<Record<string, unknown>>> = Readonly<Record<keyof T, OptionKind>>;

/** How options are checked. */
export interface OptionCheck {
  /** What they are options of, before their names in messages: `cache` for `cache.folder`. */
  readonly where?: string;
  /** Names that must be there. */
  readonly needed?: readonly string[];
  /** Names that are listed where none is near; all unless told. */
  readonly listed?: readonly string[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
const kind = (expected: string, fits: (value: unknown) => boolean): OptionKind => ({ expected, fits });
const number = (expected: string, fits: (value: number) => boolean): OptionKind =>
  kind(expected, (value) => typeof value === 'number' && fits(value));

/** What options are made of. */
export const optionKinds = {
  /** What others look at. */
  anything: kind('a value', () => true),
  code: kind('a function', (value) => typeof value === 'function'),
  flag: kind('true or false', (value) => typeof value === 'boolean'),
  text: kind('a name that is not empty', (value) => typeof value === 'string' && value !== ''),
  list: kind('a list', Array.isArray),
  object: kind('an object', isObject),
  whole: number('a whole number from 1 up', (value) => Number.isInteger(value) && value >= 1),
  share: number('a number from 0 to 1', (value) => value >= 0 && value <= 1),
  /** A number with more to ask of it. */
  number,
  oneOf: (...values: readonly string[]): OptionKind =>
    kind(values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value as string)),
  /** One of two, in the words of both. */
  either: (a: OptionKind, b: OptionKind): OptionKind =>
    kind(`${a.expected} or ${b.expected}`, (value) => a.fits(value) || b.fits(value)),
  /** An object of options, of which some must be there. */
  group: (inner: OptionKinds, needed: readonly string[] = []): OptionKind => ({
    ...kind(`an object of ${Object.keys(inner).join(', ')}`, isObject),
    inner,
    needed,
  }),
} as const;

/**
 * Refuses options that are not of their kind, that are missing, or that nobody knows; `undefined` is as if not given.
 * @throws `argument/invalid` naming the option, and one whose name is near.
 */
export function checkOptions<T>(
  options: unknown,
  kinds: OptionKinds<T>,
  { where, needed = [], listed }: OptionCheck = {},
): void {
  const table: Readonly<Record<string, OptionKind>> = kinds;
  const names = listed ?? Object.keys(table);
  if (!isObject(options)) {
    fail('argument/invalid', {
      subject: where ?? 'options',
      expected: `an object of ${names.join(', ')}`,
      got: valueText(options),
    });
  }
  const subjectOf = (name: string): string => (where === undefined ? name : `${where}.${name}`);
  for (const [name, value] of Object.entries(options)) {
    const wanted = Object.hasOwn(table, name) ? table[name] : undefined;
    const subject = subjectOf(name);
    if (wanted === undefined) refuseName(subject, name, Object.keys(table), names);
    if (value === undefined) continue;
    if (!wanted.fits(value)) {
      const told = wanted.told?.(value) ?? { got: valueText(value) };
      fail('argument/invalid', { subject, expected: wanted.expected, ...told });
    }
    if (wanted.inner !== undefined)
      checkOptions(value, wanted.inner, { where: subject, needed: wanted.needed ?? [] });
    if (wanted.each !== undefined) checkEach(value, wanted.each, subject);
  }
  for (const name of needed) {
    if (options[name] !== undefined) continue;
    const expected = table[name]?.expected ?? 'a value';
    fail('argument/invalid', { subject: subjectOf(name), expected, got: 'nothing' });
  }
}

function checkEach(value: unknown, kinds: OptionKinds, where: string): void {
  if (!Array.isArray(value)) return checkOptions(value, kinds, { where });
  value.forEach((each, i) => checkOptions(each, kinds, { where: `${where}[${i}]` }));
}

function refuseName(
  subject: string,
  name: string,
  known: readonly string[],
  listed: readonly string[],
): never {
  const near = nearest(name, known);
  return fail('argument/invalid', {
    subject,
    expected: near === undefined ? `one of the options ${listed.join(', ')}` : 'the name of an option',
    got: `'${name}'`,
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}

/** How many elements of a list are shown, and letters of each. */
const SHOWN = { elements: 4, letters: 32 };

/** The first elements of a list, shortened. */
function listText(list: readonly unknown[]): string {
  if (list.length === 0) return 'an empty list';
  const texts = list.slice(0, SHOWN.elements).map((one) => {
    const text = Array.isArray(one) && one.length > 0 ? `a list of ${one.length}` : valueText(one);
    return text.length <= SHOWN.letters ? text : `${text.slice(0, SHOWN.letters - 1)}…`;
  });
  const rest = list.length - texts.length;
  return `[${texts.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}]`;
}

/** A value in a few words, behind "got". */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return listText(value);
  if (value instanceof Promise) return 'a promise, which is to be awaited';
  if (ArrayBuffer.isView(value) && 'length' in value) {
    return `a ${value.constructor.name} of ${String(value.length)} numbers`;
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).slice(0, 6).join(', ');
    return keys === '' ? 'an object without keys' : `an object with keys ${keys}`;
  }
  return String(value);
}
