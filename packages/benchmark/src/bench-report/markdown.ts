import { byReason, quantity, targetText } from '../table.js';
import { escaped, table } from '../report/markdown.js';
import { benchHeadline, devicesOf, type BenchReport } from './record.js';

/** A run of benchmark cases as Markdown (GitHub's tables). Names and notes in it are text, not markup. */
export function benchReportMarkdown(report: BenchReport): string {
  const { title, made, machines, rows, skipped, failed } = report;
  const parts = [
    `# ${escaped(title)}`,
    `**${escaped(benchHeadline(report))}.** Made ${escaped(made)}.`,
    ...listed('Machine', machines),
    ...listed('Graphics processor', devicesOf(rows)),
    ...(rows.length === 0 ? [] : ['## Figures', figures(rows)]),
    ...listed(
      'Not measured',
      byReason(skipped).map(({ ids, reason }) => `${ids.join(', ')}: ${reason}`),
    ),
    ...listed('Failed', failed),
  ];
  return `${parts.join('\n\n')}\n`;
}

function figures(rows: BenchReport['rows']): string {
  const heads = ['case', 'value', 'from', 'to', 'n', 'target', 'note'];
  const cells = rows.map((row) => {
    const { id, value, unit, low, high, n, note } = row;
    return [
      id,
      `${quantity(value)} ${unit}`,
      quantity(low),
      quantity(high),
      String(n),
      targetText(row),
      note,
    ];
  });
  return table(heads, cells);
}

function listed(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${heading}`, lines.map((line) => `- ${escaped(line)}`).join('\n')];
}
