/** One column of a table; text stands left, numbers right. */
export type Align = 'left' | 'right';

/**
 * Rows as plain text, columns aligned and two spaces apart, no space at the ends of lines. Missing
 * cells are empty. The first row is as wide as any: a heading, if there is one.
 */
export function textTable(rows: readonly (readonly string[])[], aligns: readonly Align[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      widths
        .map((width, column) => {
          const cell = row[column] ?? '';
          return aligns[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
