import { meetsTarget, type BenchResult, type BenchRow, type SkippedCase } from './cases.js';

/** Rows as an aligned plain-text table, followed by what did not run. */
export function benchTable({ rows, skipped }: BenchResult): string {
  const cells = [['id', 'value', 'from', 'to', 'n', 'target', 'note'], ...rows.map(rowCells)];
  const widths = (cells[0] as string[]).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] as string).length)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] as number, column))
      .join('  ')
      .trimEnd(),
  );
  return [...(rows.length === 0 ? [] : lines), ...skippedLines(skipped)].join('\n');
}

/** Cases that did not run for the same reason, told together. */
export function byReason(
  skipped: readonly SkippedCase[],
): { readonly ids: readonly string[]; readonly reason: string }[] {
  const reasons = new Map<string, string[]>();
  for (const { id, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  return [...reasons].map(([reason, ids]) => ({ ids, reason }));
}

/** Cases that did not run as lines: a few with their reason, many below it. */
export function skippedLines(skipped: readonly SkippedCase[]): string[] {
  return byReason(skipped).flatMap(({ ids, reason }) =>
    ids.length > MOST_IN_LINE
      ? [`skipped ${ids.length} cases: ${reason}`, ...ids.map((id) => `  ${id}`)]
      : [`skipped ${ids.join(', ')}: ${reason}`],
  );
}

/** So many names are read before the reason. */
const MOST_IN_LINE = 3;

/** Names are flush left, numbers flush right. */
function pad(cell: string, width: number, column: number): string {
  return column >= 1 && column <= 4 ? cell.padStart(width) : cell.padEnd(width);
}

function rowCells(row: BenchRow): string[] {
  const { id, value, unit, low, high, n, note } = row;
  return [id, `${quantity(value)} ${unit}`, quantity(low), quantity(high), String(n), targetText(row), note];
}

export function targetText(row: BenchRow): string {
  const { target } = row;
  if (target === undefined) return '';
  const { atLeast, atMost } = target;
  const bound =
    atLeast === undefined ? `<= ${atMost}` : atMost === undefined ? `>= ${atLeast}` : `${atLeast}..${atMost}`;
  return `${bound} ${meetsTarget(row) ? 'met' : 'MISSED'}`;
}

/** A number with four significant digits, without an exponent for the usual sizes. */
export function quantity(value: number): string {
  if (Math.abs(value) >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(4)));
}
