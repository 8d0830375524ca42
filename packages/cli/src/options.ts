import { InvalidArgumentError } from 'commander';

/** Readers of option values for commander: each returns the value or says what is wrong with it. */

/** A whole number, at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** The name of a file or folder, or a URL: an unset variable of a shell gives an empty one. */
export function place(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must be a name that is not empty.');
  return text;
}

/** A number above zero, or zero. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number of at least 0, such as 1e-4.');
  }
  return value;
}

/** A number above `least`. */
export function above(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value <= least) {
      throw new InvalidArgumentError(`It must be a number above ${least}, such as 1.1.`);
    }
    return value;
  };
}

/** One of the names. */
export function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text.trim());
    if (found === undefined) throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`);
    return found;
  };
}

/** Several values, each read by `read`, with commas between them; those of a repeated option are added. */
export function listOf<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  const made = new WeakSet<readonly T[]>();
  return (text, before = []) => {
    // What is there before the first use is the default, which gives way.
    const list = [...(made.has(before) ? before : []), ...text.split(',').map(read)];
    made.add(list);
    return list;
  };
}

/** `low,high` with low < high. */
export function range(text: string): readonly [number, number] {
  const [low, high, ...rest] = text.split(',').map(Number);
  if (
    low === undefined ||
    high === undefined ||
    rest.length > 0 ||
    !(low < high) ||
    !Number.isFinite(high - low)
  ) {
    throw new InvalidArgumentError('It must be two numbers, the lower first, such as 0,1.');
  }
  return [low, high];
}

/** `key=1,224,224,3`, collected over repeated options. */
export function shapes(
  text: string,
  before: ReadonlyMap<string, readonly number[]> = new Map(),
): ReadonlyMap<string, readonly number[]> {
  const at = text.lastIndexOf('=');
  const sizes = text
    .slice(at + 1)
    .split(',')
    .map((size) => (/^\d+$/.test(size.trim()) ? Number(size) : Number.NaN));
  if (at < 1 || !sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new InvalidArgumentError('It must be an input and its sizes, such as image=1,224,224,3.');
  }
  return new Map(before).set(text.slice(0, at), sizes);
}

/** Collects the values of an option that may be repeated. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Names of files or folders, collected from an argument that may be repeated. */
export function places(text: string, before: readonly string[] = []): readonly string[] {
  return repeated(place(text), before);
}
