/** The values of an object whose keys are the numbers from 0 up, in their order; undefined for other keys. */
export function numbered(entries: Readonly<Record<string, unknown>>): unknown[] | undefined {
  const values = Object.values(entries); // JavaScript sorts keys that are whole numbers
  return Object.keys(entries).every((key, i) => key === String(i)) ? values : undefined;
}

/** Whether all values are texts. */
export function areTexts(values: readonly unknown[]): values is string[] {
  return values.every((value) => typeof value === 'string');
}
