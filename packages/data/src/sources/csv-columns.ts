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
  return Float32Array.from(rows, (row) => {
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
  });
}

/** Class names as numbers, in the order of the names. */
export function classColumn(
  rows: readonly Row[],
  at: number,
  name: string,
): { readonly numbers: Int32Array; readonly classes: readonly string[] } {
  const found = new Set<string>();
  for (const row of rows) {
    if (!row.isMissing(at)) found.add(row.values[at] as string);
    else {
      fail('data/table', {
        subject: `${row.place}, column '${name}'`,
        expected: 'the name of a class',
        got: `'${row.values[at] ?? ''}'`,
        advice: "Leave such rows out by missing: 'drop'",
      });
    }
  }
  const classes = [...found].sort();
  const numbers = new Map(classes.map((each, number) => [each, number] as const));
  return {
    numbers: Int32Array.from(rows, (row) => numbers.get(row.values[at] as string) as number),
    classes,
  };
}
