import { fail, optionKinds, type OptionKind } from '@tfjs-optimize/core/plain';

/** What becomes of values that are missing. */
export type Missing = 'refuse' | 'drop' | number;

export const missingKind: OptionKind = optionKinds.either(
  optionKinds.oneOf('refuse', 'drop'),
  optionKinds.number('a number', () => true),
);

/** A row of a table. */
export interface Row {
  readonly values: readonly string[];
  /** File and line. */
  readonly place: string;
  isWhole(columns: readonly number[]): boolean;
  isMissing(column: number): boolean;
  /** Whether it can stand in a column of numbers. */
  isNumber(column: number): boolean;
}

/** @throws `data/table` naming the line of what is no number. */
export function numberColumn(rows: readonly Row[], at: number, name: string, missing: Missing): Float32Array {
  return Float32Array.from(rows, (row) => numberIn(row, at, name, missing));
}

function numberIn(row: Row, at: number, name: string, missing: Missing): number {
  if (row.isMissing(at) && typeof missing === 'number') return missing;
  if (!row.isMissing(at) && row.isNumber(at)) return Number(row.values[at]);
  return fail('data/table', {
    subject: `${row.place}, column '${name}'`,
    expected: 'a number',
    got: `'${row.values[at] ?? ''}'`,
    advice: row.isMissing(at)
      ? "Say what to do with missing values: missing: 'drop', or a number"
      : 'Name the column in categories or text, or leave it out of features',
  });
}

/**
 * Class names as numbers.
 * @param known names by their numbers; in the order of the names where there are none.
 * @throws `data/table` naming the line of a class that is missing or not known.
 */
export function classColumn(
  rows: readonly Row[],
  at: number,
  name: string,
  known?: readonly string[],
): { readonly numbers: Int32Array; readonly classes: readonly string[] } {
  const refuse = (row: Row, expected: string, advice: string): never =>
    fail('data/table', {
      subject: `${row.place}, column '${name}'`,
      expected,
      got: `'${row.values[at] ?? ''}'`,
      advice,
    });
  for (const row of rows) {
    if (row.isMissing(at)) refuse(row, 'the name of a class', "Leave such rows out by missing: 'drop'");
  }
  const classes = known ?? [...new Set(rows.map((row) => row.values[at] as string))].sort();
  const numbers = new Map(classes.map((each, number) => [each, number] as const));
  const numberOf = (row: Row): number =>
    numbers.get(row.values[at] as string) ??
    refuse(
      row,
      `one of ${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}`,
      'Add it to classes',
    );
  return { numbers: Int32Array.from(rows, numberOf), classes };
}

/** @throws `data/table` naming the line of what is no whole number that int32 holds. */
export function wholeColumn(rows: readonly Row[], at: number, name: string, missing: Missing): Int32Array {
  return Int32Array.from(rows, (row) => {
    const value = numberIn(row, at, name, missing);
    if (value === (value | 0)) return value;
    return fail('data/table', {
      subject: `${row.place}, column '${name}'`,
      expected: 'a whole number, as types says',
      got: `'${row.values[at] ?? ''}'`,
    });
  });
}
