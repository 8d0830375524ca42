import { meetsTarget, type BenchRow } from '../cases.js';
import { breakable, html, trusted, type Html } from '../report/html/html.js';
import { pageOf } from '../report/html/page.js';
import { table, type Column } from '../report/html/table.js';
import { card, lead, type Section } from '../report/html/view.js';
import { unbroken } from '../report/format.js';
import { byReason, quantity, targetText } from '../table.js';
import { benchHeadline, devicesOf, type BenchReport } from './record.js';

/** A run of benchmark cases as one HTML file that needs nothing else, as the reports of models are. */
export function benchReportHtml(report: BenchReport): string {
  const { title, made } = report;
  const hero = html`<div class="hero">
    <h1>${title}</h1>
    <p class="headline">${benchHeadline(report)}</p>
  </div>`;
  const sections = [figures(report), notRun(report), machine(report)].filter((each) => each !== undefined);
  return pageOf({ title, made, hero, record: report }, sections);
}

const COLUMNS: readonly Column<BenchRow>[] = [
  { label: 'Case', cell: ({ id }) => breakable(id), sort: ({ id }) => id },
  {
    label: 'Value',
    right: true,
    cell: ({ value, unit }) => unbroken(`${quantity(value)} ${unit}`),
    sort: ({ value }) => value,
  },
  {
    label: 'From … to',
    right: true,
    cell: ({ low, high }) => unbroken(`${quantity(low)} … ${quantity(high)}`),
  },
  { label: 'Samples', right: true, desk: true, cell: ({ n }) => n },
];

const NOTE: Column<BenchRow> = { label: 'Note', cell: ({ note }) => note };

const TARGET: Column<BenchRow> = { label: 'Target', right: true, cell: targetTag };

function targetTag(row: BenchRow): Html | undefined {
  if (row.target === undefined) return undefined;
  const tone = meetsTarget(row) ? 'better' : 'worse';
  return html`<span class="tag ${trusted(tone)}">${targetText(row)}</span>`;
}

function figures({ rows }: BenchReport): Section | undefined {
  if (rows.length === 0) return undefined;
  const hasTargets = rows.some(({ target }) => target !== undefined);
  const columns = [...COLUMNS, ...(hasTargets ? [TARGET] : []), NOTE];
  const words =
    'A ratio stands with its 95 % confidence interval, anything else with its 10th and 90th percentile.';
  const body = html`${lead(words)}${card(table({ label: 'Figures', columns, rows }))}`;
  return { id: 'figures', title: 'Figures', body };
}

/** What did not run and why: a report without it would look complete. */
function notRun({ skipped, failed }: BenchReport): Section | undefined {
  if (skipped.length + failed.length === 0) return undefined;
  const facts = [
    ...failed.map((id) => ['Failed', id] as const),
    ...byReason(skipped).map(({ ids, reason }) => ['Skipped', `${ids.join(', ')}: ${reason}`] as const),
  ];
  return { id: 'not-measured', title: 'Not measured', body: card(factsOf(facts)) };
}

function machine({ rows, machines }: BenchReport): Section | undefined {
  const facts = [
    ...machines.map((text) => ['Measured on', text] as const),
    ...devicesOf(rows).map((text) => ['Graphics processor', text] as const),
  ];
  if (facts.length === 0) return undefined;
  return { id: 'machine', title: 'Machine and versions', body: card(factsOf(facts)) };
}

function factsOf(facts: readonly (readonly [name: string, value: string])[]): Html {
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}
